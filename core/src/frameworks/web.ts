import { withCode } from '../errors/error-code'
import type { BoundHooks, Consent, ConsentRequest, SignedInUser } from '../endpoints/decide'
import type { AuthorizationRequest } from '../endpoints/authorization-request'
import type { Context } from '../context'
import { parseParameters, readWebForm } from '../http/body'
import { errorAnswer } from '../endpoints/endpoint'
import { ServerError } from '../errors/errors'
import { isList } from '../http/headers'
import type { OAuthDetails, OAuthRequest, Values } from '../http/request'
import { type OAuthResponse, textResponse } from '../http/response'
import { type Routes, routeAt } from '../endpoints/routes'

/** The pages of the authorization endpoint, for web-standard servers. */
export interface WebHooks<U extends SignedInUser = SignedInUser> {
  /** The user who is signed in, or a page or redirect by which one signs in. */
  authenticate(
    request: Request,
    asked: AuthorizationRequest,
  ): U | Response | null | Promise<U | Response | null>
  /**
   * Whether that user lets the client have what it asks for, or the page that asks; `{ scope }`
   * allows less than that. The page's form comes back to the same URL, and its fields are
   * `asked.form`: check its CSRF token here.
   */
  consent(
    request: Request,
    asked: ConsentRequest<U>,
  ): Consent | Response | Promise<Consent | Response>
}

/** A web-standard request. */
export class WebRequest implements OAuthRequest {
  readonly body = undefined
  /** A web-standard request does not say. */
  readonly address = undefined
  /** What was found out about the request: there is no place on it. */
  readonly exposed: { user?: unknown; oauth?: OAuthDetails } = {}
  /** What the application has answered. */
  page: Response | undefined
  #form: Promise<Values> | undefined

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

  get search(): string {
    return new URL(this.request.url).search.slice(1)
  }

  get query(): Values {
    return parseParameters(this.search)
  }

  form(): Promise<Values> {
    return (this.#form ??= readWebForm(this.request))
  }

  expose(name: 'user' | 'oauth', value: unknown): void {
    this.exposed[name] = value as OAuthDetails
  }

  /** The hooks, whose pages become the answer to this request. */
  bound<U extends SignedInUser>(hooks: WebHooks<U>): BoundHooks<U> {
    const orPage = <T>(given: T | Response): T | null => {
      if (!isResponse(given)) return given
      this.page = given
      return null
    }
    return {
      authenticate: async (asked) =>
        orPage<U | null>(await hooks.authenticate(this.request, asked)),
      consent: async (asked) => orPage<Consent>(await hooks.consent(this.request, asked)),
    }
  }
}

/** Answers a web-standard request: a 404 where nothing is. */
export async function answerWeb(
  context: Context,
  routes: Routes,
  given: Request,
): Promise<Response> {
  const { pathname, search } = new URL(given.url)
  const endpoint = routeAt(routes, pathname, search.slice(1))
  if (!endpoint) return webResponse(textResponse(404, 'Not Found'))
  const request = new WebRequest(given)
  const headers = endpoint.headers?.(request) ?? {}
  try {
    const answered = await endpoint.answer(request)
    return answered ? webResponse(answered, headers) : pageOf(request, headers)
  } catch (thrown) {
    const { profile, passthroughErrors } = context.settings
    const { authenticatesClients = false } = endpoint
    const error = profile.atEndpoint(context.asOAuth2Error(thrown), authenticatesClients)
    if (passthroughErrors) throw error
    return webResponse(errorAnswer(context, endpoint, error, request), headers)
  }
}

/** The application's page. Throws a `server_error` where it gave none, or one that can't be sent. */
function pageOf({ page }: WebRequest, headers: More): Response {
  try {
    if (page) return pageWith(page, headers)
  } catch (cause) {
    throw new ServerError(null, cause)
  }
  throw new ServerError(
    null,
    withCode(
      'OAUTH2_KIT_HOOK',
      new TypeError('A hook returned null, and no Response: nothing answers the user'),
    ),
  )
}

/** The answer as a web-standard response. */
export function webResponse({ status, headers, body }: OAuthResponse, more: More = {}): Response {
  // A 204 has no body, not even an empty one.
  const isEmpty = body === '' || status === 204 || status === 205
  // The error of an application may have a header with several values.
  const each = Object.entries(headers).flatMap(([name, values]) =>
    [values].flat().map((value): [string, string] => [name, value]),
  )
  return new Response(isEmpty ? null : body, { status, headers: added(each, more) })
}

/** The application's page: its own headers may be immutable, as those of a redirect are. */
function pageWith({ body, status, headers }: Response, more: More): Response {
  return new Response(body, { status, headers: added(headers, more) })
}

type More = Readonly<Record<string, string | null>>

/** Headers, with what is not set yet; `null` takes one away. */
function added(headers: Headers | [string, string][], more: More): Headers {
  const all = new Headers(headers)
  for (const [name, value] of Object.entries(more)) {
    if (value === null) all.delete(name)
    else if (isList(name)) all.append(name, value)
    else if (!all.has(name)) all.set(name, value)
  }
  return all
}

/** Whether a request is a web-standard one, of any make. */
export function isWebRequest(request: object): request is Request {
  return 'headers' in request && typeof (request.headers as Partial<Headers>).get === 'function'
}

/** A response of any make: some servers bring their own. */
function isResponse(value: unknown): value is Response {
  if (value instanceof Response) return true
  const { headers, status } = (value ?? {}) as Partial<Response>
  return typeof headers?.get === 'function' && typeof status === 'number'
}
