import { type Store, TemporarilyUnavailableError } from '@oauth2-kit/core'

/** How long a page waits for the store, in milliseconds. The endpoints wait equally long. */
const deadlineMs = 5_000

/**
 * Wraps the store for pages. A call that fails or takes too long throws a
 * `TemporarilyUnavailableError`: pages then respond with 503, and clients get an error.
 */
export function forPages(store: Store): Store {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      return (...args: unknown[]) => answered(async () => Reflect.apply(member, target, args))
    },
  })
}

async function answered<T>(ask: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    const error = new Error(`The store did not answer a page within ${deadlineMs} ms`)
    timer = setTimeout(reject, deadlineMs, error)
  })
  try {
    return await Promise.race([ask(), late])
  } catch (cause) {
    // A rejected argument is not an outage.
    if (cause instanceof TypeError) throw cause
    throw new TemporarilyUnavailableError('The store is unavailable', cause)
  } finally {
    clearTimeout(timer)
  }
}
