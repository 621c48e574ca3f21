import { OptionError } from '@oauth2-kit/core/store-kit'
import type { SqlExecutor, SqlResult, SqlValue } from '../executor'
import type { SqlStoreOptions } from '../options'
import { type SqlStore, sqlStoreFor } from '../sql-store'

/** What a statement returned. */
export interface LibsqlResult {
  readonly columns: readonly string[]
  /** Rows whose values are also found by the index of their column. */
  readonly rows: readonly { readonly [column: number]: unknown }[]
  readonly rowsAffected: number
}

/** A transaction of `@libsql/client`, or one that has its methods. */
export interface LibsqlTransaction {
  execute(statement: { sql: string; args: SqlValue[] }): Promise<LibsqlResult>
  commit(): Promise<void>
}

/** A client of `@libsql/client`, or one that has its methods. */
export interface LibsqlClient extends Pick<LibsqlTransaction, 'execute'> {
  transaction(mode?: 'write'): Promise<LibsqlTransaction>
}

export type { SqlStore, SqlStoreOptions }

/**
 * Returns a store in SQLite or libSQL on your own client of `@libsql/client`, for a file or a server.
 * With one of its transactions, which must be for writing, everything that the store does is part of
 * that transaction. Throws a TypeError if the set-up is wrong.
 */
export function libsqlStore(
  client: LibsqlClient | LibsqlTransaction,
  options: SqlStoreOptions = {},
): SqlStore {
  const { execute, transaction, commit } = Object(client) as Partial<
    LibsqlClient & LibsqlTransaction
  >
  if (
    typeof execute !== 'function' ||
    (typeof transaction !== 'function' && typeof commit !== 'function')
  ) {
    throw new OptionError(
      'client',
      'libsqlStore() takes a client of @libsql/client, or one of its transactions',
    )
  }
  return sqlStoreFor(executorOf(client), options, 'libsqlStore()')
}

function executorOf(client: LibsqlClient | LibsqlTransaction): SqlExecutor {
  return {
    dialect: 'sqlite',

    async query(sql, values) {
      const result = await client.execute({ sql, args: [...values] })
      return { rows: recordsOf(result), affected: result.rowsAffected }
    },

    isJoined: () => 'commit' in client,
  }
}

function recordsOf({ rows, columns }: LibsqlResult): SqlResult['rows'] {
  return rows.map((row) => Object.fromEntries(columns.map((name, at) => [name, row[at]])))
}
