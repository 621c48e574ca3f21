import { describeDatabase } from '@oauth2-kit/conformance/databases'
import { pgStore } from '@oauth2-kit/sql/pg'
import { before, issued, openEndedWhenReady } from '@oauth2-kit/testing'
import { Pool } from 'pg'

describeDatabase('postgres', (database) => {
  it('a connection that is lost in the transaction of purge() rejects, and does not end the process', async () => {
    const isolated = await database.isolated()
    const { url } = isolated
    const pool = new Pool({ connectionString: url, max: 1 })
    pool.on('error', () => {})
    const other = new Pool({ connectionString: url, max: 2 })
    other.on('error', () => {})
    try {
      // The connection is older than the store.
      await pool.query('SELECT 1')
      const store = pgStore(pool)
      await store.migrate()
      const { grant } = await issued(store)
      const { rows } = await pool.query('SELECT pg_backend_pid() AS pid')
      const blocker = await other.connect()
      // Purging waits for this lock, in its transaction.
      await blocker.query('BEGIN')
      await blocker.query('SELECT 1 FROM oauth_credentials WHERE id = $1 FOR KEY SHARE', [grant.id])
      const purged = store.purge(before(Number.MAX_SAFE_INTEGER), 1000).then(
        () => 'purged',
        (error: Error) => error.message,
      )
      const isWaiting =
        "SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND wait_event_type = 'Lock' AND query LIKE '%FOR UPDATE%'"
      while ((await other.query(isWaiting, [rows[0].pid])).rowCount === 0);
      const lost = new Promise((resolve) => pool.once('remove', resolve))
      await other.query('SELECT pg_terminate_backend($1)', [rows[0].pid])
      expect(await purged).toMatch(/terminat/)
      await lost
      await blocker.query('ROLLBACK')
      blocker.release()
      expect(await store.check()).toEqual([])
    } finally {
      await pool.end()
      await other.end()
      await isolated.drop()
    }
  })
  it('a connection that ends as soon as purge() has opened it does not end the process', async () => {
    const isolated = await database.isolated()
    const direct = new Pool({ connectionString: isolated.url })
    const proxy = await openEndedWhenReady(isolated.url, (processId) =>
      direct.query('SELECT pg_terminate_backend($1)', [processId]),
    )
    // Each transaction opens a connection, because the statements outside them need none.
    const pool = new Pool({ connectionString: proxy.url })
    pool.query = direct.query.bind(direct)
    try {
      const store = pgStore(pool)
      await store.migrate()
      await issued(store)
      proxy.start()
      const purge = () => store.purge(before(Number.MAX_SAFE_INTEGER), 1000)
      await expect(purge()).rejects.toThrow(/terminat|not queryable/)
      proxy.stop()
      expect(await purge()).toMatchObject({ more: false })
      expect(pool.totalCount).toBe(1)
    } finally {
      await pool.end()
      await direct.end()
      proxy.close()
      await isolated.drop()
    }
  })
})
