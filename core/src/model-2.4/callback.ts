import { withCode } from '../errors/error-code'
import { types } from 'node:util'
import type { MaybePromise } from '../async/maybe-promise'
import type { WithTimeout } from '../async/timeout'

// Adapts the callbacks of version 2.4 to the promises that the rest of the code uses.

/**
 * Calls a function of a model with the model as `this` and returns its result, which it may deliver
 * by callback or by promise. Returns synchronously if the function calls back before it returns.
 * Rejects with the error that the function throws or reports. Also rejects if the function is
 * missing, calls back twice or does not answer in time.
 */
export function answerOf(
  model: object,
  name: string,
  args: readonly unknown[],
  withTimeout: WithTimeout,
): MaybePromise<unknown> {
  return answersOf(model, name, args, withTimeout, first)
}

/** Like `answerOf`, for a function whose callback takes more than one result. */
export function answersOf<T>(
  model: object,
  name: string,
  args: readonly unknown[],
  withTimeout: WithTimeout,
  pick: Pick<T>,
): MaybePromise<T> {
  const fn = (model as Record<string, unknown>)[name]
  if (typeof fn !== 'function')
    return Promise.reject(
      withCode('OAUTH2_KIT_STORE', new TypeError(`The model has no function "${name}": add it`)),
    )
  const answer = new Answer(name, pick)
  let returned: unknown
  try {
    returned = fn.call(model, ...args, answer.callback)
  } catch (error) {
    return Promise.reject(error)
  }
  answer.listen(returned, fn.length > args.length)
  // A function that called back before it returned needs no timeout.
  return answer.isSettled
    ? answer.outcome()
    : withTimeout(() => answer.later(), `The model's ${name}`)
}

/** Converts the results of a callback, or the value of a promise, to a single answer. */
type Pick<T> = (results: readonly unknown[], byPromise: boolean) => T

class Answer<T> {
  isSettled = false
  private calls = 0
  private failed = false
  private byPromise = false
  private results: readonly unknown[] = []
  private settle: (() => void) | undefined

  constructor(
    private readonly name: string,
    private readonly pick: Pick<T>,
  ) {}

  readonly callback = (error?: unknown, ...results: unknown[]): void => {
    this.calls++
    if (error) this.settleWith(true, [error])
    else this.settleWith(false, results)
  }

  /** Uses a promise that the function returned as its answer. */
  listen(returned: unknown, takesCallback: boolean): void {
    // A function that takes a callback may return any value, such as a query that runs again when
    // it is awaited, or the promise of an async function that calls back. In that case, only a
    // native promise counts, and only if it rejects or has a value.
    if (returned === undefined) return
    if (!types.isPromise(returned) && (takesCallback || !isThenable(returned))) return
    Promise.resolve(returned).then(
      (value) => {
        if (value !== undefined || !takesCallback) this.settleWith(false, [value], true)
      },
      (error) => this.settleWith(true, [error]),
    )
  }

  later(): Promise<T> {
    return new Promise((resolve) => {
      this.settle = () => resolve(this.outcome())
    })
  }

  outcome(): MaybePromise<T> {
    if (this.calls > 1)
      return Promise.reject(
        withCode(
          'OAUTH2_KIT_STORE',
          new Error(`The model's ${this.name} called its callback twice: call it once`),
        ),
      )
    if (this.failed) return Promise.reject(this.results[0])
    const picked = this.pick(this.results, this.byPromise)
    return isThenable(picked) ? Promise.resolve(picked) : picked
  }

  private settleWith(failed: boolean, results: readonly unknown[], byPromise = false): void {
    if (this.isSettled) return
    this.isSettled = true
    this.failed = failed
    this.results = results
    this.byPromise = byPromise
    // Deferred to detect a second call right after this one, which invalidates the answer.
    if (this.settle) queueMicrotask(this.settle)
  }
}

function first([result]: readonly unknown[]): unknown {
  return result
}

/**
 * Converts the answer of `extendedGrant`. The callback receives whether the grant type is
 * supported, and a user. A promise resolves with the user only.
 */
export function userAnswer(
  [first, second]: readonly unknown[],
  byPromise: boolean,
): { supported: boolean; user: unknown } {
  return { supported: Boolean(first), user: byPromise ? first : second }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function'
}
