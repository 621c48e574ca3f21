import { randomUUID } from 'node:crypto'
import type { Grant } from '@oauth2-kit/core'
import { type PrismaStore, prismaStore } from '@oauth2-kit/prisma'
import { roundsOf } from '../../../test/support/growth'
import { type AnyClient, clientFor, describeEngines, describeServers } from './support/engines'
import { aClient, aCredential, aGrant, aUser, all, issued, t0 } from '@oauth2-kit/testing'

async function direct(client: AnyClient, grant: Grant, clientVersion: string) {
  return prismaStore(client).issue(grant, [aCredential()], { clientVersion })
}

const patient = { maxWait: 20_000, timeout: 20_000 }

describeEngines((place) => {
  let client: AnyClient
  let store: PrismaStore
  beforeAll(() => {
    client = clientFor(place.url)
    store = prismaStore(client)
  })
  afterAll(() => client.$disconnect())

  /** Creates a client and a user, and returns them with a grant of both. */
  async function kept() {
    const [app, user] = [aClient(), aUser()]
    await store.createClient(app)
    await store.createUser(user)
    return { app, user, grant: aGrant({ clientId: app.id, userId: user.id }) }
  }

  it('refuses a grant if its client was deleted or has changed, and leaves nothing', async () => {
    const { app, grant } = await kept()
    const refusals = [{ clientVersion: 'other' }, { clientVersion: '' }]
    for (const conditions of refusals)
      expect(await store.issue(grant, [aCredential()], conditions)).toBe('refused')
    const current = { clientVersion: app.version }
    expect(await store.issue(grant, [aCredential()], current)).toBe('issued')
    await store.deleteClient(app.id)
    expect(await store.issue(grant, [aCredential()], current)).toBe('refused')
    expect(await client.oAuthCredential.count({ where: { clientId: app.id } })).toBe(0)
  })

  it('refuses a grant for a deleted user, but not for an unknown one', async () => {
    const { user } = await kept()
    const grant = aGrant({ userId: user.id })
    await store.deleteUser(user.id, t0)
    expect(await store.issue(grant, [aCredential()], {})).toBe('refused')
    expect(await client.oAuthCredential.count({ where: { userId: user.id } })).toBe(0)
    expect(await store.issue(aGrant(), [aCredential()], {})).toBe('issued')
    expect(await store.issue(aGrant({ userId: null }), [aCredential()], {})).toBe('issued')
  })

  it('leaves nothing if the look-up of the conditions fails', async () => {
    const { app, grant } = await kept()
    const failing = client.$extends({
      query: {
        oAuthClient: {
          findUnique() {
            throw new Error('Away')
          },
        },
      },
    })
    const conditions = { clientVersion: app.version }
    const issuing = prismaStore(failing).issue(grant, [aCredential()], conditions)
    await expect(issuing).rejects.toThrow('Away')
    expect(await client.oAuthCredential.count({ where: { clientId: app.id } })).toBe(0)
  })

  it('F9: refuses a grant whose client or user is deleted after its rows are written', async () => {
    for (const what of ['client', 'user'] as const) {
      const { app, user, grant } = await kept()
      const deleteIt = () =>
        what === 'client' ? store.deleteClient(app.id) : store.deleteUser(user.id, t0)
      const slow = client.$extends({
        query: {
          oAuthCredential: {
            async createMany({ args, query }) {
              const result = await query(args)
              await deleteIt()
              return result
            },
          },
        },
      })
      const conditions = { clientVersion: app.version }
      expect(await prismaStore(slow).issue(grant, [aCredential()], conditions)).toBe('refused')
      expect(await client.oAuthCredential.count({ where: { clientId: app.id } })).toBe(0)
    }
  })

  describe('inside a transaction of the application', () => {
    it('refuses the same grants, and the transaction continues', async () => {
      const { app, user, grant } = await kept()
      const deleted = await kept()
      await store.deleteUser(deleted.user.id, t0)
      const conditions = { clientVersion: app.version }
      await client.$transaction(async (inner) => {
        const within = prismaStore(inner)
        const other = { clientVersion: 'other' }
        expect(await within.issue(grant, [aCredential()], other)).toBe('refused')
        const orphan = aGrant({ clientId: app.id, userId: deleted.user.id })
        expect(await within.issue(orphan, [aCredential()], conditions)).toBe('refused')
        expect(await within.issue(grant, [aCredential()], conditions)).toBe('issued')
        const stranger = aGrant({ clientId: app.id })
        expect(await within.issue(stranger, [aCredential()], conditions)).toBe('issued')
      }, patient)
      const { grants } = await store.listGrants({ userId: user.id }, all)
      expect(grants).toEqual([grant])
      expect(await store.getClient(app.id)).toEqual(app)
      expect(await store.getUser(user.id)).toEqual(user)
    })
  })
})

