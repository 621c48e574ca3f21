import type { Store } from '@oauth2-kit/core'
import { withCode } from '@oauth2-kit/core/store-kit'

/** Makes a call. Rejects if it does not settle in time, or if a signal ends the program. */
export type Bounded = <T>(what: string, call: () => T | Promise<T>) => Promise<T>

/** The methods whose time depends on the number of grants, so they have no time limit. */
const unlimited: readonly (keyof Store)[] = ['revoke', 'deleteClient', 'deleteUser']

/**
 * Returns a `Bounded` with a limit in seconds. Without a limit, only the signal ends the wait. The
 * call itself is not interrupted.
 */
export function bounded(seconds: number, signal?: AbortSignal): Bounded {
  return async <T>(what: string, call: () => T | Promise<T>) => {
    signal?.throwIfAborted()
    const settled = new AbortController()
    const late = new Promise<never>((_, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason), { signal: settled.signal })
      if (!Number.isFinite(seconds)) return
      const timer = setTimeout(() => reject(tooLate(what, seconds)), seconds * 1000)
      settled.signal.addEventListener('abort', () => clearTimeout(timer))
    })
    try {
      return await Promise.race([call(), late])
    } finally {
      settled.abort()
    }
  }
}

/** Returns the store with a time limit on each call. */
export function boundedStore(store: Store, seconds: number, signal: AbortSignal): Store {
  const [limited, endless] = [bounded(seconds, signal), bounded(Infinity, signal)]
  // Not a proxy of the store itself, which may be frozen.
  return new Proxy({} as Store, {
    has: (_, name) => name in store,
    get(_, name) {
      const member: unknown = Reflect.get(store, name)
      if (typeof member !== 'function') return member
      const within = unlimited.includes(name as keyof Store) ? endless : limited
      return (...args: unknown[]): unknown =>
        within(`The store's ${String(name)}`, () => Reflect.apply(member, store, args) as unknown)
    },
  })
}

function tooLate(what: string, seconds: number): Error {
  const message = `${what} did not answer within ${seconds} seconds; --timeout sets this limit`
  return withCode('OAUTH2_KIT_TIMEOUT', new Error(message))
}
