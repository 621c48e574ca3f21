/**
 * A TCP proxy between stores and their database: counts round trips, holds replies, injects faults.
 */
export interface Wire {
  /** The URL of the same database through the proxy. */
  readonly url: string
  /** How an ioredis Cluster finds its nodes through the proxies; undefined for everything else. */
  readonly natMap?: Record<string, { host: string; port: number }>
  /** Returns the client-to-server turns since the last `reset`, summed over all connections. */
  trips(): number
  reset(): void
  /** Returns the number of open connections. */
  connections(): number
  /**
   * Holds every reply until `callers` connections have sent a request after this call, then
   * releases all of them and resolves. After `timeoutMs` milliseconds it releases them and rejects.
   * Once all callers have sent a request, it waits at most `settleMs` for the replies, because a
   * caller that waits for another caller's lock gets none. @default 5000 and 100
   */
  barrier(callers: number, timeoutMs?: number, settleMs?: number): Promise<void>
  /** Refuses new connections and resets open ones: at once, or at the request after `after` others. */
  refuse(after?: number): void
  /** Accepts all bytes and never replies. */
  stall(): void
  /**
   * Drops a request before it reaches the server and resets its connection: the next one, or the
   * one after `after` others.
   */
  cut(after?: number): void
  /**
   * Passes a request to the server, drops its reply and resets the connection; `after` as in `cut`.
   */
  loseReply(after?: number): void
  /** Delays each direction by this many milliseconds. */
  slow(milliseconds: number): void
  /** Ends all faults, and resets open connections that were stalled. */
  restore(): void
  close(): Promise<void>
}
