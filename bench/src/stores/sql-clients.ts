import type { SqlStore } from '@oauth2-kit/sql'
import { pgStore } from '@oauth2-kit/sql/pg'
import { Pool } from 'pg'
import type { SqlClient } from './sql-by-hand'

/** How to open a client of the SQL store. */
export interface OpenClient {
  database: 'postgres' | 'mariadb' | 'sqlite'
  open: (url: string) => Promise<{ store: SqlStore; client: SqlClient }>
}

const connections = 10

/** The clients that have a store, by the subpath of `@oauth2-kit/sql`. */
export const sqlClients = {
  pg: {
    database: 'postgres',
    async open(url) {
      const pool = new Pool({ connectionString: url, max: connections })
      const query: SqlClient['query'] = (text, values) => pool.query(text, values)
      return {
        store: pgStore(pool),
        client: { dialect: 'postgres', query, end: () => pool.end() },
      }
    },
  },
} satisfies Record<string, OpenClient>

/** The name of a client. */
export type SqlClientName = keyof typeof sqlClients
