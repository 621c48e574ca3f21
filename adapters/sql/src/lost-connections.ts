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
 * Listens for the errors of each connection that a pool of `pg` opens from now on, so that a lost one does
 * not end the process while nobody else listens: `connect()` of the pool resolves a moment later, and
 * `pg-pool` has stopped to listen then. The next statement rejects, and the pool closes the connection.
 * Does so once for each pool.
 */
export function ignoreLostConnections(pool: ConnectionSource): void {
  if (known.has(pool)) return
  known.add(pool)
  pool.on('connect', (connection) => connection.on('error', () => {}))
}
