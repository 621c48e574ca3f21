import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Server } from '../endpoints/server'
import { OAuth2Error } from '../errors'
import type { BearerCheck } from './bearer'
import { shareClasses } from './dictionary'
import { type Endpoint, errorAnswer } from './endpoint'
import { errorResponse } from './error-response'
import { challengeExposed } from './headers'
import { NodeRequest, send, setHeaders } from './node'
import type { OAuthDetails, OAuthRequest } from './request'
import type { Soon } from '../soon'

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
export function gate(server: Server, { check, refusal }: BearerCheck): Middleware {
  const { hardensHeaders } = server.settings.profile
  return (message, response, next) => {
    shareClasses(message, response)
    const request = new NodeRequest(message, response)
    const refuse = (thrown: unknown) => {
      if (hardensHeaders) setHeaders(response, challengeExposed)
      answerError(server, {}, refusal(thrown), request, response, next)
    }
    let checked: Soon<void>
    try {
      checked = check(request)
    } catch (thrown) {
      return refuse(thrown)
    }
    if (!checked) return next()
    return void checked.then(() => next(), refuse)
  }
}

/** A middleware that answers every request, unless the application has answered it. */
export function endpoint(server: Server, { answer, describe, headers }: Endpoint): Middleware {
  const { profile, continueAfterResponse } = server.settings
  return (message, response, next) => {
    shareClasses(message, response)
    const request = new NodeRequest(message, response)
    if (headers) setHeaders(response, headers(request))
    answer(request).then(
      (answered) => {
        if (answered === null) return
        send(response, answered)
        if (continueAfterResponse) next()
      },
      (thrown) => {
        const error = profile.atEndpoint(server.asOAuth2Error(thrown), request)
        answerError(server, { describe }, error, request, response, next)
      },
    )
  }
}

/** The middleware that answers with the errors that others passed on. */
export function errorMiddleware(server: Server): ErrorMiddleware {
  const { profile, passthroughErrors } = server.settings
  return (error, _message, response, next) => {
    if (!(error instanceof OAuth2Error) || passthroughErrors || response.headersSent)
      return next(error)
    server.report(error)
    return send(response, errorResponse(error, profile))
  }
}

function answerError(
  server: Server,
  told: Pick<Endpoint, 'describe'>,
  error: OAuth2Error,
  request: OAuthRequest,
  response: ServerResponse,
  next: Next,
): void {
  const { profile, passthroughErrors, continueAfterResponse } = server.settings
  if (!profile.answersErrors || passthroughErrors || response.headersSent) return next(error)
  send(response, errorAnswer(server, told, error, request))
  return continueAfterResponse ? next() : undefined
}
