/** A TCP proxy between one store and its database: counts round trips, holds replies, breaks things. */
export interface Wire {
  /** The same database, through the proxy. */
  readonly url: string
  /** How an ioredis Cluster finds its nodes through the proxies; undefined for everything else. */
  readonly natMap?: Record<string, { host: string; port: number }>
  /** Client-to-server turns since the last `reset`, summed over all connections. */
  trips(): number
  reset(): void
  /** Holds every reply back until `callers` connections have asked after this call, then lets all go on. Resolves then; gives up (and lets go) after `timeoutMs`. */
  barrier(callers: number, timeoutMs?: number): Promise<void>
  /** New connections are refused and open ones are reset. */
  refuse(): void
  /** Bytes are accepted and nothing ever comes back (black hole). */
  stall(): void
  /**
   * The next request is dropped before it reaches the server, and its connection reset; or the one
   * that comes after so many others.
   */
  cut(after?: number): void
  /** The next request reaches the server, its reply is dropped and the connection reset. */
  loseReply(after?: number): void
  /** Delays each direction by so many milliseconds. */
  slow(milliseconds: number): void
  /** Everything as it was; open connections that were stalled are reset. */
  restore(): void
  close(): Promise<void>
}
