import { hookError } from '../contract/hook-answer'
import type { BoundHooks, Consent, ConsentRequest } from '../endpoints/decide'
import type { SignedInUser } from '../contract/user-id'
import type { DevicePage } from '../endpoints/device'
import type { AuthorizationRequest } from '../endpoints/authorization-request'
import type { Context } from '../context'
import { formFormat, jsonFormat, parseParameters, readWebBody } from '../http/body'
import { errorAnswer } from '../endpoints/endpoint'
import { ServerError } from '../errors/errors'
import { isList } from '../http/headers'
import type { OAuthDetails, OAuthRequest, Values } from '../http/request'
import { type OAuthResponse, textResponse } from '../http/response'
import { hostOf } from '../endpoints/misplaced'
import { type Routes, routeAt } from '../endpoints/routes'

/** The pages of the authorization endpoint, for web-standard servers. */
export interface WebHooks<U extends SignedInUser = SignedInUser> {
  /** Returns the signed-in user, or a page or redirect for sign-in. */
  authenticate(
    request: Request,
    authorization: AuthorizationRequest,
  ): U | Response | null | Promise<U | Response | null>
  /**
   * Returns whether the user allows the request, or the consent page. `{ scope }` allows a part of
   * the requested scope. The form of the page is posted to the same URL, and its fields are in
   * `authorization.form`. Check its CSRF token here.
   */
  consent(
    request: Request,
    authorization: ConsentRequest<U>,
  ): Consent | Response | Promise<Consent | Response>
}

/** The pages for devices (RFC 8628 3.3), for web-standard servers. */
export interface WebDeviceHooks {
  /**
   * Returns the form for the user code, or the result. The form is posted to the same URL. Needed if the
   * option `grants` has `urn:ietf:params:oauth:grant-type:device_code`.
   */
  device(request: Request, page: DevicePage): Response | Promise<Response>
}

/** A web-standard request. */
export class WebRequest implements OAuthRequest {
  readonly body = undefined
  /** A web-standard request does not have the client's address. */
  readonly address = undefined
  /** The values set by `expose()`, because a web-standard request has no properties for them. */
  readonly exposed: { user?: unknown; oauth?: OAuthDetails } = {}
  /** The response that a hook returned. */
  page: Response | undefined
  #form: Promise<Values> | undefined
  #json: Promise<unknown> | undefined

  constructor(private readonly request: Request) {}

  get native() {
    return { request: this.request, response: undefined }
  }

  get method(): string {
    return this.request.method
  }

  get authorization(): string | undefined {
    return this.header('authorization')
  }

  get contentType(): string | undefined {
    return this.header('content-type')
  }

  header(name: string): string | undefined {
    return this.request.headers.get(name) ?? undefined
  }

  get path(): string {
    return new URL(this.request.url).pathname
  }

  get search(): string {
    return new URL(this.request.url).search.slice(1)
  }

  get query(): Values {
    return parseParameters(this.search)
  }

  form(): Promise<Values> {
    return (this.#form ??= readWebBody(this.request, formFormat))
  }

  json(): Promise<unknown> {
    return (this.#json ??= readWebBody(this.request, jsonFormat))
  }

  expose(name: 'user' | 'oauth', value: unknown): void {
    this.exposed[name] = value as OAuthDetails
  }

  /** Returns the hooks, bound to this request. A page that a hook returns becomes the response. */
  bound<U extends SignedInUser>(hooks: WebHooks<U> & Partial<WebDeviceHooks>): BoundHooks<U> {
    const orPage = <T>(result: T | Response): T | null => {
      if (!isResponse(result)) return result
      this.page = result
      return null
    }
    return {
      authenticate: async (authorization) =>
        orPage<U | null>(await hooks.authenticate(this.request, authorization)),
      consent: async (authorization) =>
        orPage<Consent>(await hooks.consent(this.request, authorization)),
      device: async (page) => orPage<unknown>(await hooks.device?.(this.request, page)),
    }
  }
}

/** Answers a web-standard request. Resolves with a 404 response if the path is unknown. */
export async function answerWeb(
  context: Context,
  routes: Routes,
  message: Request,
): Promise<Response> {
  const { pathname, search, host } = new URL(message.url)
  const endpoint = routeAt(routes.endpoints, pathname, search.slice(1))
  if (!endpoint) {
    routes.watch.missed(pathname)
    return webResponse(textResponse(404, 'Not Found'))
  }
  const request = new WebRequest(message)
  routes.watch.served(hostOf((name) => request.header(name)) ?? host)
  let headers: More = {}
  try {
    headers = endpoint.headers?.(request) ?? {}
    const answered = await endpoint.answer(request)
    return answered ? webResponse(answered, headers) : pageOf(request, headers)
  } catch (thrown) {
    const { profile, passthroughErrors } = context.settings
    const error = profile.atEndpoint(context.asOAuth2Error(thrown), endpoint.scheme)
    if (passthroughErrors) throw error
    return webResponse(errorAnswer(context, endpoint, error, request), headers)
  }
}

/**
 * Returns the page of the application. Throws a `server_error` if no hook returned one or it cannot
 * be sent.
 */
function pageOf({ page }: WebRequest, headers: More): Response {
  try {
    if (page) return pageWith(page, headers)
  } catch (cause) {
    throw new ServerError(null, cause)
  }
  throw hookError('A hook returned null without a Response: return the page as a Response')
}

/** Converts a response to a web-standard one. */
export function webResponse({ status, headers, body }: OAuthResponse, more: More = {}): Response {
  // A 204 has no body, not even an empty one.
  const isEmpty = body === '' || status === 204 || status === 205
  // The error of an application may have a header with several values.
  const each = Object.entries(headers).flatMap(([name, values]) =>
    [values].flat().map((value): [string, string] => [name, value]),
  )
  return new Response(isEmpty ? null : body, { status, headers: added(each, more) })
}

/**
 * Returns a copy of the page with more headers. The original headers may be immutable, for example
 * those of a redirect.
 */
function pageWith({ body, status, headers }: Response, more: More): Response {
  return new Response(body, { status, headers: added(headers, more) })
}

type More = Readonly<Record<string, string | null>>

/**
 * Returns a copy of the headers with more headers: sets those that are not set yet, and appends to
 * list headers. `null` removes the header.
 */
function added(headers: Headers | [string, string][], more: More): Headers {
  const all = new Headers(headers)
  for (const [name, value] of Object.entries(more)) {
    if (value === null) all.delete(name)
    else if (isList(name)) all.append(name, value)
    else if (!all.has(name)) all.set(name, value)
  }
  return all
}

/** Returns whether a request is a web-standard one, from any implementation. */
export function isWebRequest(request: object): request is Request {
  return 'headers' in request && typeof (request.headers as Partial<Headers>).get === 'function'
}

/** Returns whether a value is a Response. Some servers have their own implementation. */
function isResponse(value: unknown): value is Response {
  if (value instanceof Response) return true
  const { headers, status } = (value ?? {}) as Partial<Response>
  return typeof headers?.get === 'function' && typeof status === 'number'
}
