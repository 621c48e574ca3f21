import { openWire } from '@oauth2-kit/conformance'
import { typeormStore } from '@oauth2-kit/typeorm'
import type { DataSource } from 'typeorm'
import { dataSourceFor, describeEngines, migrated } from './support/data-source'
import { aCredential, aGrant, aHash, before, issued, openEndedWhenReady } from '@oauth2-kit/testing'

/** Ends every other session on the database, as a restart of it does. */
async function endOthers(dataSource: DataSource): Promise<void> {
  if (dataSource.options.type === 'postgres') {
    const others = 'datname = current_database() AND pid <> pg_backend_pid()'
    await dataSource.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${others}`)
    return
  }
  const others = 'db = DATABASE() AND id <> CONNECTION_ID()'
  const sessions: { id: string }[] = await dataSource.query(
    `SELECT id AS id FROM information_schema.processlist WHERE ${others}`,
  )
  for (const { id } of sessions) await dataSource.query(`KILL ${id}`).catch(() => {})
}

describeEngines(
  (place) => {
    it('only calls in progress fail when the database ends connections', async () => {
      await using dataSource = await migrated(place.url)
      await using others = await migrated(place.url)
      const store = typeormStore(dataSource)
      const { credential } = await issued(store)
      for (let round = 0; round < 5; round++) {
        const calls = Array.from({ length: 20 }, () => store.find(credential.hash))
        await endOthers(others)
        const ended = await Promise.allSettled(calls)
        const found = ended.filter(({ status }) => status === 'fulfilled')
        // An outage is not an unknown token.
        expect(found).toEqual(found.map(() => ({ status: 'fulfilled', value: credential })))
      }
      // A call that finds an ended connection removes it from the pool.
      await Promise.allSettled(Array.from({ length: 8 }, () => store.find(credential.hash)))
      expect(await store.find(credential.hash)).toEqual(credential)
    })

    it('all connections are free after more calls than connections, some with errors', async () => {
      await using dataSource = await migrated(place.url)
      const store = typeormStore(dataSource)
      const { credential } = await issued(store)
      await Promise.allSettled(
        Array.from({ length: 100 }, (_, n) => {
          if (n % 3 === 0) return store.issue(aGrant(), [credential], {})
          return n % 3 === 1 ? store.find(aHash()) : store.purge(before(0), 1)
        }),
      )
      const runners = Array.from({ length: 4 }, () => dataSource.createQueryRunner())
      const connections = await Promise.all(runners.map((runner) => runner.connect()))
      await Promise.all(runners.map((runner) => runner.release()))
      expect(new Set(connections).size).toBe(4)
    })

    it('returns redeemed for a redemption whose reply is lost', async () => {
      const wire = await openWire(place.url)
      try {
        await using dataSource = await migrated(wire.url, { options: { poolSize: 1 } })
        const store = typeormStore(dataSource)
        const { credential } = await issued(store)
        const successors = [aCredential(), aCredential({ kind: 'access' })]
        wire.loseReply()
        // The store reads the outcome.
        expect(await store.redeem(credential, successors)).toEqual({ status: 'redeemed' })
        wire.restore()
        expect(await store.redeem(credential, successors)).toEqual({ status: 'redeemed' })
        expect(await store.redeem(credential, [aCredential()])).toEqual({ status: 'replayed' })
      } finally {
        await wire.close()
      }
    })

    it('rejects within the timeouts of the options if the database hangs', async () => {
      const wire = await openWire(place.url)
      try {
        await using direct = await migrated(place.url)
        const { credential } = await issued(typeormStore(direct))
        await using dataSource = dataSourceFor(wire.url, { patience: 3000 })
        await dataSource.initialize()
        const store = typeormStore(dataSource)
        wire.stall()
        const calls = Array.from({ length: 12 }, () => store.find(credential.hash))
        for (const call of await Promise.allSettled(calls)) expect(call.status).toBe('rejected')
        wire.restore()
        const found = () => store.find(credential.hash).catch(() => undefined)
        let again = await found()
        while (again === undefined) again = await found()
        expect(again).toEqual(credential)
      } finally {
        await wire.close()
      }
    })
  },
  ['postgres', 'mariadb'],
)

describeEngines(
  (place) => {
    it('a connection on which a statement has timed out is not used again', async () => {
      await using others = await migrated(place.url)
      const { grant } = await issued(typeormStore(others))
      await using dataSource = dataSourceFor(place.url, {
        patience: 500,
        options: { poolSize: 1 },
      })
      await dataSource.initialize()
      const session = 'SELECT pg_backend_pid() AS pid'
      const [before] = await dataSource.query(session)
      await others.transaction(async (manager) => {
        await manager.query('SELECT 1 FROM oauth_credentials WHERE id = $1 FOR UPDATE', [grant.id])
        const revoked = typeormStore(dataSource).revoke({ grantId: grant.id })
        await expect(revoked).rejects.toThrow('Query read timeout')
        // The statement is still waiting on the first connection.
        const [after] = await dataSource.query(session)
        expect(after).not.toEqual(before)
      })
    })

    it('a connection that ends as soon as it is open does not end the process', async () => {
      await using others = await migrated(place.url)
      const { credential } = await issued(typeormStore(others))
      const proxy = await openEndedWhenReady(place.url, (processId) =>
        others.query('SELECT pg_terminate_backend($1)', [processId]),
      )
      try {
        await using dataSource = dataSourceFor(proxy.url, { options: { poolSize: 2 } })
        await dataSource.initialize()
        const store = typeormStore(dataSource)
        proxy.start()
        // The pool has one connection, and opens another one.
        const calls = [store.find(credential.hash), store.find(credential.hash)]
        const [first, second] = await Promise.allSettled(calls)
        expect(first).toEqual({ status: 'fulfilled', value: credential })
        expect(second).toMatchObject({ status: 'rejected' })
        proxy.stop()
        expect(await Promise.all([1, 2].map(() => store.find(credential.hash)))).toEqual([
          credential,
          credential,
        ])
      } finally {
        proxy.close()
      }
    })
  },
  ['postgres'],
)
