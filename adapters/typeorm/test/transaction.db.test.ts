import type { Credential, Redemption, Store } from '@oauth2-kit/core'
import type { EntityManager } from 'typeorm'
import { typeormStore } from '@oauth2-kit/typeorm'
import { describeEngines, migrated, type Disposable } from './support/data-source'
import {
  aClient,
  aCredential,
  aGrant,
  aRecord,
  aUser,
  aVersion,
  issued,
  before,
  redeemed,
  refOf,
} from '@oauth2-kit/testing'
import { lockIsAwaited } from './support/locks'

class Rollback extends Error {}

describeEngines((place) => {
  let dataSource: Disposable
  beforeAll(async () => {
    dataSource = await migrated(place.url)
  })
  afterAll(() => dataSource.destroy())

  /** Runs the work in a transaction, and rolls it back. */
  async function rolledBack(work: (manager: EntityManager) => Promise<unknown>): Promise<void> {
    const transaction = dataSource.transaction(async (manager) => {
      await work(manager)
      throw new Rollback('rolled back')
    })
    await expect(transaction).rejects.toThrow(Rollback)
  }

  it('writes in a transaction are kept when it is committed', async () => {
    const [client, user] = [aClient(), aUser()]
    const { grant, credential } = await dataSource.transaction(async (manager) => {
      const store = typeormStore(manager)
      expect(await store.createClient(client)).toBe(true)
      expect(await store.createUser(user)).toBe(true)
      const made = await issued(store)
      await redeemed(store, made.credential, aCredential(), aCredential({ kind: 'access' }))
      return made
    })
    const store = typeormStore(dataSource)
    expect(await store.find(credential.hash)).toEqual(credential)
    expect(await store.getClient(client.id)).toEqual(client)
    expect(await store.getUser(user.id)).toEqual(user)
    expect(await store.redeem(credential, [aCredential()])).toEqual({ status: 'replayed' })
    expect(await store.revoke({ grantId: grant.id })).toBe(1)
  })

  it('writes in a transaction are undone when it is rolled back', async () => {
    const store = typeormStore(dataSource)
    const kept = await issued(store)
    const [grant, credential, client] = [aGrant(), aCredential(), aClient()]
    await rolledBack(async (manager) => {
      const joined = typeormStore(manager)
      await joined.issue(grant, [credential], {})
      await joined.createClient(client)
      await redeemed(joined, kept.credential, aCredential())
      expect(await joined.find(credential.hash)).not.toBeNull()
      expect(await joined.revoke({ grantId: kept.grant.id })).toBe(1)
      await joined.purge(before(Number.MAX_SAFE_INTEGER), 1000)
    })
    expect(await store.find(credential.hash)).toBeNull()
    expect(await store.getClient(client.id)).toBeNull()
    expect(await store.redeem(kept.credential, [aCredential()])).toEqual({ status: 'redeemed' })
  })

  it('a transaction stays usable after a replay, a revocation or a duplicate', async () => {
    const store = typeormStore(dataSource)
    const [replayed, gone] = [await issued(store), await issued(store)]
    const [client, user, another] = [aClient(), aUser(), aUser()]
    await store.createClient(client)
    await store.createUser(user)
    await store.createUser(another)
    await redeemed(store, replayed.credential, aCredential())
    await store.revoke({ grantId: gone.grant.id })
    const { credential } = await dataSource.transaction(async (manager) => {
      const joined = typeormStore(manager)
      expect(await joined.redeem(replayed.credential, [aCredential()])).toEqual({
        status: 'replayed',
      })
      expect(await joined.redeem(gone.credential, [aCredential()])).toEqual({ status: 'revoked' })
      expect(await joined.extend(refOf(gone.grant), [aCredential()])).toBe('revoked')
      const unknown = { ...aCredential(), grant: refOf(replayed.grant) }
      expect(await joined.redeem(unknown, [aCredential()])).toEqual({ status: 'unknown' })
      const record = aRecord()
      expect(await joined.addRecord(record)).toBe(true)
      expect(await joined.addRecord(record)).toBe(false)
      expect(await joined.createClient(client)).toBe(true)
      expect(await joined.createClient(aClient({ id: client.id }))).toBe(false)
      expect(await joined.createUser(aUser({ username: user.username }))).toBe(false)
      const other = { ...another, version: aVersion(), username: user.username }
      expect(await joined.updateUser(other, another.version)).toBe(false)
      return issued(joined)
    })
    expect(await store.find(credential.hash)).toEqual(credential)
  })

  it('accepts the manager of a DataSource in place of the DataSource', async () => {
    const store = typeormStore(dataSource.manager)
    const { credential } = await issued(store)
    expect(await typeormStore(dataSource).find(credential.hash)).toEqual(credential)
  })
})

describeEngines(
  (place) => {
    it('detects a redemption that was committed while the transaction was waiting', async () => {
      await using dataSource = await migrated(place.url)
      await using others = await migrated(place.url)
      const { credential } = await issued(typeormStore(dataSource))
      const winner = aCredential()
      let late: Promise<unknown> = Promise.resolve()
      await dataSource.transaction(async (manager) => {
        await redeemed(typeormStore(manager), credential, winner)
        late = others.transaction(async (other) => {
          const joined = typeormStore(other)
          // This takes the snapshot of the transaction before the winner commits.
          expect(await joined.find(winner.hash)).toBeNull()
          return joined.redeem(credential, [aCredential()])
        })
        await lockIsAwaited(manager)
      })
      expect(await late).toEqual({ status: 'replayed' })
    })

    it.each(['joined', 'separate'])(
      'a redemption that waits for a revocation returns revoked: %s',
      async (how) => {
        await using dataSource = await migrated(place.url)
        await using others = await migrated(place.url)
        const { grant, credential } = await issued(typeormStore(dataSource))
        let late: Promise<unknown> = Promise.resolve()
        await dataSource.transaction(async (manager) => {
          await typeormStore(manager).revoke({ grantId: grant.id })
          late =
            how === 'joined'
              ? others.transaction((other) => redeemAndContinue(typeormStore(other), credential))
              : redeemAndContinue(typeormStore(others), credential)
          await lockIsAwaited(manager)
        })
        expect(await late).toEqual({ status: 'revoked' })
      },
    )
  },
  ['postgres', 'mariadb'],
)

/** Returns the outcome of a redemption, and checks that the store is still usable. */
async function redeemAndContinue(
  store: Required<Store>,
  credential: Credential,
): Promise<Redemption> {
  const outcome = await store.redeem(credential, [aCredential(), aCredential()])
  await issued(store)
  return outcome
}
