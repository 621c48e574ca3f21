import { pgStore } from '@oauth2-kit/sql/pg'
import { Pool } from 'pg'
import type { Binding } from '../binding'

export const binding: Binding = {
  name: 'pg',
  engines: ['postgres'],

  async open(url, _engine, patience) {
    const timeouts = { query_timeout: patience, connectionTimeoutMillis: patience }
    const pool = new Pool({ connectionString: url, max: 4, ...timeouts })
    // A connection that is lost while it is idle.
    pool.on('error', () => {})
    return {
      storeOn: (options) => pgStore(pool, options),

      async transaction(work) {
        const client = await pool.connect()
        try {
          await client.query('BEGIN')
          const result = await work((options) => pgStore(client, options))
          await client.query('COMMIT')
          return result
        } catch (error) {
          await client.query('ROLLBACK')
          throw error
        } finally {
          client.release()
        }
      },

      close: () => pool.end(),
    }
  },
}
