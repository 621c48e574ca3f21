/**
 * A database for the providers that a drill may break. Faults that it doesn't support are
 * undefined.
 */
export interface Database {
  /** Its name, version and relevant settings. */
  readonly description: string
  /** Returns the URL for the provider with that number. */
  url: (provider: number) => string
  /** Simulates a power loss. */
  kill?: () => Promise<void>
  /** Stops it as an operator does. */
  stop?: (how: 'fast' | 'immediate') => Promise<void>
  /** Starts it again after either of these, and resolves once it answers. */
  start?: () => Promise<void>
  /** Freezes it: it accepts input but does nothing. */
  freeze?: () => Promise<void>
  /** Unfreezes it. It then processes all input that arrived in the meantime. */
  thaw?: () => Promise<void>
  /** Kills the primary node, and resolves when another node has taken over. */
  failOver?: () => Promise<void>
  /** Starts the killed node again. */
  rejoin?: () => Promise<void>
  /**
   * Blocks every query, so that all connections are in use. Resolves with a function that unblocks
   * them.
   */
  hold?: () => Promise<() => Promise<void>>
  /** Blocks every write but no read. Resolves with a function that unblocks the writes. */
  holdWrites?: () => Promise<() => Promise<void>>
  /** Resolves with counters of the database that describe the fault, as text. */
  counted?: () => Promise<string>
  /** Removes it with its data. */
  close: () => Promise<void>
}
