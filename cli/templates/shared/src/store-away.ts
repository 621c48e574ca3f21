import { type Store, TemporarilyUnavailableError } from '@oauth2-kit/core'

/** How long a page waits for the store, in milliseconds: as long as the endpoints do. */
const deadlineMs = 5_000

/**
 * The same store for pages. A call that fails, or is not answered in time, throws a
 * `TemporarilyUnavailableError`: a page is a 503 then, and a client is told so.
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
    // What a store refuses is no outage.
    if (cause instanceof TypeError) throw cause
    throw new TemporarilyUnavailableError('The store is away', cause)
  } finally {
    clearTimeout(timer)
  }
}
