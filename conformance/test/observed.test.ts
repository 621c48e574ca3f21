import type { Client, Store } from '@oauth2-kit/core'
import { cases } from '../src/cases'
import { aClient, aCredential, aGrant, aRecord, aUser, asFound, successors } from '../src/given'
import { Observed } from '../src/observed'
import { Steps, recorded } from '../src/recorder'
import { Database, directConnection } from '../src/reference/connection'
import { referenceStore } from '../src/reference/store'
import { obstacleOn } from '../src/applies'
import { Session, settingsOf } from '../src/session'
import { benchOf } from '../src/self-test/bench'
import { harmless } from '../src/self-test/harmless'
import { answers } from '../src/self-test/mutant'
import { allRun } from '../../test/support/growth'
import { StoreTrial } from '../src/trial'

type Breaks = (store: Required<Store>) => Partial<Store>

/** Returns a recorded store, and the sentences about what was seen on it. */
function observing(breaks: Breaks = () => ({})): { store: Required<Store>; seen: () => string[] } {
  const right = referenceStore(directConnection(new Database()), 'oc1')
  const steps = new Steps()
  const store = recorded({ ...right, ...breaks(right) }, steps)
  return { store, seen: () => steps.observed.found(false).map(({ text }) => text) }
}

const cutting: Breaks = (store) => ({
  find: answers(store.find, (found) => found && { ...found, data: found.data.slice(0, 10) }),
  getClient: answers(store.getClient, (found) => found && { ...found, scopes: null }),
})

describe('what is observed', () => {
  it('is a credential that differs from what issue(), extend() or redeem() wrote', async () => {
    const { store, seen } = observing(cutting)
    const [grant, first, next] = [aGrant(), aCredential(), aCredential()]
    await store.issue(grant, [first], {})
    await store.extend(grant, [next])
    await store.find(next.hash)
    expect(seen()).toEqual(['find() returned "data" cut after 10 of 19 characters'])
  })

  it.each<[string, Breaks, (store: Required<Store>) => Promise<unknown>, string]>([
    [
      'a client without a member',
      (store) => ({
        createClient: (client) =>
          store.createClient({ ...client, accessTokenLifetime: undefined! }),
      }),
      async (store) => {
        const client = aClient({ accessTokenLifetime: 0 })
        await store.createClient(client)
        await store.getClient(client.id)
      },
      'getClient() returned no "accessTokenLifetime" (expected 0)',
    ],
    [
      'a user',
      (store) => ({
        getUser: answers(store.getUser, (user) => user && { ...user, username: 'x' }),
      }),
      async (store) => {
        const user = aUser({ username: 'ada' })
        await store.createUser(user)
        await store.getUser(user.id)
      },
      `getUser() returned "username" 'x', expected 'ada'`,
    ],
    [
      'a record',
      (store) => ({
        takeRecord: answers(store.takeRecord, (one) => one && { ...one, data: '' }),
      }),
      async (store) => {
        const record = aRecord()
        await store.addRecord(record)
        await store.takeRecord(record.key)
      },
      `takeRecord() returned "data" empty, expected '{"scope":"profile"}'`,
    ],
    [
      'a grant in a list',
      (store) => ({
        listGrants: answers(store.listGrants, ({ grants, next }) => ({
          grants: grants.map((one) => ({ ...one, data: one.data.toUpperCase() })),
          next,
        })),
      }),
      async (store) => {
        const grant = aGrant({ data: '"a"' })
        await store.issue(grant, [aCredential()], {})
        await store.listGrants({ grantId: grant.id }, { limit: 1 })
      },
      `listGrants() returned "data" in upper case: got '"A"', expected '"a"'`,
    ],
    [
      'null for what was written',
      () => ({ find: async () => null }),
      async (store) => {
        const credential = aCredential()
        await store.issue(aGrant(), [credential], {})
        await store.find(credential.hash)
      },
      'find() returned null for what issue() had written',
    ],
    [
      'a redemption that is forgotten',
      () => ({ isRedeemed: async () => false }),
      async (store) => {
        const old = await issued(store)
        await store.redeem(old, successors())
        await store.isRedeemed(old)
      },
      'isRedeemed() returned false for a credential that redeem() had redeemed',
    ],
    [
      'two redemptions',
      () => ({ redeem: async () => ({ status: 'redeemed' }) }),
      async (store) => {
        const old = await issued(store)
        for (let n = 0; n < 2; n++) await store.redeem(old, successors())
      },
      'redeem() returned "redeemed" to two attempts on one credential',
    ],
  ])('is %s', async (_, breaks, run, text) => {
    const { store, seen } = observing(breaks)
    await run(store)
    expect(seen()).toEqual([text])
  })

  it('is an error that the engine hides', async () => {
    const steps = new Steps()
    const store = recorded(
      { issue: async () => Promise.reject(new Error('value too long')) },
      steps,
    )
    await expect(store.issue()).rejects.toThrow('value too long')
    expect(steps.observed.found(false)).toEqual([])
    expect(steps.observed.found(true).map(({ text }) => text)).toEqual([
      'issue() rejected with Error: value too long',
    ])
  })
})

