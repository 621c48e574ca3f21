import { pgStore } from '@oauth2-kit/sql/pg'
import pg from 'pg'
import type { Connection } from './connection.js'
import { url } from './database.js'
import { readTables } from './read-tables.js'

/**
 * Returns the store on a pool of connections, which are opened on demand. A query may take so many
 * milliseconds.
 */
export function connect(queryTimeout = 3000): Connection {
  const pool = new pg.Pool({
    connectionString: url,
    // Milliseconds. Together they equal the core's timeout, after which the response is a 503.
    connectionTimeoutMillis: 2000,
    query_timeout: queryTimeout,
  })
  // A connection that was lost while it was idle. The pool opens another one.
  pool.on('error', (error) => console.error(`PostgreSQL: ${error.message}`))
  return {
    store: pgStore(pool),
    prepare: () => pool.query(readTables),
    close: () => pool.end(),
  }
}
