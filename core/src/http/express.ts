import type { IncomingMessage, ServerResponse } from 'node:http'
import { parse } from 'node:querystring'
import type { Server } from '../endpoints/server'
import type { Profile } from '../profile'
import { OAuth2Error } from '../errors'
import { readForm } from './body'
import { errorResponse } from './error-response'
import type { OAuthDetails, OAuthRequest, Values } from './request'
import type { OAuthResponse } from './response'

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

type ExpressMessage = IncomingMessage & {
  body?: unknown
  query?: unknown
  user?: unknown
  oauth?: unknown
}
type Describe = (error: OAuth2Error, profile: Profile, accept: string | undefined) => OAuthResponse

/** A middleware that lets a request pass, or doesn't. */
export function gate(server: Server, check: (request: OAuthRequest) => Promise<void>): Middleware {
  const { profile } = server.settings
  return (message, response, next) => {
    check(new ExpressRequest(message, response)).then(
      () => next(),
      (thrown) => {
        const error = profile.atResource(server.asOAuth2Error(thrown))
        answerError(server, error, errorResponse, message, response, next)
      },
    )
  }
}

/** A middleware that answers every request, unless the application has answered it. */
export function endpoint(
  server: Server,
  answer: (request: OAuthRequest) => Promise<OAuthResponse | null>,
  describe: Describe = errorResponse,
): Middleware {
  const { profile, continueAfterResponse } = server.settings
  return (message, response, next) => {
    const request = new ExpressRequest(message, response)
    answer(request).then(
      (answered) => {
        if (answered === null) return
        send(response, answered)
        if (continueAfterResponse) next()
      },
      (thrown) => {
        const error = profile.atEndpoint(server.asOAuth2Error(thrown), request)
        answerError(server, error, describe, message, response, next)
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
  error: OAuth2Error,
  describe: Describe,
  message: IncomingMessage,
  response: ServerResponse,
  next: Next,
): void {
  const { profile, passthroughErrors, continueAfterResponse } = server.settings
  if (!profile.answersErrors || passthroughErrors || response.headersSent) return next(error)
  server.report(error)
  send(response, describe(error, profile, message.headers.accept))
  return continueAfterResponse ? next() : undefined
}

/** Writes the answer at once, with its length, past what Express would compute about it. */
function send(response: ServerResponse, { status, headers, body }: OAuthResponse): void {
  // The application, or another middleware, may have answered while we waited.
  if (response.headersSent) return
  const bytes = Buffer.from(body)
  response.statusCode = status
  for (const name of Object.keys(headers)) response.setHeader(name, headers[name]!)
  response.setHeader('Content-Length', bytes.length)
  response.end(bytes)
}

class ExpressRequest implements OAuthRequest {
  constructor(
    private readonly message: ExpressMessage,
    private readonly response: ServerResponse,
  ) {}

  get native() {
    return { request: this.message, response: this.response }
  }

  get method(): string {
    return this.message.method ?? ''
  }

  get authorization(): string | undefined {
    return this.message.headers.authorization
  }

  get contentType(): string | undefined {
    return this.message.headers['content-type']
  }

  get search(): string {
    const url = this.message.url ?? ''
    const at = url.indexOf('?')
    return at === -1 ? '' : url.slice(at + 1)
  }

  get query(): Values {
    return (this.message.query ?? parse(this.search)) as Values
  }

  get body(): Values | undefined {
    const { body } = this.message
    return typeof body === 'object' && body !== null ? (body as Values) : undefined
  }

  async form(): Promise<Values> {
    // Some body parsers leave an empty object where they read nothing.
    const parsed = this.body
    const { readableDidRead, readableEnded } = this.message
    if (parsed && (readableDidRead || readableEnded || Object.keys(parsed).length > 0)) {
      return parsed
    }
    const form = await readForm(this.message)
    // Kept where the application finds it too.
    this.message.body = form
    return form
  }

  expose(name: 'user' | 'oauth', value: unknown): void {
    this.message[name] = value
  }
}
