import type { IncomingMessage, ServerResponse } from 'node:http'
import { types } from 'node:util'
import type { Context } from '../context'
import { OAuth2Error, ServerError } from '../errors/errors'
import type { BearerCheck } from './bearer'
import { shareClasses } from './dictionary'
import { type Endpoint, errorAnswer } from '../endpoints/endpoint'
import { errorResponse } from '../endpoints/error-response'
import { challengeExposed } from '../http/headers'
import { NodeRequest, isOpen, send, setHeaders } from './node'
import type { OAuthDetails, OAuthRequest } from '../http/request'
import type { MaybePromise } from '../async/maybe-promise'

declare global {
  // oxlint-disable-next-line typescript/no-namespace -- how Express lets its request be extended
  namespace Express {
    // oxlint-disable-next-line typescript/no-empty-object-type -- the application extends it
    interface User {}
    interface Request {
      /** The user that the bearer token or the grant acts for. */
      user?: User | undefined
      /** The details set by `authorise()` and `grant()`. */
      oauth?: OAuthDetails | undefined
    }
  }
}

/** Calls the next middleware, with an error if present. */
export type Next = (error?: unknown) => void
/** A middleware for Express 4 and 5. */
export type Middleware = (request: IncomingMessage, response: ServerResponse, next: Next) => void
/** An error middleware for Express 4 and 5. */
export type ErrorMiddleware = (
  error: unknown,
  request: IncomingMessage,
  response: ServerResponse,
  next: Next,
) => void

/** Returns a middleware that calls `next` only for requests that pass the check. */
export function gate(context: Context, { check, refusal, headers }: BearerCheck): Middleware {
  const { hardensHeaders } = context.settings.profile
  return (message, response, next) => {
    shareClasses(message, response)
    const request = new NodeRequest(message, response)
    const refuse = (thrown: unknown) => {
      if (hardensHeaders) setHeaders(response, challengeExposed)
      // The next handlers are protected, so `continueAfterResponse` does not apply to them.
      answerError(context, {}, refusal(thrown, request), request, response, next)
    }
    const pass = () => proceed(context, response, next)
    let checked: MaybePromise<void>
    try {
      if (headers) setHeaders(response, headers(request))
      checked = check(request)
    } catch (thrown) {
      return guarded(context, response, () => refuse(thrown))
    }
    if (!checked) return pass()
    return settle(context, response, checked.then(pass, refuse))
  }
}

/** Returns a middleware that answers every request that the application has not answered. */
export function endpoint(context: Context, route: Endpoint): Middleware {
  const { profile, continueAfterResponse } = context.settings
  const { answer, headers, scheme } = route
  return (message, response, next) => {
    shareClasses(message, response)
    const request = new NodeRequest(message, response)
    const goOn = (isAnswered: boolean) => {
      if (isAnswered && continueAfterResponse) proceed(context, response, next)
    }
    guarded(context, response, () => {
      if (headers) setHeaders(response, headers(request))
      const answered = answer(request).then(
        (result) => {
          if (result !== null) goOn(send(response, result))
        },
        (thrown) => {
          const error = profile.atEndpoint(context.asOAuth2Error(thrown), scheme)
          goOn(answerError(context, route, error, request, response, next))
        },
      )
      settle(context, response, answered)
    })
  }
}

// Errors that were passed on to `next`.
const passedOn = new WeakSet<OAuth2Error>()

/** Returns the middleware that sends the errors passed to `next` as responses. */
export function errorMiddleware(context: Context): ErrorMiddleware {
  const { profile, passthroughErrors } = context.settings
  return (error, _message, response, next) => {
    if (!(error instanceof OAuth2Error)) return next(error)
    if (!isOpen(response)) {
      // With next(error), Express closes the connection. This is right only if a handler of the
      // application failed while it was sending its own response.
      return passedOn.has(error) || response.writableEnded ? context.report(error) : next(error)
    }
    if (passthroughErrors) return next(error)
    return guarded(context, response, () => {
      context.report(error)
      send(response, errorResponse(error, profile))
    })
  }
}

/** Sends an error as a response or passes it to `next`. Returns whether it sent a response. */
function answerError(
  context: Context,
  renderer: Pick<Endpoint, 'describe'>,
  error: OAuth2Error,
  request: OAuthRequest,
  response: ServerResponse,
  next: Next,
): boolean {
  const { profile, passthroughErrors } = context.settings
  const answers = profile.answersErrors && !passthroughErrors
  if (answers) return send(response, errorAnswer(context, renderer, error, request))
  // If other code has started a response, Express would close the connection in the middle of it.
  if (!isOpen(response)) context.report(error)
  else {
    passedOn.add(error)
    proceed(context, response, next, error)
  }
  return false
}

/**
 * Calls `next` and handles what it throws. Express catches such errors, but with plain node:http
 * they would become unhandled rejections and end the process. The error is reported and answered
 * with a 500. It is not passed to `next`, which may be the function that threw.
 */
function proceed(context: Context, response: ServerResponse, next: Next, error?: unknown): void {
  const failed = (thrown: unknown) => fail(context, response, thrown)
  try {
    const returned: unknown = error === undefined ? next() : next(error)
    if (types.isPromise(returned)) returned.catch(failed)
  } catch (thrown) {
    failed(thrown)
  }
}

/**
 * Calls a function that throws only if writing the response fails, and handles that error. Writing
 * fails if a hook on the headers throws, such as one of `on-headers`. With plain node:http, such an
 * error would otherwise end the process.
 */
export function guarded(context: Context, response: ServerResponse, write: () => void): void {
  try {
    write()
  } catch (thrown) {
    fail(context, response, thrown)
  }
}

/**
 * Handles the rejection of a promise that rejects only if writing the response fails, as in
 * `guarded`.
 */
function settle(context: Context, response: ServerResponse, written: Promise<void>): void {
  written.catch((thrown: unknown) => fail(context, response, thrown))
}

function fail(context: Context, response: ServerResponse, thrown: unknown): void {
  const error = new ServerError(null, thrown)
  try {
    context.report(error)
    const { profile } = context.settings
    send(response, errorResponse(profile.atEndpoint(error, undefined), profile))
  } catch {
    // The same hook can throw again. The response is then destroyed, so that the client does not
    // wait forever.
  }
  if (!response.writableEnded) response.destroy()
}
