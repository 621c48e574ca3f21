import { InvalidRequestError } from '../errors/errors'
import type { GrantRef } from '../contract/store'
import { isStorableText } from '../contract/ids'

/** Unchecked parameters: a value may be missing, repeated, nested or not a string. */
export type Values = Readonly<Record<string, unknown>>

/** The part of a request that endpoints need, independent of the framework. */
export interface OAuthRequest {
  readonly method: string
  /** The `Authorization` header. */
  readonly authorization: string | undefined
  /** The `Content-Type` header. */
  readonly contentType: string | undefined
  /** The address of the client, if the framework knows it. */
  readonly address: string | undefined
  /** Returns the value of any other header. The name is in lower case. */
  header(name: string): string | undefined
  /** The whole path, regardless of where a middleware is mounted. */
  readonly path: string
  /** The query string, without the question mark. */
  readonly search: string
  /** The parameters in the query. */
  readonly query: Values
  /** The body, if a body parser has read it. */
  readonly body: Values | undefined
  /** Resolves with the parameters of the form in the body. Reads the body if necessary. */
  form(): Promise<Values>
  /** Resolves with the JSON document in the body. Reads the body if necessary. */
  json(): Promise<unknown>
  /** The request and response of the framework, for the functions of the application. */
  readonly native: { request: unknown; response: unknown }
  /** Sets `req.user` or `req.oauth` for the application. */
  expose(name: 'user', value: unknown): void
  expose(name: 'oauth', value: OAuthDetails): void
}

/** A grant with the data of the application. */
export interface ExposedGrant extends GrantRef {
  metadata?: Readonly<Record<string, unknown>>
}

/** The claims of a signed access token (RFC 9068 2.2), with the members of the hook `claims`. */
export interface AccessTokenClaims {
  readonly iss: string
  /** The id of the user, or that of the client if it acts for itself. */
  readonly sub: string
  readonly aud: string | readonly string[]
  readonly client_id: string
  readonly scope?: string
  /** Seconds since the epoch, as `exp` and `auth_time` are. */
  readonly iat: number
  readonly exp: number
  readonly jti: string
  /** When the user signed in. */
  readonly auth_time?: number
  /** The thumbprint of the key that the token is bound to (RFC 9449 6.1). */
  readonly cnf?: { readonly jkt: string }
  readonly [name: string]: unknown
}

/** The type of `req.oauth`. */
export interface OAuthDetails {
  /**
   * Set by `authorise()`: the data of the access token, without the token itself. On a 2.4 model,
   * the result of `getAccessToken`.
   */
  // oxlint-disable-next-line no-explicit-any -- a 2.4 model can return any value
  bearerToken?: any
  /**
   * Set by `authorise()`: the grant that the token belongs to, with the `metadata` that the hook
   * `consent` returned. `null` on a 2.4 model.
   */
  grant?: ExposedGrant | null
  /** Set by `authorise()`: the scopes of the token, separated by spaces. */
  scope?: string
  /** Set by `authorise()`: the resources that the token is for (RFC 8707). Undefined means any. */
  resource?: readonly string[]
  /** Set by `authorise({ verify: 'signature' })`: all claims of the access token. */
  claims?: AccessTokenClaims
  /**
   * Set by `authorise()` if the token is bound to a key and the request has proved that its sender
   * holds it (RFC 9449): the thumbprint of that key.
   */
  dpop?: { jkt: string }
  /** Set by the token endpoint: the client. On a 2.4 model, the result of `getClient`. */
  // oxlint-disable-next-line no-explicit-any -- a 2.4 model can return any value
  client?: any
}

/**
 * The maximum length of a parameter in characters: long enough for a signed token or a long state,
 * and short enough to prevent abuse.
 */
export const longestParameter = 8192

/** The maximum number of values of a parameter that may be repeated. */
const mostRepeated = 20

/** Returns whether the Content-Type of the body is a form (RFC 6749 B). */
export function isForm(request: OAuthRequest): boolean {
  return /^application\/x-www-form-urlencoded *(?:;|$)/i.test(request.contentType ?? '')
}

/** Returns whether the Content-Type of the body is JSON (RFC 8259 11). */
export function isJson(request: OAuthRequest): boolean {
  return /^application\/json *(?:;|$)/i.test(request.contentType ?? '')
}

/**
 * Resolves with the parameters of a posted form, for the endpoints that programs call. Throws an
 * `invalid_request` if the request is not a POST request with a form.
 */
export async function postedForm(request: OAuthRequest): Promise<Values> {
  if (request.method !== 'POST' || !isForm(request)) {
    throw new InvalidRequestError(
      'Method must be POST with application/x-www-form-urlencoded encoding',
    )
  }
  return request.form()
}

/**
 * Returns the value of a parameter, or `undefined` if it is missing or empty (RFC 6749 3.1, 3.2).
 * Throws an `invalid_request` if it is repeated, nested, malformed or too long.
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

/**
 * Returns the distinct values of a parameter that may be repeated. Throws as `parameter()` does.
 */
export function repeatable(values: Values | undefined, name: string): string[] {
  const value = values?.[name]
  if (!Array.isArray(value)) {
    const single = parameter(values, name)
    return single === undefined ? [] : [single]
  }
  if (value.length > mostRepeated)
    throw new InvalidRequestError(`The parameter "${name}" is repeated too many times`)
  const texts = value.map((one) => parameter({ [name]: one as unknown }, name))
  return [...new Set(texts.filter((text) => text !== undefined))]
}

/** Throws an `invalid_request` unless the value is text of at most `longest` characters. */
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
