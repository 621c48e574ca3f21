import { types } from 'node:util'
import { type Difference, differencesOf, inWords } from './difference'
import { isSame } from './difference/same'
import { show } from './difference/show'
import { afterTicks } from './guard/ticks'

export { isSame } from './difference/same'
export { show } from './difference/show'

/** A broken promise of a store. The message has the observed and the expected result. */
export class Failure extends Error {
  override readonly name = 'Failure'

  constructor(
    message: string,
    /** How the observed result differs from the expected one, if two values were compared. */
    readonly differences: readonly Difference[] = [],
  ) {
    super(message)
  }
}

/** Throws a Failure unless the two values are deeply equal. */
export function equal(actual: unknown, wanted: unknown, what: string): void {
  if (isSame(actual, wanted)) return
  const differences = differencesOf(actual, wanted)
  throw new Failure(`${what}: ${inWords(differences)}`, differences)
}

/** Throws a Failure unless the condition is truthy. */
export function holds(condition: unknown, what: string): asserts condition {
  if (!condition) throw new Failure(what)
}

/**
 * Returns whether a value is an Error of any realm: a test runner may run each file in its own
 * realm. So is a DOMException, which `AbortSignal.timeout()` rejects with.
 */
export function isError(value: unknown): value is Error {
  return (
    types.isNativeError(value) ||
    value instanceof Error ||
    Object.prototype.toString.call(value) === '[object DOMException]'
  )
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
 * Returns a promise that the caller awaits later. If it rejects before that, this is not an error
 * that nothing awaits.
 */
export function awaitedLater<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  return promise
}

/**
 * Resolves with the result of the call. Rejects with a Failure if it takes longer than
 * `milliseconds`. `limit` says where that limit comes from.
 */
export async function within<T>(
  milliseconds: number,
  call: Promise<T>,
  what: string,
  limit = 'a limit of the suite',
): Promise<T> {
  let cancel: (() => void) | undefined
  const late = new Promise<never>((_, reject) => {
    cancel = afterTicks(milliseconds, () =>
      reject(new Failure(`${what} did not answer within ${milliseconds} ms, ${limit}`)),
    )
  })
  try {
    return await Promise.race([call, late])
  } finally {
    cancel?.()
  }
}
