import type { Client } from '@oauth2-kit/core'
import type { DataSource } from 'typeorm'
import { type TypeormStore, typeormStore } from '@oauth2-kit/typeorm'
import { describeEngines, migrated, type Disposable } from './support/data-source'
import {
  aClient,
  aCredential,
  aGrant,
  aUser,
  aVersion,
  grantsOf,
  issued,
  t0,
} from '@oauth2-kit/testing'
import { roundsOf } from '../../../test/support/growth'
import { lockIsAwaited } from './support/locks'

const rounds = roundsOf(60)
const perRound = 8

describeEngines((place) => {
  const open: Disposable[] = []
  let stores: TypeormStore[] = []
  let store: TypeormStore
  beforeAll(async () => {
    for (let n = 0; n < 3; n++) open.push(await migrated(place.url))
    stores = open.map((one) => typeormStore(one))
    store = stores[0]!
  })
  afterAll(() => Promise.all(open.map((one) => one.destroy())))

  it('issues only for the current version of a client, and refuses whole grants', async () => {
    const client = aClient()
    await store.createClient(client)
    const issue = (clientVersion: string, id = client.id) => {
      const [grant, credentials] = [aGrant({ clientId: id }), [aCredential(), aCredential()]]
      return store.issue(grant, credentials, { clientVersion }).then(async (outcome) => ({
        outcome,
        grants: (await grantsOf(store, { grantId: grant.id })).length,
        found: (await Promise.all(credentials.map(({ hash }) => store.find(hash)))).filter(Boolean)
          .length,
      }))
    }
    const refused = { outcome: 'refused', grants: 0, found: 0 }
    expect(await issue(client.version)).toEqual({ outcome: 'issued', grants: 1, found: 2 })
    expect(await issue(aVersion())).toEqual(refused)
    expect(await issue(client.version, aClient().id)).toEqual(refused)
    const changed = { ...client, version: aVersion() }
    await store.updateClient(changed, client.version)
    expect(await issue(client.version)).toEqual(refused)
    expect(await issue(changed.version)).toEqual({ outcome: 'issued', grants: 1, found: 2 })
  })

  it('issues for known, unknown and absent users, and not for deleted users', async () => {
    const user = aUser()
    await store.createUser(user)
    const { credential } = await issued(store, { userId: user.id })
    await issued(store, { userId: aUser().id })
    await issued(store, { userId: null })
    await store.deleteUser(user.id, t0)
    expect(await store.find(credential.hash)).toBeNull()
    const late = aCredential()
    expect(await store.issue(aGrant({ userId: user.id }), [late], {})).toBe('refused')
    expect(await store.find(late.hash)).toBeNull()
    await store.purge({ credentials: 0, shortLived: t0 + 1 }, 1000)
    await issued(store, { userId: user.id })
  })

  /** Issues from several connections while `end` deletes the client or user. */
  async function raced(
    ofGrant: () => Parameters<typeof aGrant>[0],
    conditions: { clientVersion?: string },
    end: (store: TypeormStore) => Promise<unknown>,
    round: number,
  ) {
    const issuing = Array.from({ length: perRound }, async (_, n) => {
      const one = stores[n % 2]!
      const [grant, credential] = [aGrant(ofGrant()), aCredential()]
      for (let waits = n; waits > 3; waits--) await one.find(credential.hash)
      return { grant, credential, outcome: await one.issue(grant, [credential], conditions) }
    })
    for (let waits = round % 5; waits > 0; waits--) await stores[2]!.getClient('nobody')
    await end(stores[2]!)
    const settled = await Promise.all(issuing)
    const alive = await Promise.all(settled.map(({ credential }) => store.find(credential.hash)))
    return {
      alive: alive.filter((one) => one !== null).length,
      outcomes: settled.map(({ outcome }) => outcome),
    }
  }

  it('leaves no concurrent grant of a client once its deletion has resolved', async () => {
    const seen = new Set<string>()
    for (let round = 0; round < rounds; round++) {
      const client = aClient()
      await store.createClient(client)
      const ofGrant = () => ({ clientId: client.id })
      const { alive, outcomes } = await raced(
        ofGrant,
        conditionsOf(client),
        (one) => one.deleteClient(client.id),
        round,
      )
      for (const outcome of outcomes) seen.add(outcome)
      expect({ round, alive }).toEqual({ round, alive: 0 })
      expect(await grantsOf(store, { clientId: client.id })).toEqual([])
    }
    expect([...seen].toSorted()).toEqual(['issued', 'refused'])
  })

  it('leaves none even if the client is created again with the same id at once', async () => {
    for (let round = 0; round < rounds; round++) {
      const client = aClient()
      const again = aClient({ id: client.id })
      await store.createClient(client)
      const { alive } = await raced(
        () => ({ clientId: client.id }),
        conditionsOf(client),
        async (one) => {
          await one.deleteClient(client.id)
          expect(await one.createClient(again)).toBe(true)
        },
        round,
      )
      expect({ round, alive }).toEqual({ round, alive: 0 })
      const grant = aGrant({ clientId: client.id })
      expect(await store.issue(grant, [aCredential()], conditionsOf(again))).toBe('issued')
    }
  })

  it('leaves no concurrent grant of a user once the deletion has resolved', async () => {
    const seen = new Set<string>()
    for (let round = 0; round < rounds; round++) {
      const user = aUser()
      await store.createUser(user)
      const { alive, outcomes } = await raced(
        () => ({ userId: user.id }),
        {},
        (one) => one.deleteUser(user.id, t0),
        round,
      )
      for (const outcome of outcomes) seen.add(outcome)
      expect({ round, alive }).toEqual({ round, alive: 0 })
      expect(await grantsOf(store, { userId: user.id })).toEqual([])
    }
    expect([...seen].toSorted()).toEqual(['issued', 'refused'])
  })
})