describeServers((place) => {
  let clients: AnyClient[]
  let stores: PrismaStore[]
  beforeAll(() => {
    clients = Array.from({ length: 4 }, () => clientFor(place.url, { connections: 3 }))
    stores = clients.map((client) => prismaStore(client))
  })
  afterAll(() => Promise.all(clients.map((client) => client.$disconnect())))

  const isolationLevel = 'ReadCommitted' as never

  /** Issues on many connections during a deletion, and returns the outcomes and what is left. */
  async function race(
    what: 'client' | 'user',
    issue: (store: AnyClient, grant: Grant, version: string) => Promise<string>,
    afterwards: (id: string) => Promise<unknown> = async () => {},
  ) {
    const [store] = stores as [PrismaStore]
    const outcomes = new Set<string>()
    let left = 0
    // It goes on until both outcomes were seen, at most three times as long.
    for (let round = 0; round < roundsOf(outcomes.size < 2 ? 90 : 30); round++) {
      const [app, user] = [aClient(), aUser()]
      await store.createClient(app)
      await store.createUser(user)
      const attempts = Array.from({ length: 8 }, async (_, n) => {
        // Some start a little later, so that the deletion overlaps with each of their steps.
        for (let wait = 0; wait < (n * round) % 7; wait++) await store.find('none')
        return issue(
          clients[n % clients.length]!,
          aGrant({ clientId: app.id, userId: user.id }),
          app.version,
        )
      })
      const deletion = (async () => {
        for (let wait = 0; wait < round % 5; wait++) await store.find('none')
        await (what === 'client' ? store.deleteClient(app.id) : store.deleteUser(user.id, t0))
        await afterwards(what === 'client' ? app.id : user.id)
      })()
      const [, ...results] = await Promise.all([deletion, ...attempts])
      for (const result of results) outcomes.add(result)
      left += await clients[0]!.oAuthCredential.count({ where: { clientId: app.id } })
    }
    return { left, kinds: [...outcomes].toSorted() }
  }

  const inTransaction: typeof direct = (client, grant, version) =>
    client.$transaction((inner) => direct(inner as AnyClient, grant, version), {
      ...patient,
      isolationLevel,
    })

  it.each([
    ['client', 'directly', direct],
    ['user', 'directly', direct],
    ['client', 'in transactions', inTransaction],
    ['user', 'in transactions', inTransaction],
  ] as const)(
    'F9: leaves nothing that is issued while its %s is deleted: %s',
    async (what, _, issue) => {
      expect(await race(what, issue)).toEqual({ left: 0, kinds: ['issued', 'refused'] })
    },
  )

  it('F9: leaves nothing even if the client is created again at once', async () => {
    const { left } = await race('client', direct, (id) => stores[1]!.createClient(aClient({ id })))
    expect(left).toBe(0)
  })

  it('leaves nothing of a user, whose mark prevents a second creation', async () => {
    const { left } = await race('user', direct, async (id) => {
      expect(await stores[1]!.createUser(aUser({ id }))).toBe(false)
    })
    expect(left).toBe(0)
  })

  it('a deletion waits for a transaction that issues, and removes what it issued', async () => {
    const [store, other] = stores as [PrismaStore, PrismaStore]
    for (const what of ['client', 'user'] as const) {
      const [app, user] = [aClient(), aUser()]
      await store.createClient(app)
      await store.createUser(user)
      let deletion: Promise<void> | undefined
      let isOver = false
      await clients[2]!.$transaction(
        async (inner) => {
          const grant = aGrant({ clientId: app.id, userId: user.id })
          expect(await direct(inner as AnyClient, grant, app.version)).toBe('issued')
          deletion = what === 'client' ? other.deleteClient(app.id) : other.deleteUser(user.id, t0)
          void deletion.then(() => (isOver = true))
          for (let n = 0; n < 20; n++) await store.find('none')
          expect(isOver).toBe(false)
        },
        { ...patient, isolationLevel },
      )
      await deletion
      expect(await clients[0]!.oAuthCredential.count({ where: { clientId: app.id } })).toBe(0)
    }
  })

  it('a deletion removes what was issued during a transaction with the same deletion', async () => {
    const [store] = stores as [PrismaStore]
    const [app, user] = [aClient(), aUser()]
    await store.createClient(app)
    await store.createUser(user)
    await clients[1]!.$transaction(
      async (inner) => {
        await prismaStore(inner).deleteClient(app.id)
        await prismaStore(inner).deleteUser(user.id, t0)
        // Outside, the deletion is not visible yet.
        await issued(store, { clientId: app.id, userId: user.id })
      },
      { ...patient, isolationLevel },
    )
    await store.deleteClient(app.id)
    await store.deleteUser(user.id, t0)
    expect(await clients[0]!.oAuthCredential.count({ where: { clientId: app.id } })).toBe(0)
  })

  it('a mass revocation ends despite concurrent issues, and covers earlier grants', async () => {
    const store = prismaStore(clients[0]!, { batchSize: 3 })
    const userId = `user-${randomUUID()}`
    const before = await Promise.all(
      Array.from({ length: 40 }, async () => (await issued(store, { userId })).grant.id),
    )
    const until = new AbortController()
    const issuing = Promise.all(
      stores.slice(1).map(async (one) => {
        while (!until.signal.aborted) {
          await issued(one, { userId })
          // Slower than the batches, even on a machine that stalls.
          await new Promise((resolve) => setTimeout(resolve, 20))
        }
      }),
    )
    const revoked = await store.revoke({ userId })
    until.abort()
    await issuing
    expect(revoked).toBeGreaterThanOrEqual(40)
    const { grants } = await store.listGrants({ userId }, all)
    const left = new Set(grants.map(({ id }) => id))
    expect(before.filter((id) => left.has(id))).toEqual([])
  })
})
