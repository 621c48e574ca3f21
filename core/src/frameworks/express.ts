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
    // oxlint-disable-next-line typescript/no-empty-object-type -- the application says what its users are
    interface User {}
    interface Request {
      /** Who the bearer token or the grant speaks for. */
      user?: User | undefined
      /** What `authorise()` and `grant()` found out. */
      oauth?: OAuthDetails | undefined
    }
  }
}

/** Calls the next middleware, with an error if there is one. */
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

/** A middleware that lets a request pass, or doesn't. */
export function gate(context: Context, { check, refusal }: BearerCheck): Middleware {
  const { hardensHeaders } = context.settings.profile
  return (message, response, next) => {
    shareClasses(message, response)
    const request = new NodeRequest(message, response)
    const refuse = (thrown: unknown) => {
      if (hardensHeaders) setHeaders(response, challengeExposed)
      // What comes next is what the gate protects: it is not called, not even after the answer.
      answerError(context, {}, refusal(thrown), request, response, next)
    }
    const pass = () => proceed(context, response, next)
    let checked: MaybePromise<void>
    try {
      checked = check(request)
    } catch (thrown) {
      return guarded(context, response, () => refuse(thrown))
    }
    if (!checked) return pass()
    return settle(context, response, checked.then(pass, refuse))
  }
}

/** A middleware that answers every request, unless the application has answered it. */
export function endpoint(context: Context, route: Endpoint): Middleware {
  const { profile, continueAfterResponse } = context.settings
  const { answer, headers, authenticatesClients = false } = route
  return (message, response, next) => {
    shareClasses(message, response)
    const request = new NodeRequest(message, response)
    const goOn = (isAnswered: boolean) => {
      if (isAnswered && continueAfterResponse) proceed(context, response, next)
    }
    guarded(context, response, () => {
      if (headers) setHeaders(response, headers(request))
      const answered = answer(request).then(
        (given) => {
          if (given !== null) goOn(send(response, given))
        },
        (thrown) => {
          const error = profile.atEndpoint(context.asOAuth2Error(thrown), authenticatesClients)
          goOn(answerError(context, route, error, request, response, next))
        },
      )
      settle(context, response, answered)
    })
  }
}

// Errors that were passed on to `next`.
const passedOn = new WeakSet<OAuth2Error>()

/** The middleware that answers with the errors that others passed on. */
export function errorMiddleware(context: Context): ErrorMiddleware {
  const { profile, passthroughErrors } = context.settings
  return (error, _message, response, next) => {
    if (!(error instanceof OAuth2Error)) return next(error)
    if (!isOpen(response)) {
      // Only a handler of the application that fails in the middle of its own answer has that cut.
      return passedOn.has(error) || response.writableEnded ? context.report(error) : next(error)
    }
    if (passthroughErrors) return next(error)
    return guarded(context, response, () => {
      context.report(error)
      send(response, errorResponse(error, profile))
    })
  }
}

/** Answers with an error, or passes it on. Returns whether it has answered. */
function answerError(
  context: Context,
  told: Pick<Endpoint, 'describe'>,
  error: OAuth2Error,
  request: OAuthRequest,
  response: ServerResponse,
  next: Next,
): boolean {
  const { profile, passthroughErrors } = context.settings
  const answers = profile.answersErrors && !passthroughErrors
  if (answers) return send(response, errorAnswer(context, told, error, request))
  // Where something else has answered, Express would end the connection in the middle of that.
  if (!isOpen(response)) context.report(error)
  else {
    passedOn.add(error)
    proceed(context, response, next, error)
  }
  return false
}

/**
 * Calls what comes next, of which Express catches what it throws and bare node:http does not: there
 * it would be a rejection of ours that nobody handles, and end the process. It is a 500 that is
 * reported, and never passed to `next` again, which may be the very function that threw.
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
 * Runs what never throws, unless writing fails: bare node:http catches nothing, so that a hook on
 * the headers that throws would end the process.
 */
export function guarded(context: Context, response: ServerResponse, write: () => void): void {
  try {
    write()
  } catch (thrown) {
    fail(context, response, thrown)
  }
}

/** Waits for what never rejects, unless writing fails: at a hook on the headers, for example. */
function settle(context: Context, response: ServerResponse, written: Promise<void>): void {
  written.catch((thrown: unknown) => fail(context, response, thrown))
}

function fail(context: Context, response: ServerResponse, thrown: unknown): void {
  const error = new ServerError(null, thrown)
  context.report(error)
  try {
    const { profile } = context.settings
    send(response, errorResponse(profile.atEndpoint(error, false), profile))
  } catch {
    // The same hook again: a client that waits would wait for ever.
  }
  if (!response.writableEnded) response.destroy()
}
