import { type TypeormStore, typeormStore } from '@oauth2-kit/typeorm'
import { lookAgainMs } from '../src/rows'
import { tablesOf } from './support/create'
import { describeEngines, migrated } from './support/data-source'
import { aCredential, all, issued, refOf, t0 } from './support/given'
import { recorded } from './support/recorder'

describeEngines((place) => {
  it('works in batches of so many rows', async () => {
    const tables = tablesOf('batches')
    await using dataSource = await migrated(place.url, { tables })
    const store = typeormStore(dataSource, { tables, batchSize: 3 })
    for (let n = 0; n < 7; n++) await issued(store)
    const { statements } = await recorded(dataSource, async () => {
      expect(await store.purge(t0 + 60_001, 6)).toEqual({ deleted: 6, more: true })
    })
    const deletions = statements.filter(([sql]) => sql.startsWith('DELETE') && !sql.includes(' g'))
    expect(deletions.map(([, parameters]) => parameters.length)).toEqual([3, 3])
    expect(await store.purge(t0 + 60_001, 6)).toEqual({ deleted: 1, more: false })
  })

  it('begins each batch where the one before has ended, not with what is yet to be cleared away', async () => {
    const tables = tablesOf('queue')
    await using dataSource = await migrated(place.url, { tables })
    const store = typeormStore(dataSource, { tables, batchSize: 2 })
    for (let n = 0; n < 5; n++) await issued(store, {}, { expiresAt: t0 + n })
    const { statements } = await recorded(dataSource, () => store.purge(t0 + 60_001, 9))
    const searches = statements.filter(([sql]) => sql.includes('>='))
    const starts = searches.slice(0, 3).map(([, [from]]) => Number(from))
    expect(starts).toEqual([expect.any(Number), t0 + 2, t0 + 4])
    expect(starts[0]).toBeLessThan(0)
  })

  it('removes a grant whose last credential went with a process that died', async () => {
    const tables = tablesOf('forgotten')
    await using dataSource = await migrated(place.url, { tables })
    const store = typeormStore(dataSource, { tables })
    const [left, living] = [await issued(store), await issued(store, {}, { expiresAt: null })]
    await dataSource.query(`DELETE FROM forgotten_credentials WHERE id = '${left.credential.hash}'`)
    await store.purge(t0 + lookAgainMs, 9)
    expect(await store.listGrants({ grantId: left.grant.id }, all)).toEqual([left.grant])
    for (const later of [1, 2]) {
      await store.purge(t0 + later * lookAgainMs + 1, 9)
      expect(await store.listGrants({ grantId: left.grant.id }, all)).toEqual([])
      expect(await store.find(living.credential.hash)).toEqual(living.credential)
    }
  })

  it('goes on while others write, and loses nothing of theirs', async () => {
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
      // SQLite answers without the event loop, whose timers the purge's pauses are.
      await new Promise(setImmediate)
    }
    const [one = 0, two = 0] = await purged
    await store!.purge(t0 + 60_001, 1000)
    expect(one + two).toBeLessThanOrEqual(200)
    for (const { credential } of fresh) expect(await store!.find(credential.hash)).not.toBeNull()
    for (const { grant } of old.slice(0, 20)) {
      expect(await store!.listGrants({ grantId: grant.id }, all)).toEqual([])
    }
  })
})

describeEngines(
  (place) => {
    it('a grant that gets a credential while its last one is purged lives on', async () => {
      const tables = tablesOf('extended')
      await using dataSource = await migrated(place.url, { tables })
      await using others = await migrated(place.url, { tables })
      const store = typeormStore(dataSource, { tables })
      const { grant, credential } = await issued(store)
      const added = aCredential({ expiresAt: t0 + 90_000 })
      let purging: Promise<unknown> | undefined
      await others.transaction(async (manager) => {
        await typeormStore(manager, { tables }).extend(refOf(grant), [added])
        purging = store.purge(t0 + 60_001, 9)
        // It has removed what has expired, and is at the grant now.
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
    const purged = await store.purge(t0 + 60_001, 50)
    deleted += purged.deleted
    more = purged.more
  }
  return deleted
}
