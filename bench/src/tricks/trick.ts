/** The same work with a trick for speed, and with the plain code that could replace it. */
export interface Ways {
  plain: () => unknown
  trick: () => unknown
}

/** The name of one of the two ways. */
export type Way = keyof Ways

/**
 * Prepares both ways. Each call of a way does the work once, and returns a result or a promise of
 * one, but never undefined.
 */
export type Trick = () => Ways | Promise<Ways>
