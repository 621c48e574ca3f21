import { InvalidRequestError } from '../errors/errors'
import type { GrantRef } from '../contract/store'
import { isStorableText } from '../contract/ids'

/** Parameters as they came: a value may be missing, repeated, nested or not even text. */
export type Values = Readonly<Record<string, unknown>>

/** What an endpoint needs of a request, whatever framework it came through. */
export interface OAuthRequest {
  readonly method: string
  /** The `Authorization` header. */
  readonly authorization: string | undefined
  /** The `Content-Type` header. */
  readonly contentType: string | undefined
  /** Where the request came from, as far as the framework knows. */
  readonly address: string | undefined
  /** Any other header, by its name in lower case. */
  header(name: string): string | undefined
  /** The query as text. */
  readonly search: string
  /** The parameters in the query. */
  readonly query: Values
  /** The body, where a body parser has read it. */
  readonly body: Values | undefined
  /** The parameters of a form in the body, read here if nobody has. */
  form(): Promise<Values>
  /** The framework's own request and response, for the functions of the application. */
  readonly native: { request: unknown; response: unknown }
  /** Puts something where the application finds it: `req.user`, `req.oauth`. */
  expose(name: 'user', value: unknown): void
  expose(name: 'oauth', value: OAuthDetails): void
}

/** What the application finds in `req.oauth`. */
export interface OAuthDetails {
  /**
   * Behind `authorise()`: the access token, without the token itself; on a 2.4 model, what
   * `getAccessToken` gave.
   */
  // oxlint-disable-next-line no-explicit-any -- a 2.4 model puts here what it likes
  bearerToken?: any
  /** Behind `authorise()`: the grant that the token belongs to; `null` on a 2.4 model. */
  grant?: GrantRef | null
  /** Behind `authorise()`: the scopes of the token, with spaces between. */
  scope?: string
  /** Behind `authorise()`: the resources that the token is for (RFC 8707); left out = any. */
  resource?: readonly string[]
  /** At the token endpoint: the client; on a 2.4 model, what `getClient` gave. */
  // oxlint-disable-next-line no-explicit-any -- a 2.4 model puts here what it likes
  client?: any
}

/**
 * The longest parameter, in characters: room for a signed token or a long state, none for an
 * attack.
 */
export const longestParameter = 8192

/** How often a parameter may come that may be repeated. */
const mostRepeated = 20

/** Whether the body is said to be a form (RFC 6749 B). */
export function isForm(request: OAuthRequest): boolean {
  return /^application\/x-www-form-urlencoded *(?:;|$)/i.test(request.contentType ?? '')
}

/** The parameters of a form that is posted, as every endpoint for programs takes them. */
export async function postedForm(request: OAuthRequest): Promise<Values> {
  if (request.method !== 'POST' || !isForm(request)) {
    throw new InvalidRequestError(
      'Method must be POST with application/x-www-form-urlencoded encoding',
    )
  }
  return request.form()
}

/**
 * The value of a parameter, which is exactly one string. One without a value counts as left out
 * (RFC 6749 3.1, 3.2); a repeated, nested, malformed or over-long one is an `invalid_request`.
 */
export function parameter(
  values: Values | undefined,
  name: string,
  longest = longestParameter,
): string | undefined {
  const value = values?.[name]
  if (value === undefined || value === null || value === '') return undefined
  assertText(value, name, longest)
  return value
}

/** The values of a parameter that may be repeated, each once; else it is as `parameter()`. */
export function repeatable(values: Values | undefined, name: string): string[] {
  const value = values?.[name]
  if (!Array.isArray(value)) {
    const single = parameter(values, name)
    return single === undefined ? [] : [single]
  }
  if (value.length > mostRepeated)
    throw new InvalidRequestError(`The parameter "${name}" is repeated too often`)
  const texts = value.map((one) => parameter({ [name]: one as unknown }, name))
  return [...new Set(texts.filter((text) => text !== undefined))]
}

/** Throws an `invalid_request` unless the value is text of at most so many characters. */
export function assertText(
  value: unknown,
  name: string,
  longest = longestParameter,
): asserts value is string {
  if (typeof value !== 'string')
    throw new InvalidRequestError(`The parameter "${name}" must be sent once`)
  if (value.length > longest) throw new InvalidRequestError(`The parameter "${name}" is too long`)
  if (!isStorableText(value)) throw new InvalidRequestError(`The parameter "${name}" is malformed`)
}
