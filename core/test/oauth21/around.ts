import type { Store } from '@oauth2-kit/core'
import type { MemoryStore } from '@oauth2-kit/memory'

/** One call of a store's method. */
export interface StoreCall {
  name: string
  args: unknown[]
  /** Calls the method of the store. */
  proceed: () => Promise<unknown>
}

/** Wraps every method of the store in `answer`. */
export function around(store: MemoryStore, answer: (call: StoreCall) => unknown): Store {
  const methods = Object.entries(store).map(([name, value]) => {
    if (typeof value !== 'function') return [name, value]
    const method = value as (...args: unknown[]) => Promise<unknown>
    return [name, (...args: unknown[]) => answer({ name, args, proceed: () => method(...args) })]
  })
  return Object.fromEntries(methods) as Store
}

/** A promise that the test resolves. */
export function deferred<T = void>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve!: (value: T) => void
  const promise = new Promise<T>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}

/** A call of a store and its duration: `from` and `to` are values of one counter. */
export interface Recorded {
  name: string
  from: number
  to: number
}

/** Records the calls of a store, and delays each result as a database does. */
export function recorder(): { calls: Recorded[]; through: (store: MemoryStore) => Store } {
  const calls: Recorded[] = []
  let ticks = 0
  const through = (store: MemoryStore) =>
    around(store, async ({ name, proceed }) => {
      const call: Recorded = { name, from: ticks++, to: Infinity }
      calls.push(call)
      await new Promise(setImmediate)
      const answer = await proceed()
      call.to = ticks++
      return answer
    })
  return { calls, through }
}
