import { mysql2Store } from '@oauth2-kit/sql/mysql2'
import { createPool } from 'mysql2/promise'
import type { Connection } from './connection.js'
import { url } from './database.js'
import { readTables } from './read-tables.js'

/**
 * Returns the store on a pool of connections, which are opened on demand. A query may take so many
 * milliseconds.
 */
export function connect(queryTimeout = 3000): Connection {
  const pool = createPool({
    uri: url,
    // Milliseconds. With those of a query they equal the core's timeout, after which the response
    // is a 503.
    connectTimeout: 2000,
    // Saves the stack trace that mysql2 takes of every statement.
    trace: false,
  })
  return {
    store: mysql2Store(pool, { dialect: 'mariadb', timeout: queryTimeout }),
    prepare: () => pool.query(readTables),
    close: () => pool.end(),
  }
}
