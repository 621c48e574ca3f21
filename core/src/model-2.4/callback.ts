import { withCode } from '../errors/error-code'
import { types } from 'node:util'
import type { MaybePromise } from '../async/maybe-promise'
import type { WithTimeout } from '../async/timeout'

// The seam between the callbacks of the 2.4 line and the promises of everything else.

/**
 * Calls a function of a model with the model as `this`, and gives its answer, by callback or by
 * promise: at once, if it has answered before it returns. Rejects with what the function throws or
 * gives as its error, and if it is missing, answers twice or not in time.
 */
export function answerOf(
  model: object,
  name: string,
  args: readonly unknown[],
  withTimeout: WithTimeout,
): MaybePromise<unknown> {
  return answersOf(model, name, args, withTimeout, first)
}

/** The same, for a function whose callback takes more than one result. */
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
      withCode('OAUTH2_KIT_STORE', new TypeError(`The model has no function "${name}"`)),
    )
  const answer = new Answer(name, pick)
  let returned: unknown
  try {
    returned = fn.call(model, ...args, answer.callback)
  } catch (error) {
    return Promise.reject(error)
  }
  answer.listen(returned, fn.length > args.length)
  // What answers before it returns needs no watching.
  return answer.given ? answer.outcome() : withTimeout(() => answer.later(), `The model's ${name}`)
}

/** Makes one answer of the results of a callback, or of what a promise gave. */
type Pick<T> = (results: readonly unknown[], byPromise: boolean) => T

class Answer<T> {
  given = false
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
    if (error) this.give(true, [error])
    else this.give(false, results)
  }

  /** Takes the promise that the function returned, if it did, for an answer. */
  listen(returned: unknown, takesCallback: boolean): void {
    // A function that takes a callback may return anything: a query that runs once more when it is
    // awaited, or the promise of an async function that answers by its callback. Only a native
    // promise is looked at, and only for a value or an error.
    if (returned === undefined) return
    if (!types.isPromise(returned) && (takesCallback || !isThenable(returned))) return
    Promise.resolve(returned).then(
      (value) => {
        if (value !== undefined || !takesCallback) this.give(false, [value], true)
      },
      (error) => this.give(true, [error]),
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
        withCode('OAUTH2_KIT_STORE', new Error(`The model's ${this.name} called back twice`)),
      )
    if (this.failed) return Promise.reject(this.results[0])
    const picked = this.pick(this.results, this.byPromise)
    return isThenable(picked) ? Promise.resolve(picked) : picked
  }

  private give(failed: boolean, results: readonly unknown[], byPromise = false): void {
    if (this.given) return
    this.given = true
    this.failed = failed
    this.results = results
    this.byPromise = byPromise
    // Not at once: a second call on the heels of this one makes the answer worthless.
    if (this.settle) queueMicrotask(this.settle)
  }
}

function first([result]: readonly unknown[]): unknown {
  return result
}

/**
 * What `extendedGrant` answers: whether it knows the grant type, and a user; by promise, the user
 * alone.
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
