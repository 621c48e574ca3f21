import type { Context } from '@oauth2-kit/conformance'
import { type TypeormStore, typeormStore } from '@oauth2-kit/typeorm'
import { lookAgainMs } from '@oauth2-kit/core/store-kit'
import { opened, tablesOf } from './support/create'
import { describeEngines, migrated } from './support/data-source'
import {
  aCredential,
  aRecord,
  aUser,
  grantsOf,
  issued,
  before,
  redeemed,
  refOf,
  t0,
} from '@oauth2-kit/testing'
import { raw } from './support/raw'
import { recorded } from './support/recorder'

describeEngines((place) => {
  it('works in batches of batchSize rows', async () => {
    const tables = tablesOf('batches')
    await using dataSource = await migrated(place.url, { tables })
    const store = typeormStore(dataSource, { tables, batchSize: 3 })
    for (let n = 0; n < 7; n++) await issued(store)
    const { statements } = await recorded(dataSource, async () => {
      expect(await store.purge(before(t0 + 60_001), 6)).toEqual({ deleted: 6, more: true })
    })
    const deletions = statements.filter(([sql]) => sql.startsWith('DELETE') && !sql.includes(' g'))
    // The parameters are the ids and the time.
    expect(deletions.map(([, parameters]) => parameters.length - 1)).toEqual([3, 3])
    expect(await store.purge(before(t0 + 60_001), 6)).toEqual({ deleted: 1, more: false })
  })

  it('starts each batch where the previous one ended', async () => {
    const tables = tablesOf('queue')
    await using dataSource = await migrated(place.url, { tables })
    const store = typeormStore(dataSource, { tables, batchSize: 2 })
    for (let n = 0; n < 5; n++) await issued(store, {}, { expiresAt: t0 + n })
    const { statements } = await recorded(dataSource, () => store.purge(before(t0 + 60_001), 9))
    const searches = statements.filter(([sql]) => />=.*'refresh'/s.test(sql))
    const starts = searches.slice(0, 3).map(([, [from]]) => Number(from))
    expect(starts).toEqual([expect.any(Number), t0 + 2, t0 + 4])
    expect(starts[0]).toBeLessThan(0)
  })

  it('removes a grant that a dead process left without credentials', async () => {
    const tables = tablesOf('forgotten')
    await using dataSource = await migrated(place.url, { tables })
    const store = typeormStore(dataSource, { tables })
    const [left, living] = [await issued(store), await issued(store, {}, { expiresAt: null })]
    await dataSource.query(`DELETE FROM forgotten_credentials WHERE id = '${left.credential.hash}'`)
    await store.purge(before(t0 + lookAgainMs), 9)
    expect(await grantsOf(store, { grantId: left.grant.id })).toEqual([left.grant])
    for (const later of [1, 2]) {
      await store.purge(before(t0 + later * lookAgainMs + 1), 9)
      expect(await grantsOf(store, { grantId: left.grant.id })).toEqual([])
      expect(await store.find(living.credential.hash)).toEqual(living.credential)
    }
  })

  it('removes answers, records and marks of users by the cutoff shortLived', async () => {
    const tables = tablesOf('short')
    await using dataSource = await migrated(place.url, { tables })
    const store = typeormStore(dataSource, { tables })
    const { credential } = await issued(store)
    const answers = [1, 2].map((n) => aCredential({ kind: 'answer', expiresAt: t0 + n }))
    const successors = [aCredential(), aCredential({ kind: 'access' }), ...answers]
    await redeemed(store, credential, ...successors)
    const records = [1, 2].map((n) => aRecord({ expiresAt: t0 + n }))
    for (const record of records) await store.addRecord(record)
    const users = [aUser(), aUser()]
    for (const [n, user] of users.entries()) {
      await store.createUser(user)
      await store.deleteUser(user.id, t0 + 1 + n)
    }
    const times = { credentials: t0 - 1, shortLived: t0 + 2 }
    expect(await store.purge(times, 9)).toEqual({ deleted: 3, more: false })
    const found = await Promise.all(answers.map(({ hash }) => store.find(hash)))
    expect(found.map((one) => one?.kind)).toEqual([undefined, 'answer'])
    const kept = await Promise.all(records.map(({ key }) => store.getRecord(key)))
    expect(kept).toEqual([null, records[1]])
    // The second user is still marked.
    const again = await Promise.all(users.map(({ id }) => store.createUser(aUser({ id }))))
    expect(again).toEqual([true, false])
    expect(await store.redeem(credential, [aCredential()])).toEqual({ status: 'replayed' })
  })

  it('removes an expired grant even if its answer has not expired', async () => {
    const tables = tablesOf('answers')
    await using dataSource = await migrated(place.url, { tables })
    const store = typeormStore(dataSource, { tables })
    const { grant, credential } = await issued(store)
    const answer = aCredential({ kind: 'answer', expiresAt: t0 + 90_000 })
    await redeemed(store, credential, aCredential(), answer)
    expect(await store.purge(before(t0 + 60_001), 9)).toEqual({ deleted: 2, more: false })
    expect(await grantsOf(store, { grantId: grant.id })).toEqual([])
    expect(await store.find(answer.hash)).toBeNull()
  })

  it('uses an index to find expired answers among tokens that the retention keeps', async () => {
    const tables = tablesOf('indexed')
    await using dataSource = await migrated(place.url, { tables })
    const store = typeormStore(dataSource, { tables })
    const context = { namespace: 'indexed', instance: 0 }
    opened.push({ ...context, dataSource })
    for (let n = 0; n < 50; n++) await issued(store, {}, { expiresAt: t0 })
    const scans = await raw.explain!(context as Context, () =>
      store.purge({ credentials: t0 - 1000, shortLived: t0 + 1000 }, 10),
    )
    expect(scans).toEqual([])
  })

  it('completes during concurrent writes, and loses none of them', async () => {
    const tables = tablesOf('busy')
    await using dataSource = await migrated(place.url, { tables })
    await using others = await migrated(place.url, { tables })
    const [store, other] = [dataSource, others].map((one) =>
      typeormStore(one, { tables, batchSize: 20 }),
    )
    const old = await Promise.all(Array.from({ length: 200 }, () => issued(store!)))
    const purging = { done: false }
    const purged = Promise.all([store!, other!].map(purgeAll)).finally(() => (purging.done = true))
    const fresh = []
    while (!purging.done || fresh.length < 20) {
      fresh.push(await issued(other!, {}, { expiresAt: t0 + 90_000 }))
      // SQLite calls do not yield to the event loop, which the timers of the purge need.
      await new Promise(setImmediate)
    }
    const [one = 0, two = 0] = await purged
    await store!.purge(before(t0 + 60_001), 1000)
    expect(one + two).toBeLessThanOrEqual(200)
    for (const { credential } of fresh) expect(await store!.find(credential.hash)).not.toBeNull()
    for (const { grant } of old.slice(0, 20)) {
      expect(await grantsOf(store!, { grantId: grant.id })).toEqual([])
    }
  })
})

