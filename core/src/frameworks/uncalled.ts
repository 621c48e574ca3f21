import type { ServerResponse } from 'node:http'
import { OptionError } from '../errors/option-error'
import { textResponse } from '../http/response'
import { isObject } from '../values/is-object'
import type { Next } from './express'
import { send } from './node'

type Method = (...args: unknown[]) => unknown

/**
 * Replaces the methods of a class by functions that notice two mistakes: a method that is passed to
 * a framework as if it were a middleware, and a method that is called without its server.
 * `examples` has the right call of each method. Express and Connect read the property `handle` of
 * every function that is passed to `app.use()`, which reports the first mistake at start. Elsewhere
 * it is noticed at the first request.
 */
export function guardMethods(
  type: { prototype: object; name: string },
  examples: Readonly<Record<string, string>>,
): void {
  for (const [name, example] of Object.entries(examples)) {
    const method = Reflect.get(type.prototype, name) as Method
    const misused = () =>
      new OptionError(name, `oauth.${name} is not a middleware: call it, ${example}`)
    const guarded: Method = function (this: unknown, ...args) {
      if (isRequest(args, name)) return refuse(misused(), args)
      if (isInstance(this, type)) return method.apply(this, args)
      throw new OptionError(
        name,
        `${name}() was called without its server: call it as a method, ${example}`,
      )
    }
    Object.defineProperty(guarded, 'name', { value: name })
    Object.defineProperty(guarded, 'handle', {
      get() {
        throw misused()
      },
    })
    Object.defineProperty(type.prototype, name, {
      value: guarded,
      writable: true,
      configurable: true,
    })
  }
}

function isInstance(value: unknown, { prototype }: { prototype: object }): boolean {
  return isObject(value) && Object.prototype.isPrototypeOf.call(prototype, value)
}

/** Returns whether a framework has called the method with a request. */
function isRequest([first, second, third]: unknown[], name: string): boolean {
  // An error middleware gets the error first.
  return (
    isResponse(second) ||
    isResponse(third) ||
    (!takesRequest.includes(name) && hasMethodAndHeaders(first))
  )
}

/** The methods whose first argument is a request. */
const takesRequest = ['authenticate', 'fetch']

function hasMethodAndHeaders(value: unknown): boolean {
  return isObject(value) && typeof value['method'] === 'string' && isObject(value['headers'])
}

/** Returns whether a value is a response of node:http or HTTP/2. */
function isResponse(value: unknown): value is ServerResponse {
  return (
    isObject(value) &&
    typeof value['setHeader'] === 'function' &&
    typeof value['end'] === 'function'
  )
}

const warned = new Set<string>()

/**
 * Passes the error to the framework. Plain node:http has nothing that catches it, so the request is
 * answered with a 500 and a process warning is emitted, once for each method.
 */
export function refuse(error: OptionError, args: unknown[]): void {
  const response = args.find(isResponse)
  // Calling `next` of another framework, such as Koa, would let the request pass.
  if (!response) throw error
  const next = args.at(-1)
  if (typeof next === 'function') return (next as Next)(error)
  if (!warned.has(error.option)) process.emitWarning(error)
  warned.add(error.option)
  send(response, textResponse(500, 'Internal Server Error'))
}
