/** A message to the worker. */
export type Question =
  /** Returns the CPU nanoseconds to find one token. */
  | { do: 'find' }
  /** Adds tokens up to that number, and returns the memory footprint. */
  | { do: 'fill'; upTo: number }
  /** Makes all tokens expire, removes them, and returns the memory footprint. */
  | { do: 'expire' }

/** Memory after a garbage collection, in bytes. */
export interface Footprint {
  rss: number
  heapUsed: number
}
