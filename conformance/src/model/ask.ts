import { types } from 'node:util'
import { Failure } from '../expect'
import type { AnyModel } from './contracts'

/** The result of `extendedGrant`: its callback takes two. */
export interface ExtensionAnswer {
  supported: boolean
  user: unknown
}

/** How a function of a model is called. */
export interface Asking {
  readonly args: readonly unknown[]
  /** The time limit. */
  readonly milliseconds: number
  /** Whether it gets a callback and may settle by it. Without one, it settles by its result. */
  readonly callbacks: boolean
}

/**
 * Calls a function of a model, which settles by callback or by promise, and observes whether it
 * settles more than once. An exception that it throws counts as a rejection.
 */
export class Asked {
  /** Resolves with the result. Rejects with the error, or with a Failure after the time limit. */
  readonly answer: Promise<unknown>
  private callbacks = 0
  /** What the function did in addition to its callback. */
  private addition: string | undefined

  constructor(
    model: AnyModel,
    readonly name: string,
    asking: Asking,
  ) {
    this.answer = this.ask(model, asking)
  }

  /** Describes how the function has settled more than once, or returns null. */
  complaint(): string | null {
    if (this.callbacks > 1) return `${this.name}() called its callback ${this.callbacks} times`
    if (this.callbacks === 0 || this.addition === undefined) return null
    return `${this.name}() called its callback, and also ${this.addition}`
  }

  private ask(model: AnyModel, { args, milliseconds, callbacks }: Asking): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Failure(`${this.name} did not answer within ${milliseconds} ms`)),
        milliseconds,
      )
      const fn = (model as Record<string, (...args: unknown[]) => unknown>)[this.name]!
      const fail = (error: unknown) => {
        clearTimeout(timer)
        reject(error instanceof Error ? error : new ModelError(error))
      }
      const succeed = (results: readonly unknown[], byPromise: boolean) => {
        clearTimeout(timer)
        resolve(this.name === 'extendedGrant' ? extensionOf(results, byPromise) : results[0])
      }
      const callback = (error: unknown, ...results: unknown[]) => {
        this.callbacks++
        // A falsy value is not an error, as in Node.
        if (error) fail(error)
        else succeed(results, false)
      }
      try {
        const returned = callbacks ? fn.call(model, ...args, callback) : fn.call(model, ...args)
        const takesCallback = callbacks && fn.length > args.length
        // A function that takes a callback may also return a query, which runs when it is awaited.
        if (callbacks && !types.isPromise(returned) && (takesCallback || !isThenable(returned)))
          return
        Promise.resolve(returned).then(
          (value: unknown) => {
            // Functions that call back often return `null` from a promise.
            if (value !== undefined && value !== null) this.addition = 'resolved with a value'
            if (value !== undefined || !takesCallback) succeed([value], true)
          },
          (error: unknown) => {
            this.addition = 'rejected'
            fail(error)
          },
        )
      } catch (error) {
        this.addition = 'threw'
        fail(error)
      }
    })
  }
}

/** Wraps an error that is not an Error: a server accepts any truthy value. */
class ModelError extends Error {
  constructor(given: unknown) {
    super(`The model passed an error that is not an Error: ${typeof given}`, { cause: given })
  }
}

/** A callback receives whether the grant type is supported, and the user; a promise only a user. */
function extensionOf([first, second]: readonly unknown[], byPromise: boolean): ExtensionAnswer {
  return { supported: Boolean(first), user: byPromise ? first : second }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function'
}
