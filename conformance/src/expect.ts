import { afterTicks } from './ticks'
import { inspect, isDeepStrictEqual, types } from 'node:util'

/** A broken promise of a store. The message has the observed and the expected result. */
export class Failure extends Error {
  override readonly name = 'Failure'
}

/** Throws a Failure unless the two values are deeply equal. */
export function equal(actual: unknown, wanted: unknown, what: string): void {
  if (isSame(actual, wanted)) return
  throw new Failure(`${what}: got ${show(actual)}, expected ${show(wanted)}`)
}

/** Returns whether the two values are deeply equal. */
export function isSame(actual: unknown, wanted: unknown): boolean {
  return isDeepStrictEqual(plain(actual), plain(wanted))
}

/** Throws a Failure unless the condition is truthy. */
export function holds(condition: unknown, what: string): asserts condition {
  if (!condition) throw new Failure(what)
}

/**
 * Returns whether a value is an Error of any realm: a test runner may run each file in its own
 * realm.
 */
export function isError(value: unknown): value is Error {
  return types.isNativeError(value) || value instanceof Error
}

/**
 * Resolves with the Error that a call rejects with. Rejects with a Failure if the call resolves, or
 * rejects with another value.
 */
export async function rejection(call: Promise<unknown>, what: string): Promise<Error> {
  let answer: unknown
  try {
    answer = await call
  } catch (error) {
    if (isError(error)) return error
    throw new Failure(`${what} rejected with ${show(error)}, which is not an Error`)
  }
  throw new Failure(`${what} resolved with ${show(answer)} instead of rejecting`)
}

/**
 * Resolves with the result of the call. Rejects with a Failure if it takes longer than
 * `milliseconds`.
 */
export async function within<T>(milliseconds: number, call: Promise<T>, what: string): Promise<T> {
  let cancel: (() => void) | undefined
  const late = new Promise<never>((_, reject) => {
    cancel = afterTicks(milliseconds, () =>
      reject(new Failure(`${what} did not answer within ${milliseconds} ms`)),
    )
  })
  try {
    return await Promise.race([call, late])
  } finally {
    cancel?.()
  }
}

/** Formats a value for people, and truncates long ones. */
export function show(value: unknown): string {
  const text = inspect(value, {
    depth: 4,
    breakLength: Infinity,
    maxStringLength: 80,
    sorted: true,
  })
  return text.length > 400 ? `${text.slice(0, 400)} …` : text
}

/** Removes prototypes, because a store may return instances of its own classes. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return Array.from(value, plain)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  return Object.entries(value)
    .filter(([, part]) => part !== undefined)
    .map(([name, part]) => [name, plain(part)])
    .toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1))
}
