/** What the worker is asked. */
export type Question =
  /** CPU nanoseconds to find one of them. */
  | { do: 'find' }
  /** Adds tokens until there are so many; answers with the footprint that is left. */
  | { do: 'fill'; upTo: number }
  /** Lets all of them expire, and removes them; answers with the footprint that is left. */
  | { do: 'expire' }

/** Memory after a garbage collection, in bytes. */
export interface Footprint {
  rss: number
  heapUsed: number
}