describeEngines(
  (place) => {
    it('keeps a grant that is extended while its last credential is purged', async () => {
      const tables = tablesOf('extended')
      await using dataSource = await migrated(place.url, { tables })
      await using others = await migrated(place.url, { tables })
      const store = typeormStore(dataSource, { tables })
      const { grant, credential } = await issued(store)
      const added = aCredential({ expiresAt: t0 + 90_000 })
      let purging: Promise<unknown> | undefined
      await others.transaction(async (manager) => {
        await typeormStore(manager, { tables }).extend(refOf(grant), [added])
        purging = store.purge(before(t0 + 60_001), 9)
        // The purge has removed the credential, and is now at the grant.
        while (await store.find(credential.hash)) await new Promise(setImmediate)
        await new Promise((resolve) => setTimeout(resolve, 100))
      })
      expect(await purging).toEqual({ deleted: 1, more: false })
      expect(await store.find(added.hash)).toEqual({ ...added, grant: refOf(grant) })
    })
  },
  ['postgres', 'mariadb'],
)

async function purgeAll(store: TypeormStore): Promise<number> {
  let deleted = 0
  for (let more = true; more;) {
    const purged = await store.purge(before(t0 + 60_001), 50)
    deleted += purged.deleted
    more = purged.more
  }
  return deleted
}
