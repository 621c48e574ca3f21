import {
  type Client,
  type PurgeOptions,
  type Store,
  createClient,
  purge,
  startPurge,
  updateClient,
} from '@oauth2-kit/core'
import { type MemoryStore, memoryStore } from '@oauth2-kit/memory'
import { around } from '../oauth21/around'
import { layers } from '../support/layers'
import {
  type Provider,
  exchange,
  getCode,
  provider,
  refresh,
  signIn,
  tokensOf,
} from '../support/provider'
import { asTestClient, registered } from '../support/registration'
import { issueGrant } from './issue-grant'

const day = 86_400_000
const month = 30 * day
const unusedClientsSeconds = month / 1000

/** A server where anybody may register a client. */
function server(through?: (store: MemoryStore) => Store): Promise<Provider> {
  return provider(layers[0]!, {
    registration: { scopes: [], open: true },
    debug: false,
    ...(through && { through }),
  })
}

async function newClient(at: Provider) {
  const grant_types = ['authorization_code', 'refresh_token']
  return asTestClient(
    at,
    await registered(at, {
      redirect_uris: ['https://app.example/callback'],
      token_endpoint_auth_method: 'none',
      grant_types,
    }),
  )
}

const purging = ({ store, clock }: Provider, options: PurgeOptions = {}) =>
  purge(store, { unusedClientsSeconds, now: clock.now, ...options })

const exists = async ({ store }: Provider, { id }: Pick<Client, 'id'>) =>
  (await store.getClient(id)) !== null

describe('purge({ unusedClientsSeconds })', () => {
  it('removes a client that registered longer ago and was never used', async () => {
    const at = await server()
    const client = await newClient(at)
    at.clock.step(month)
    expect(await purging(at)).toBe(0)
    at.clock.step(1)
    expect(await purging(at, { unusedClientsSeconds: unusedClientsSeconds + 1 })).toBe(0)
    expect(await purging(at)).toBe(1)
    expect(await exists(at, client)).toBe(false)
  })

  it('removes none without the option', async () => {
    const at = await server()
    const client = await newClient(at)
    at.clock.step(100 * month)
    expect(await purging(at, { unusedClientsSeconds: undefined as never })).toBe(0)
    expect(await exists(at, client)).toBe(true)
  })

  it('removes no client that an administrator has created', async () => {
    const at = await server()
    const { client } = await createClient(at.store, {
      type: 'public',
      redirectUris: ['https://a.b/'],
    })
    at.clock.step(100 * month)
    await purging(at)
    expect(await exists(at, client)).toBe(true)
  })

  it('removes a client that an administrator has changed, because it is still one', async () => {
    const at = await server()
    const client = await newClient(at)
    await updateClient(at.store, client.id, { name: 'Known' })
    at.clock.step(2 * month)
    expect(await purging(at)).toBe(1)
  })

  it('keeps a client that was used since then', async () => {
    const at = await server()
    const client = await newClient(at)
    at.clock.step(20 * day)
    await getCode(at, client)
    at.clock.step(20 * day)
    await purging(at)
    expect(await exists(at, client)).toBe(true)
    at.clock.step(12 * day)
    await purging(at)
    expect(await exists(at, client)).toBe(false)
  })

  it('keeps a client with a grant, such as one that a refresh prolongs', async () => {
    const at = await server()
    const client = await newClient(at)
    let { refresh_token } = await signIn(at, client)
    for (let weeks = 0; weeks < 8; weeks++) {
      at.clock.step(7 * day)
      ;({ refresh_token } = tokensOf(await refresh(at, client, refresh_token)))
      await purging(at)
    }
    expect(await exists(at, client)).toBe(true)
  })

  it('removes all of many, page by page', async () => {
    const store = memoryStore()
    const registration = { method: 'dynamic', issuedAt: 0 } as const
    for (let n = 0; n < 250; n++) {
      const { client } = await createClient(store, {
        type: 'public',
        redirectUris: ['https://a.b/'],
      })
      if (n % 5 > 0)
        await store.updateClient({ ...client, registration, version: `${n}` }, client.version)
    }
    const limits: number[] = []
    const watched = around(store, ({ name, args, proceed }) => {
      if (name === 'listClients') limits.push((args[0] as { limit: number }).limit)
      return proceed()
    })
    expect(await purge(watched, { unusedClientsSeconds })).toBe(200)
    expect(await store.listClients({ limit: 1000 })).toHaveLength(50)
    expect(Math.max(...limits)).toBeLessThanOrEqual(100)
  })

  it.each([[0], [3599], [NaN], ['3600'], [Infinity]])('refuses %p', async (wrong) => {
    await expect(purge(memoryStore(), { unusedClientsSeconds: wrong as number })).rejects.toThrow(
      '"unusedClientsSeconds" must be a number of seconds, 3600 or more',
    )
  })

  it('needs a store with clients', async () => {
    const half = { purge: async () => ({ deleted: 0, more: false }) }
    await expect(purge(half, { unusedClientsSeconds })).rejects.toThrow('it has no listClients')
  })
})

