import type { EntityManager } from 'typeorm'
import { typeormStore } from '@oauth2-kit/typeorm'
import { deadlockTimeout } from '../../../test/support/lock-waits'
import { describeEngines, migrated, type Disposable } from './support/data-source'
import { aCredential, aGrant, issued } from '@oauth2-kit/testing'
import { lockIsAwaited } from './support/locks'
import { Recorder } from './support/recorder'

const pauseMs = 20
const victim = { deadlockTimeout: deadlockTimeout.victim }

/** Waits until the database has answered with an error. */
async function failure({ errors }: Recorder): Promise<void> {
  while (errors.length === 0) await new Promise((resolve) => setTimeout(resolve, pauseMs))
}

describeEngines(
  (place) => {
    it('runs a statement again that was the victim of a deadlock', async () => {
      await using dataSource = await migrated(place.url, victim)
      await using others = await migrated(place.url)
      const recorder = new Recorder()
      dataSource.logger = recorder
      const store = typeormStore(dataSource)
      // Removed in the order of their ids; the other transaction locks the second one first.
      const [userId, clientId] = [`user-${Math.random()}`, `client-${Math.random()}`]
      const first = await issued(store, { id: `1-${clientId}`, userId, clientId })
      const second = await issued(store, { id: `2-${clientId}`, userId, clientId })
      let revoking: Promise<number> | undefined
      await others.transaction(async (manager) => {
        await survive(manager)
        await lock(manager, second.grant.id)
        revoking = store.revoke({ userId })
        await lockIsAwaited(manager)
        await lock(manager, first.grant.id)
        await failure(recorder)
      })
      expect(await revoking).toBe(2)
      expect(recorder.errors).toEqual([expect.stringMatching(/deadlock/i)])
      expect(await store.find(first.credential.hash)).toBeNull()
    })

    it('runs no statement again in a joined transaction: its owner must run it again', async () => {
      await using dataSource = await migrated(place.url, victim)
      await using others = await migrated(place.url)
      const store = typeormStore(dataSource)
      const [one, other] = [await issued(store), await issued(store)]
      const joined = dataSource.transaction(async (manager) => {
        await lock(manager, one.grant.id)
        return others
          .transaction(async (rival) => {
            await survive(rival)
            await lock(rival, other.grant.id)
            const revoking = typeormStore(manager).revoke({ grantId: other.grant.id })
            await lockIsAwaited(rival)
            const locking = lock(rival, one.grant.id)
            return Promise.all([revoking, locking])
          })
          .then(([revoked]) => revoked)
      })
      await expect(joined).rejects.toThrow(/deadlock/i)
      expect(await store.find(other.credential.hash)).toEqual(other.credential)
    })
  },
  ['postgres', 'mariadb'],
)

describeEngines(
  (place) => {
    it('tries a write again if the database is locked', async () => {
      await using writer = await migrated(place.url, { options: { timeout: 1 } })
      await using others = await migrated(place.url)
      const recorder = new Recorder()
      writer.logger = recorder
      const store = typeormStore(writer)
      await others.query('BEGIN IMMEDIATE')
      const issuing = issued(store)
      await failure(recorder)
      await others.query('COMMIT')
      const { credential } = await issuing
      expect(await store.find(credential.hash)).toEqual(credential)
      expect(recorder.errors[0]).toMatch(/locked/)
    })
  },
  ['sqlite'],
)

describeEngines((place) => {
  let dataSource: Disposable
  beforeAll(async () => {
    dataSource = await migrated(place.url)
  })
  afterAll(() => dataSource.destroy())

  it('reports a permanent error unchanged', async () => {
    const store = typeormStore(dataSource)
    const { credential } = await issued(store)
    await expect(store.issue(aGrant(), [credential], {})).rejects.toMatchObject({
      code: expect.stringMatching(/23505|ER_DUP_ENTRY|SQLITE_CONSTRAINT/),
    })
    expect(await store.redeem(credential, [aCredential()])).toEqual({ status: 'redeemed' })
  })
})

/** Makes the database end the other transaction. InnoDB ends the one that has written least. */
async function survive(manager: EntityManager): Promise<void> {
  if (manager.dataSource.options.type === 'postgres') {
    await manager.query(`SET LOCAL deadlock_timeout = '${deadlockTimeout.survivor}'`)
    return
  }
  const values = Array.from({ length: 50 }, (_, n) => `('weight-${Math.random()}-${n}', '', 1)`)
  await manager.query(`INSERT INTO oauth_records (id, data, expires_at) VALUES ${values.join()}`)
}

async function lock(manager: EntityManager, id: string): Promise<void> {
  await manager
    .createQueryBuilder('oauth_credentials', 'c')
    .where({ id })
    .setLock('pessimistic_write')
    .getMany()
}
