/** A value that is there already, or will be. What is there need not be waited for. */
export type Soon<T> = T | Promise<T>

/** Makes something of the value, at once if it is there. */
export function whenThere<T, R>(soon: Soon<T>, use: (value: T) => Soon<R>): Soon<R> {
  return soon instanceof Promise ? soon.then(use) : use(soon)
}
