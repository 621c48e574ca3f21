import { described } from '../values/described'
import { isObject } from '../values/is-object'

/**
 * Returns what is wrong with a value that is not a store, and what to do. The text follows the name
 * of the value.
 */
export function whyNoStore(value: unknown): string {
  const rule = 'must be a store, such as memoryStore()'
  if (typeof value === 'function') return `${rule}, but is a function: call it and pass the result`
  if (isThenable(value)) return `${rule}, but is a promise: await it`
  if (!isObject(value)) return `${rule}, but is ${described(value)}`
  return 'is not a store: it has no "supports"'
}

/** Returns whether a value is a promise, probably because of a missing `await`. */
export function isThenable(value: unknown): boolean {
  const { then } = (value ?? {}) as Partial<PromiseLike<unknown>>
  return typeof then === 'function'
}
