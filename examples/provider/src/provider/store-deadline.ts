import { OptionError, TemporarilyUnavailableError } from '@oauth2-kit/core'

/**
 * Wraps the store for pages. A call that fails, or takes longer than `timeout` milliseconds, throws
 * a `TemporarilyUnavailableError`: the page responds with 503, as the endpoints do.
 */
export function withDeadline<S extends object>(store: S, timeout: number): S {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      return (...args: unknown[]) => answered(() => Reflect.apply(member, target, args), timeout)
    },
  })
}

async function answered<T>(ask: () => T | Promise<T>, timeout: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    const message = `The store did not answer a page within ${timeout} ms`
    timer = setTimeout(() => reject(new Error(message)), timeout)
  })
  try {
    return await Promise.race([ask(), late])
  } catch (cause) {
    // A rejected argument is not an outage.
    if (cause instanceof OptionError) throw cause
    throw new TemporarilyUnavailableError('The store is unavailable', cause)
  } finally {
    clearTimeout(timer)
  }
}
