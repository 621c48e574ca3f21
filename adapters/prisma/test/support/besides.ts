import libsql from 'libsql'
import { createPool } from 'mysql2/promise'
import { Pool } from 'pg'
import type { Place } from './engines'

/** A connection to a database besides that of Prisma. */
export interface Besides {
  connection: unknown
  close(): unknown
}

/** Opens a connection besides that of Prisma. A pool connects only when it is used. */
export function openBesides({ provider, url }: Place): Besides {
  if (provider === 'postgresql') {
    const [connectionString, schema] = url.split('?schema=')
    const pool = new Pool({ connectionString, max: 1, options: `-c search_path=${schema}` })
    return { connection: pool, close: () => pool.end() }
  }
  if (provider === 'mysql') {
    const pool = createPool({ uri: url, connectionLimit: 1 })
    return { connection: pool, close: () => pool.end() }
  }
  const database = new libsql(new URL(url).pathname)
  return { connection: database, close: () => database.close() }
}
