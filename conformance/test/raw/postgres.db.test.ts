import { type Isolated, describeDatabase } from '@oauth2-kit/conformance/databases'
import { postgresRaw } from '@oauth2-kit/conformance/raw/postgres'
import { Pool } from 'pg'
import { context, tableOf, testSqlHooks } from './sql'

describeDatabase('postgres', (database) => {
  let mine: Isolated
  let pool: Pool
  beforeAll(async () => {
    mine = await database.isolated()
    pool = new Pool({ connectionString: mine.url })
    await pool.query(tableOf('bytea'))
  })
  afterAll(async () => {
    await pool?.end()
    await mine?.drop()
  })

  const hooks = postgresRaw({ pool: () => pool, tables: () => ['things'] })
  describe('postgresRaw() on a Pool of pg', () => {
    testSqlHooks({
      hooks,
      run: (sql, ...values) => pool.query(numbered(sql), values),
    })

    it('explain() sees a transaction, a statement in an object, and a foreign key without index', async () => {
      await pool.query('CREATE TABLE parts (id text PRIMARY KEY, thing text)')
      await pool.query(
        'ALTER TABLE parts ADD FOREIGN KEY (thing) REFERENCES things (id) ON DELETE CASCADE',
      )
      const remove = async () => {
        const client = await pool.connect()
        await client.query('BEGIN')
        await client.query({ text: 'DELETE FROM things WHERE id = $1', values: ['none'] })
        await client.query('COMMIT')
        client.release()
      }
      expect(await hooks.explain(context, remove)).toEqual(['parts'])
      await pool.query('CREATE INDEX ON parts (thing)')
      expect(await hooks.explain(context, remove)).toEqual([])
    })

    it('leaves the connections as they were', async () => {
      const before = await pool.connect()
      before.release()
      const members = Object.keys(before)
      await hooks.explain(context, () => pool.query('SELECT 1'))
      expect(Object.keys(before)).toEqual(members)
      expect(pool.listenerCount('acquire')).toBe(0)
    })

    it('explain() rejects if the store does not use that pool', async () => {
      const other = postgresRaw({ pool: () => pool, tables: () => ['things'] })
      await expect(other.explain(context, async () => {})).rejects.toThrow('no statement was seen')
    })
  })
})

/** Returns the statement with `$1` for the first `?`, and so on. */
function numbered(sql: string): string {
  let count = 0
  return sql.replaceAll('?', () => `$${++count}`)
}