/** Runs `meanwhile` when the purge calls a method of the store for the nth time. */
function interrupted(
  at: Provider,
  method: string,
  meanwhile: () => Promise<unknown>,
  nth = 1,
): Promise<number> {
  let calls = 0
  const store = around(at.store, async ({ name, proceed }) => {
    if (name === method && ++calls === nth) await meanwhile()
    return proceed()
  })
  return purge(store, { unusedClientsSeconds, now: at.clock.now })
}

/** Waits for a random number of turns of the event loop. */
async function pause(most: number): Promise<void> {
  for (let n = Math.floor(most * Math.random()); n > 0; n--) await new Promise(setImmediate)
}

/** Delays each call of the store at random. */
function delayed(store: MemoryStore): Store {
  return around(store, async ({ proceed }) => {
    await pause(4)
    return proceed()
  })
}

describe('a client that is used while it is removed', () => {
  it.each([
    ['before the purge looks for grants', 'listGrants', 1],
    ['before the purge retires the client', 'updateClient', 1],
  ])('stays, with its grant: %s', async (_when, method, nth) => {
    const at = await server()
    const client = await newClient(at)
    at.clock.step(2 * month)
    let code: Awaited<ReturnType<typeof getCode>> | undefined
    const signingIn = async () => (code = await getCode(at, client))
    expect(await interrupted(at, method, signingIn, nth)).toBe(0)
    expect(await exists(at, client)).toBe(true)
    expect((await exchange(at, client, code!)).status).toBe(200)
  })

  it('stays if its grant was issued, but its use was not recorded yet', async () => {
    const at = await server()
    const client = await newClient(at)
    at.clock.step(2 * month)
    const issuing = () =>
      issueGrant(at.store, { clientId: client.id, expiresAt: at.clock.at + day })
    expect(await interrupted(at, 'updateClient', issuing)).toBe(0)
    const { registration } = (await at.store.getClient(client.id))!
    expect(registration).toMatchObject({ usedAt: at.clock.at })
    expect(registration).not.toHaveProperty('retired')
    await signIn(at, client)
  })

  it('is refused once it is retired, with no grant that nobody can use', async () => {
    const at = await server()
    const client = await newClient(at)
    at.clock.step(2 * month)
    const failing = async () => {
      await expect(getCode(at, client)).rejects.toThrow('No redirect, but a 400')
    }
    expect(await interrupted(at, 'listGrants', failing, 2)).toBe(1)
    expect(await exists(at, client)).toBe(false)
    expect((await at.store.listGrants({ clientId: client.id }, { limit: 1 })).grants).toEqual([])
  })

  it('an authorization request that is under way is refused, and issues nothing', async () => {
    let purgeOnce = false
    const at: Provider = await server((store) =>
      around(store, async ({ name, proceed }) => {
        if (name === 'issue' && purgeOnce) {
          purgeOnce = false
          await purging(at)
        }
        return proceed()
      }),
    )
    const client = await newClient(at)
    at.clock.step(2 * month)
    purgeOnce = true
    await expect(getCode(at, client)).rejects.toThrow('No code, but unauthorized_client')
    expect((await at.store.listGrants({ clientId: client.id }, { limit: 1 })).grants).toEqual([])
  })

  it('is completed by the next purge if the first one ended half-way', async () => {
    const at = await server()
    const [unused, used] = [await newClient(at), await newClient(at)]
    await issueGrant(at.store, { clientId: used.id, expiresAt: at.clock.at + 100 * month })
    for (const { id } of [unused, used]) {
      const client = (await at.store.getClient(id))!
      const registration = { ...client.registration!, retired: true as const }
      await at.store.updateClient({ ...client, registration, version: 'half-way' }, client.version)
    }
    await expect(getCode(at, used)).rejects.toThrow('No redirect, but a 400')
    at.clock.step(2 * month)
    expect(await purging(at)).toBe(1)
    expect(await exists(at, unused)).toBe(false)
    await signIn(at, used)
  })

  it('either keeps the client with the grant of its user, or refuses the user: 60 races', async () => {
    const at = await server(delayed)
    const clients: Awaited<ReturnType<typeof newClient>>[] = []
    for (let n = 0; n < 60; n++) clients.push(await newClient(at))
    at.clock.step(2 * month)
    const purgeOnce = () =>
      purge(delayed(at.store), { unusedClientsSeconds, now: at.clock.now, retentionSeconds: 0 })
    const [codes] = await Promise.all([
      Promise.allSettled(clients.map((client) => pause(400).then(() => getCode(at, client)))),
      purgeOnce(),
      purgeOnce(),
    ])
    const states = await Promise.all(
      clients.map(async (client, n) => {
        const code = codes[n]!
        const isThere = await exists(at, client)
        if (code.status === 'rejected') return isThere ? 'refused' : 'removed'
        const { status } = await exchange(at, client, code.value)
        return isThere && status === 200 ? 'used' : 'lost'
      }),
    )
    expect(new Set(states.filter((state) => state !== 'removed' && state !== 'used'))).toEqual(
      new Set(),
    )
  })

  it('two purges at once remove it once', async () => {
    const at = await server()
    await newClient(at)
    at.clock.step(2 * month)
    const removed = await Promise.all([purging(at), purging(at)])
    expect(removed.toSorted()).toEqual([0, 1])
  })
})

