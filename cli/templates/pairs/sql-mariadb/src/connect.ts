import { mysql2Store } from '@oauth2-kit/sql/mysql2'
import { createPool } from 'mysql2/promise'
import type { Connection } from './connection.js'
import { url } from './database.js'
import { readTables } from './read-tables.js'

/** Returns the store on a pool of connections, which are opened on demand. */
export function connect(): Connection {
  const pool = createPool({
    uri: url,
    // Milliseconds. With those of a query they equal the core's timeout, after which the response
    // is a 503.
    connectTimeout: 2000,
  })
  return {
    store: mysql2Store(pool, { dialect: 'mariadb' }),
    prepare: () => pool.query(readTables),
    close: () => pool.end(),
  }
}
