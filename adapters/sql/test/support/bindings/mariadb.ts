import { mariadbStore } from '@oauth2-kit/sql/mariadb'
import { createPool } from 'mariadb'
import { mysqlDialect } from '../../../../../test/support/mysql-server'
import type { Binding } from '../binding'

const dialect = mysqlDialect

export const binding: Binding = {
  name: 'mariadb',
  engines: ['mariadb'],
  prepares: true,

  async open(url, _engine, patience) {
    const { hostname, port, username, password, pathname } = new URL(url)
    const pool = createPool({
      host: hostname,
      port: Number(port),
      user: decodeURIComponent(username),
      password: decodeURIComponent(password),
      database: pathname.slice(1),
      connectionLimit: 4,
      // Set at the handshake, which avoids a SET NAMES whose failure the driver does not handle.
      collation: 'UTF8MB4_UNICODE_CI',
      connectTimeout: patience,
      acquireTimeout: patience,
    })
    // A connection that is lost while it is opened. The types of the pool lack this event.
    const events: NodeJS.EventEmitter = pool as never
    events.on('error', () => {})
    return {
      storeOn: (options) => mariadbStore(pool, { dialect, timeout: patience, ...options }),

      async transaction(work) {
        const connection = await pool.getConnection()
        try {
          await connection.beginTransaction()
          const result = await work((options) => mariadbStore(connection, { dialect, ...options }))
          await connection.commit()
          return result
        } catch (error) {
          await connection.rollback()
          throw error
        } finally {
          await connection.release()
        }
      },

      close: () => pool.end(),
    }
  },
}