describe('the last use of a client that registered itself', () => {
  const updates: string[] = []
  const counting = (store: MemoryStore) =>
    around(store, ({ name, proceed }) => {
      if (name === 'updateClient') updates.push(name)
      return proceed()
    })

  beforeEach(() => void updates.splice(0))

  it('is recorded at most once a day', async () => {
    const at = await server(counting)
    const client = await newClient(at)
    const usedAt = async () => (await at.store.getClient(client.id))!.registration?.usedAt
    expect(await usedAt()).toBeUndefined()
    const first = at.clock.at
    for (let n = 0; n < 3; n++) await signIn(at, client)
    expect([await usedAt(), updates.length]).toEqual([first, 1])
    at.clock.step(day)
    await signIn(at, client)
    expect([await usedAt(), updates.length]).toEqual([first + day, 2])
  })

  it('costs other clients nothing', async () => {
    const at = await server(counting)
    await signIn(at, at.spa)
    expect(updates).toEqual([])
  })

  it('refuses no user who signs in at the same time', async () => {
    const at = await server()
    const client = await newClient(at)
    await Promise.all(Array.from({ length: 10 }, () => signIn(at, client)))
    expect((await at.store.getClient(client.id))!.registration?.usedAt).toBe(at.clock.at)
  })

  it('does not refuse the user if the store cannot record it', async () => {
    const failed: unknown[] = []
    const at = await server((store) =>
      around(store, ({ name, proceed }) =>
        name === 'updateClient' ? Promise.reject(new Error('away')) : proceed(),
      ),
    )
    at.oauth.events.on('store.failed', ({ error }) => failed.push(error))
    await signIn(at, await newClient(at))
    expect(failed).toEqual([new Error('away')])
  })
})

describe('startPurge({ unusedClientsSeconds })', () => {
  beforeEach(() => jest.useFakeTimers())
  afterEach(() => jest.useRealTimers())

  it('looks for unused clients at most once an hour', async () => {
    const listed: number[] = []
    const store = around(memoryStore(), ({ name, proceed }) => {
      if (name === 'listClients') listed.push(Date.now())
      return proceed()
    })
    const start = Date.now()
    const sweeper = startPurge(store, { everySeconds: 60, jitter: 0, unusedClientsSeconds })
    await jest.advanceTimersByTimeAsync(7_300_000)
    expect(listed.map((at) => at - start)).toEqual([60_000, 3_660_000, 7_260_000])
    await sweeper.stop()
  })

  it('tries again after a failure, without waiting for an hour', async () => {
    let calls = 0
    const store = around(memoryStore(), ({ name, proceed }) =>
      name === 'listClients' && ++calls === 1 ? Promise.reject(new Error('away')) : proceed(),
    )
    const onError = jest.fn()
    const sweeper = startPurge(store, {
      everySeconds: 60,
      jitter: 0,
      unusedClientsSeconds,
      onError,
    })
    await jest.advanceTimersByTimeAsync(200_000)
    expect(onError).toHaveBeenCalledTimes(1)
    expect(calls).toBe(2)
    await sweeper.stop()
  })
})