describeEngines(
  (place) => {
    /** Returns the outcome of an issue() that waits for a change, which is then committed. */
    async function issuedAfter(
      change: (store: TypeormStore) => Promise<unknown>,
      grant: ReturnType<typeof aGrant>,
      clientVersion: string,
      how: 'joined' | 'alone' = 'alone',
    ) {
      await using dataSource = await migrated(place.url)
      await using others = await migrated(place.url)
      let late: Promise<string> = Promise.resolve('')
      const issue = (source: Parameters<typeof typeormStore>[0]) =>
        typeormStore(source).issue(grant, [aCredential()], { clientVersion })
      await dataSource.transaction(async (manager) => {
        await change(typeormStore(manager))
        late =
          how === 'alone'
            ? issue(others)
            : others.transaction(async (other) => {
                // This takes the snapshot before the change is committed.
                await typeormStore(other).getClient(grant.clientId)
                return issue(other)
              })
        await lockIsAwaited(manager)
      })
      // Awaited here, before its DataSource is closed.
      return await late
    }

    it.each(['alone', 'joined'] as const)(
      'issue() sees a change that it waited for, even with an older snapshot: %s',
      async (how) => {
        await using dataSource = await migrated(place.url)
        const one = await setUp(dataSource)
        const deleted = (store: TypeormStore) => store.deleteClient(one.client.id)
        expect(await issuedAfter(deleted, one.grant, one.client.version, how)).toBe('refused')

        const two = await setUp(dataSource)
        const marked = (store: TypeormStore) => store.deleteUser(two.user.id, t0)
        expect(await issuedAfter(marked, two.grant, two.client.version, how)).toBe('refused')

        const three = await setUp(dataSource)
        const changed = { ...three.client, version: aVersion() }
        const updated = (store: TypeormStore) => store.updateClient(changed, three.client.version)
        expect(await issuedAfter(updated, three.grant, three.client.version, how)).toBe('refused')

        const four = await setUp(dataSource)
        const renewed = { ...four.user, version: aVersion() }
        const hashed = (store: TypeormStore) => store.updateUser(renewed, four.user.version)
        expect(await issuedAfter(hashed, four.grant, four.client.version, how)).toBe('issued')

        const five = await setUp(dataSource)
        const again = async (store: TypeormStore) => {
          await store.deleteClient(five.client.id)
          await store.createClient(aClient({ id: five.client.id }))
        }
        expect(await issuedAfter(again, five.grant, five.client.version, how)).toBe('refused')
      },
    )

    it.each(['client', 'user'])(
      'a deletion waits for grants in progress, and revokes them: %s',
      async (which) => {
        await using dataSource = await migrated(place.url)
        await using others = await migrated(place.url)
        const { client, user, grant } = await setUp(dataSource)
        const credential = aCredential()
        let deletion: Promise<void> | undefined
        await dataSource.transaction(async (manager) => {
          const joined = typeormStore(manager)
          const conditions = { clientVersion: client.version }
          expect(await joined.issue(grant, [credential], conditions)).toBe('issued')
          const store = typeormStore(others)
          deletion =
            which === 'client' ? store.deleteClient(client.id) : store.deleteUser(user.id, t0)
          await lockIsAwaited(manager)
        })
        await deletion
        expect(await typeormStore(dataSource).find(credential.hash)).toBeNull()
        expect(await grantsOf(typeormStore(dataSource), { grantId: grant.id })).toEqual([])
      },
    )

    it.each(['client', 'user'])(
      'a deletion in a transaction revokes grants issued after it began: %s',
      async (which) => {
        await using dataSource = await migrated(place.url)
        await using others = await migrated(place.url)
        const { client, user, grant } = await setUp(dataSource)
        const [store, credential] = [typeormStore(others), aCredential()]
        await dataSource.transaction(async (manager) => {
          const joined = typeormStore(manager)
          expect(await joined.find(credential.hash)).toBeNull()
          expect(await store.issue(grant, [credential], conditionsOf(client))).toBe('issued')
          if (which === 'client') await joined.deleteClient(client.id)
          else await joined.deleteUser(user.id, t0)
        })
        expect(await store.find(credential.hash)).toBeNull()
      },
    )

    it('a client can be deleted during many concurrent issues', async () => {
      await using dataSource = await migrated(place.url)
      await using others = await migrated(place.url, { options: { poolSize: 12 } })
      const { client } = await setUp(dataSource)
      const conditions = { clientVersion: client.version }
      const issuing = Array.from({ length: 12 }, async () => {
        const hashes: string[] = []
        for (let outcome = ''; outcome !== 'refused';) {
          const [grant, credential] = [aGrant({ clientId: client.id }), aCredential()]
          outcome = await typeormStore(others).issue(grant, [credential], conditions)
          hashes.push(credential.hash)
        }
        return hashes
      })
      await typeormStore(dataSource).deleteClient(client.id)
      const hashes = (await Promise.all(issuing)).flat()
      for (const hash of hashes) expect(await typeormStore(dataSource).find(hash)).toBeNull()
    })
  },
  ['postgres', 'mariadb'],
)

function conditionsOf({ version }: Client) {
  return { clientVersion: version }
}

async function setUp(dataSource: DataSource) {
  const [store, client, user] = [typeormStore(dataSource), aClient(), aUser()]
  await store.createClient(client)
  await store.createUser(user)
  return { client, user, grant: aGrant({ clientId: client.id, userId: user.id }) }
}
