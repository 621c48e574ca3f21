/** A value that is there already, or will be. What is there need not be waited for. */
export type MaybePromise<T> = T | Promise<T>

/** Makes something of the value, at once if it is there. */
export function thenMaybe<T, R>(
  maybe: MaybePromise<T>,
  use: (value: T) => MaybePromise<R>,
): MaybePromise<R> {
  return maybe instanceof Promise ? maybe.then(use) : use(maybe)
}
