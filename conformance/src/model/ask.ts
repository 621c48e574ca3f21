import { types } from 'node:util'
import type { Model } from '@oauth2-kit/core'
import { Failure } from '../expect'

/** A function of a 2.4 model. */
export type ModelFunction = keyof Model

/**
 * Calls a function of a 2.4 model, which settles by callback or by promise, and counts its
 * callbacks. An exception that it throws counts as a rejection.
 */
export class Asked {
  /** How often the function has called its callback. */
  answers = 0
  /** Resolves with the result. Rejects with the error, or with a Failure after the time limit. */
  readonly answer: Promise<unknown>

  constructor(
    model: Model,
    readonly name: ModelFunction,
    args: readonly unknown[],
    milliseconds: number,
  ) {
    this.answer = this.ask(model, args, milliseconds)
  }

  private ask(model: Model, args: readonly unknown[], milliseconds: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Failure(`${this.name} did not answer within ${milliseconds} ms`)),
        milliseconds,
      )
      const fn = model[this.name] as (...args: unknown[]) => unknown
      const settle = (error: unknown, value: unknown) => {
        clearTimeout(timer)
        // A falsy value is not an error, as in Node.
        if (error) reject(error instanceof Error ? error : new ModelError(error))
        else resolve(value)
      }
      try {
        const returned = fn.call(model, ...args, (error: unknown, value: unknown) => {
          this.answers++
          settle(error, value)
        })
        if (!types.isPromise(returned)) return
        const takesCallback = fn.length > args.length
        returned.then(
          (value) => (value !== undefined || !takesCallback) && settle(null, value),
          (error: unknown) => settle(error ?? new ModelError(error), undefined),
        )
      } catch (error) {
        settle(error ?? new ModelError(error), undefined)
      }
    })
  }
}

/** Wraps an error that is not an Error: the 2.4 line accepts any truthy value. */
class ModelError extends Error {
  constructor(given: unknown) {
    super(`The model passed an error that is not an Error: ${typeof given}`)
  }
}
