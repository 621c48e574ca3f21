/** What emits the connections that a pool of `pg` opens. */
export interface ConnectionSource {
  on(event: 'connect', listener: (connection: LendableConnection) => void): unknown
}

/** A connection of a pool of `pg`. */
export interface LendableConnection {
  on(event: 'error', listener: (error: Error) => void): unknown
}

const known = new WeakSet<ConnectionSource>()

/**
 * Makes sure that a connection which ends while nobody listens to it does not end the process, once
 * for each pool of `pg`. This is so between `connect()` of the pool and the first statement. That
 * statement rejects, and the pool closes the connection.
 */
export function ignoreLostConnections(pool: ConnectionSource): void {
  if (known.has(pool)) return
  known.add(pool)
  pool.on('connect', (connection) => connection.on('error', () => {}))
}
