import { mysql2Store } from '@oauth2-kit/sql/mysql2'
import { createPool } from 'mysql2/promise'
import type { Binding } from '../binding'

export const binding: Binding = {
  name: 'mysql2',
  engines: ['mariadb'],

  async open(url, _engine, patience) {
    const pool = createPool({ uri: url, connectionLimit: 4, connectTimeout: patience })
    return {
      storeOn: (options) => mysql2Store(pool, { timeout: patience, ...options }),

      async transaction(work) {
        const connection = await pool.getConnection()
        try {
          await connection.beginTransaction()
          const result = await work((options) => mysql2Store(connection, options))
          await connection.commit()
          return result
        } catch (error) {
          await connection.rollback()
          throw error
        } finally {
          connection.release()
        }
      },

      close: () => pool.end(),
    }
  },
}
