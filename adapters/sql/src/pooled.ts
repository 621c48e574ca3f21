import type { SqlExecutor, SqlResult, SqlValue } from './executor'
import { type Lent, onLent } from './timeout'

/** A pool that lends connections. */
export interface LendingPool<Connection> {
  getConnection(): Promise<Connection & Lent>
}

/** How the statements are run. */
export interface Pooled<Connection> {
  dialect: SqlExecutor['dialect']
  /** Milliseconds for one statement, with the wait for a connection. */
  timeout: number
  run: (connection: Connection, text: string, values: readonly SqlValue[]) => Promise<SqlResult>
}

/**
 * Returns what runs statements on a pool, within a time for each of them, or on one connection, which
 * then is in a transaction of the caller.
 */
export function pooledExecutor<Connection extends object>(
  client: LendingPool<Connection> | Connection,
  { dialect, timeout, run }: Pooled<Connection>,
): SqlExecutor {
  if (!('getConnection' in client)) {
    return { dialect, query: (text, values) => run(client, text, values), isJoined: () => true }
  }
  return {
    dialect,
    query: (text, values) =>
      onLent(
        () => client.getConnection(),
        timeout,
        (connection) => run(connection, text, values),
      ),
  }
}
