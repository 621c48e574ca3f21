import { createHash } from 'node:crypto'
import { OptionError, aBoolean, optionError } from '@oauth2-kit/core/store-kit'
import type { SqlExecutor, SqlResult } from '../executor'
import { type ConnectionSource, ignoreLostConnections } from '../lost-connections'
import type { SqlStoreOptions } from '../options'
import { type SqlStore, sqlStoreFor } from '../sql-store'

/** A statement as the clients of `pg` take it. */
interface PgQuery {
  name?: string
  text: string
  values: unknown[]
}

/** A client of `pg`, or one that has its methods. */
export interface PgClient {
  query(query: PgQuery): Promise<{ rows: unknown[]; rowCount: number | null }>
}

/** A client that a pool of `pg` has lent. */
export interface PgPoolClient extends PgClient {
  release(error?: Error | boolean): void
  on(event: 'error', listener: (error: Error) => void): unknown
  removeListener(event: 'error', listener: (error: Error) => void): unknown
}

/** A pool of `pg`, or one that has its methods. */
export interface PgPool extends PgClient, ConnectionSource {
  connect(): Promise<PgPoolClient>
  readonly totalCount: number
}

/** Options of `pgStore()`. */
export interface PgStoreOptions extends SqlStoreOptions {
  /**
   * Whether each connection of the pool prepares the store's statements under names, so that
   * PostgreSQL does not plan them again. The store stops to do so when an error shows that a pooler
   * such as PgBouncer, in transaction mode, moves it from one connection to another. @default true
   */
  prepare?: boolean
}

export type { SqlStore }

/**
 * Returns a store in PostgreSQL on your own pool of `pg` 8. With a client that is in a transaction,
 * everything that the store does is part of that transaction. Throws a TypeError if the set-up is
 * wrong.
 */
export function pgStore(
  pool: PgPool | PgClient,
  { prepare = true, ...options }: PgStoreOptions = {},
): SqlStore {
  if (typeof (pool as Partial<PgPool> | null)?.query !== 'function')
    throw new OptionError('pool', 'pgStore() takes a Pool of pg, or a client in a transaction')
  if (!aBoolean[0](prepare)) throw optionError('prepare', aBoolean[1])
  const executor = 'totalCount' in pool ? onPool(pool, prepare) : onClient(pool)
  return sqlStoreFor(executor, options, 'pgStore()')
}

function onPool(pool: PgPool, prepare: boolean): SqlExecutor {
  ignoreLostConnections(pool)
  return {
    dialect: 'postgres',
    query: prepare
      ? prepared(pool)
      : (text, values) => resultOf(pool, { text, values: [...values] }),

    async transaction(work) {
      const client = await pool.connect()
      let failure: Error | undefined
      const lose = (lost: Error) => {
        failure = lost
      }
      // The pool may have opened this connection before the store got the pool.
      client.on('error', lose)
      try {
        await client.query({ text: 'BEGIN', values: [] })
        const result = await work(onClient(client))
        await client.query({ text: 'COMMIT', values: [] })
        return result
      } catch (error) {
        // A connection that cannot roll back is closed.
        await client.query({ text: 'ROLLBACK', values: [] }).catch(lose)
        throw error
      } finally {
        client.removeListener('error', lose)
        client.release(failure)
      }
    },
  }
}

/** An error would end the caller's transaction, so its statements are never prepared. */
function onClient(client: PgClient): SqlExecutor {
  return {
    dialect: 'postgres',
    query: (text, values) => resultOf(client, { text, values: [...values] }),
    isJoined: () => true,
  }
}

/** More statements than the store has, apart from those with lists of any length. */
const mostPrepared = 64

/**
 * What PostgreSQL answers if a statement was prepared on another connection (its name is unknown, or
 * taken), or before a column was changed. The statement was not executed.
 */
const movedCodes: ReadonlySet<unknown> = new Set(['26000', '42P05', '0A000'])

/** Prepares the statements that are sent first, which are the frequent ones. */
function prepared(pool: PgPool): SqlExecutor['query'] {
  const names = new Map<string, string>()
  let isOn = true

  function nameOf(text: string): string | undefined {
    const known = names.get(text)
    if (known !== undefined || names.size === mostPrepared) return known
    const name = `oauth2_kit_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`
    names.set(text, name)
    return name
  }

  return async (text, given) => {
    const values = [...given]
    const name = isOn ? nameOf(text) : undefined
    if (name === undefined) return resultOf(pool, { text, values })
    try {
      return await resultOf(pool, { name, text, values })
    } catch (error) {
      if (!movedCodes.has((error as { code?: unknown }).code)) throw error
      isOn = false
      return resultOf(pool, { text, values })
    }
  }
}

async function resultOf(client: PgClient, query: PgQuery): Promise<SqlResult> {
  const { rows, rowCount } = await client.query(query)
  return { rows: rows as SqlResult['rows'], affected: rowCount ?? 0 }
}
