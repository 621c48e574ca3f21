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
 * Listens for errors of each connection that a pool of `pg` opens after the first call with that pool.
 * `pg-pool` stops listening before `connect()` resolves, so an error in between would end the process.
 * The next statement on that connection rejects, and the pool closes it.
 */
export function ignoreLostConnections(pool: ConnectionSource): void {
  if (known.has(pool)) return
  known.add(pool)
  pool.on('connect', (connection) => connection.on('error', () => {}))
}