describe('what is not observed', () => {
  it.each<[string, (store: Required<Store>) => Promise<unknown>]>([
    [
      'what was written twice',
      async (store) => {
        const client = aClient()
        await store.createClient(client)
        const next = aClient({ id: client.id })
        await store.updateClient(next, client.version)
        await store.getClient(client.id)
      },
    ],
    [
      'what was written at the same time as the read',
      async (store) => {
        const client = aClient()
        await Promise.all([store.createClient(client), store.getClient(client.id)])
      },
    ],
    ['what others wrote', async (store) => store.getClient('unknown')],
    [
      'the difference of a refused write',
      async (store) => {
        const user = aUser()
        await store.createUser(user)
        await store.createUser(aUser({ id: user.id }))
        await store.getUser(user.id)
      },
    ],
    [
      'a revoked grant',
      async (store) => {
        const { hash, grant } = await issued(store)
        await store.revoke({ grantId: grant.id })
        await store.find(hash)
      },
    ],
    [
      'a call that makes no sense',
      async (store) => store.issue(...([] as unknown as [never, never, never])).catch(() => {}),
    ],
  ])('is %s', async (_, run) => {
    const { store, seen } = observing(cutting)
    await run(store)
    expect(seen()).toEqual([])
  })

  it('is the empty "data" of a redeemed credential', async () => {
    const { store, seen } = observing((right) => ({
      find: answers(right.find, (found) => found && { ...found, data: '' }),
    }))
    const old = await issued(store)
    await store.redeem(old, successors())
    await store.find(old.hash)
    expect(seen()).toEqual([])
  })

  it.each([undefined, 7, { grants: [null, { id: Object.create(null) as object }] }])(
    'is a result that makes no sense: %p',
    async (answer) => {
      const { store, seen } = observing(() => ({ listGrants: async () => answer as never }))
      expect(await store.listGrants({ grantId: 'a' }, { limit: 1 })).toEqual(answer)
      expect(seen()).toEqual([])
    },
  )

  it('is a client whose write was rejected after it was applied', async () => {
    const { store, seen } = observing((right) => ({
      async createClient(client: Client) {
        await right.createClient({ ...client, name: 'other' })
        throw new Error('connection lost')
      },
    }))
    const client = aClient()
    await expect(store.createClient(client)).rejects.toThrow('connection lost')
    await store.getClient(client.id)
    expect(seen()).toEqual([])
  })

  const unusual = allRun
    ? /reference store$|removes expired|empty "data"|pages of/
    : /reference store$/
  it.each(harmless.filter(({ name }) => unusual.test(name)))(
    'is anything on a correct store: $name',
    async (variant) => {
      await using bench = await benchOf(variant)
      const session = await Session.begin(settingsOf({ ...bench.options, randomSeed: 3 }))
      const created = await session.instance(0)
      const slow = new Set(['fuzz', 'growth', 'budget'])
      const seen: string[] = []
      for (const one of cases().filter(({ group }) => !slow.has(group))) {
        if (obstacleOn(one, session.settings, created) || !one.run) continue
        const t = new StoreTrial(session, created)
        await one.run(t)
        seen.push(...t.steps.observed.found(false).map(({ text }) => `${one.id}: ${text}`))
        await t.end()
      }
      await session.end()
      expect(seen).toEqual([])
    },
  )
})

describe('Observed', () => {
  it('keeps three observations, each once', () => {
    const observed = new Observed()
    const store = {}
    for (let n = 0; n < 5; n++) {
      const record = aRecord({ key: `record-${n}` })
      observed.watch('addRecord', [record], store).resolved(true)
      for (let read = 0; read < 2; read++)
        observed.watch('getRecord', [record.key], store).resolved({ ...record, data: String(n) })
    }
    expect(observed.found(true).map(({ text }) => text)).toEqual(
      ['0', '1', '2'].map(
        (data) => `getRecord() returned "data" '${data}', expected '{"scope":"profile"}'`,
      ),
    )
  })
})

async function issued(store: Store) {
  const [grant, credential] = [aGrant(), aCredential()]
  await store.issue(grant, [credential], {})
  return asFound(credential, grant)
}
