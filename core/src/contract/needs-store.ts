import { OptionError } from '../errors/option-error'
import { isObject } from '../values/is-object'
import { isThenable, whyNoStore } from './no-store'
import type { Store } from './store'

/**
 * Throws an OptionError unless the value has these methods of a store. `of` is the function that got
 * it as its first argument, such as `createClient()`.
 */
export function assertMethods(store: unknown, names: readonly (keyof Store)[], of: string): void {
  assertStoreObject(store, of)
  const missing = names.filter((name) => typeof store[name] !== 'function')
  if (missing.length === 0) return
  throw new OptionError(
    'store',
    `The first argument of ${of} is not a store: it has no ${missing.join(' and no ')}`,
  )
}

/** Throws an OptionError if the value cannot be a store: a function, a promise or no object. */
export function assertStoreObject(
  store: unknown,
  of: string,
): asserts store is Record<string, unknown> {
  if (isObject(store) && !isThenable(store)) return
  throw new OptionError('store', `The first argument of ${of} ${whyNoStore(store)}`)
}
