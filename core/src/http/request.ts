import { InvalidRequestError } from '../errors'
import type { GrantRef } from '../store/contract'
import { isStorableText } from '../store/guard'

/** Parameters as they came: a value may be missing, repeated, nested or not even text. */
export type Values = Readonly<Record<string, unknown>>

/** What an endpoint needs of a request, whatever framework it came through. */
export interface OAuthRequest {
  readonly method: string
  /** The `Authorization` header. */
  readonly authorization: string | undefined
  /** The `Content-Type` header. */
  readonly contentType: string | undefined
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
  /** At the token endpoint: the client; on a 2.4 model, what `getClient` gave. */
  // oxlint-disable-next-line no-explicit-any -- a 2.4 model puts here what it likes
  client?: any
}

/**
 * The longest parameter, in characters: room for a signed token or a long state, none for an
 * attack.
 */
export const longestParameter = 8192

/** Whether the body is said to be a form (RFC 6749 B). */
export function isForm(request: OAuthRequest): boolean {
  return /^application\/x-www-form-urlencoded *(?:;|$)/i.test(request.contentType ?? '')
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
