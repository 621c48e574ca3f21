import { OptionError } from '@oauth2-kit/core/store-kit'
import type { SqlExecutor, SqlResult, SqlValue } from '../executor'
import type { SqlStoreOptions } from '../options'
import { type SqlStore, sqlStoreFor } from '../sql-store'

/** What a client of `pg` returns. */
interface PgResult {
  rows: unknown[]
  rowCount: number | null
}

/** A client of `pg`, or one that has its methods. */
export interface PgClient {
  query(text: string, values: unknown[]): Promise<PgResult>
}

/** A client that a pool of `pg` has lent. */
export interface PgPoolClient extends PgClient {
  release(error?: Error | boolean): void
  on(event: 'error', listener: (error: Error) => void): unknown
  removeListener(event: 'error', listener: (error: Error) => void): unknown
}

/** A pool of `pg`, or one that has its methods. */
export interface PgPool extends PgClient {
  connect(): Promise<PgPoolClient>
  readonly totalCount: number
}

export type { SqlStore, SqlStoreOptions }

/**
 * Returns a store in PostgreSQL on your own pool of `pg` 8. With a client that is in a transaction,
 * everything that the store does is part of that transaction. Throws a TypeError if the set-up is
 * wrong.
 */
export function pgStore(pool: PgPool | PgClient, options: SqlStoreOptions = {}): SqlStore {
  if (typeof (pool as Partial<PgPool> | null)?.query !== 'function')
    throw new OptionError('pool', 'pgStore() takes a Pool of pg, or a client in a transaction')
  return sqlStoreFor('totalCount' in pool ? onPool(pool) : onClient(pool), options, 'pgStore()')
}

function onPool(pool: PgPool): SqlExecutor {
  return {
    dialect: 'postgres',
    query: (text, values) => resultOf(pool, text, values),

    async transaction(work) {
      const client = await pool.connect()
      let failure: Error | undefined
      const lose = (lost: Error) => {
        failure = lost
      }
      // If nothing listens, a connection that is lost ends the process. The statement rejects too.
      client.on('error', lose)
      try {
        await client.query('BEGIN', [])
        const result = await work(onClient(client))
        await client.query('COMMIT', [])
        return result
      } catch (error) {
        // A connection that cannot roll back is closed.
        await client.query('ROLLBACK', []).catch(lose)
        throw error
      } finally {
        client.removeListener('error', lose)
        client.release(failure)
      }
    },
  }
}

function onClient(client: PgClient): SqlExecutor {
  return {
    dialect: 'postgres',
    query: (text, values) => resultOf(client, text, values),
    isJoined: () => true,
  }
}

async function resultOf(
  client: PgClient,
  text: string,
  values: readonly SqlValue[],
): Promise<SqlResult> {
  const { rows, rowCount } = await client.query(text, [...values])
  return { rows: rows as SqlResult['rows'], affected: rowCount ?? 0 }
}
