import { InvalidClientError, InvalidRequestError } from '../errors/errors'
import { type OAuthRequest, assertText } from '../http/request'
import { longestId } from '../contract/ids'
import type { AuthMethod, Client } from '../contract/store'
import { RefusedJwtError } from '../crypto/jose'
import { claimedIssuer } from './assertion'

/** The credentials that a client presents (RFC 6749 2.3). */
export interface ClientCredentials {
  id: string
  /**
   * The secrets to try: two if it is unclear whether the client encoded its secret, none for a
   * public client.
   */
  secrets: readonly string[]
  /** The signed assertion that the client presents instead (RFC 7523 2.2). */
  assertion?: string
  /** The authentication method that the client used. Undefined means that any is accepted. */
  method?: AuthMethod
}

/** The methods that authenticate confidential clients by a secret (RFC 6749 2.3.1). */
export const secretMethods = ['client_secret_basic', 'client_secret_post'] as const

/** The methods that authenticate confidential clients. */
export const confidentialMethods = [...secretMethods, 'private_key_jwt'] as const

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** Returns the methods by which a client may authenticate (RFC 6749 2.3, RFC 7591 2). */
export function authMethodsOf({
  type,
  authMethod,
}: Pick<Client, 'type' | 'authMethod'>): readonly AuthMethod[] {
  if (authMethod !== undefined) return [authMethod]
  return type === 'public' ? ['none'] : secretMethods
}

/** The client credentials in the body. */
export interface ClientParameters {
  readonly client_id: string | undefined
  readonly client_secret: string | undefined
}

/** A client's assertion in the body (RFC 7521 4.2). */
export interface AssertionParameters {
  readonly client_assertion: string | undefined
  readonly client_assertion_type: string | undefined
}

/**
 * Returns the client credentials by the rules of the 2.4 line: from the Basic header if present,
 * otherwise from the body. A secret is required.
 */
export function clientCredentialsV2(
  request: OAuthRequest,
  form: ClientParameters,
  clientIdRegex: RegExp,
): ClientCredentials {
  const basic = basicCredentials(request.authorization)
  const id = basic?.id ?? form.client_id
  const secret = basic?.secret ?? form.client_secret
  if (!id || !clientIdRegex.test(id))
    throw new InvalidClientError('Invalid or missing client_id parameter')
  if (!secret) throw new InvalidClientError('Missing client_secret parameter')
  assertText(id, 'client_id', longestId)
  assertText(secret, 'client_secret')
  return { id, secrets: [secret] }
}

/**
 * Returns the client credentials by RFC 6749 2.3: one method per request, and none for a public
 * client.
 */
export function clientCredentials(
  request: OAuthRequest,
  form: ClientParameters,
  clientIdRegex: RegExp,
): ClientCredentials {
  const basic = basicCredentials(request.authorization)
  const { client_id: bodyId, client_secret: bodySecret } = form
  if (basic === undefined) {
    if (bodyId === undefined) throw new InvalidClientError('Invalid or missing client_id parameter')
    assertClientId(bodyId, clientIdRegex)
    if (bodySecret === undefined) return { id: bodyId, secrets: [], method: 'none' }
    return { id: bodyId, secrets: [bodySecret], method: 'client_secret_post' }
  }
  if (basic === null) throw new InvalidRequestError('The Authorization header is malformed')
  const id = formDecoded(basic.id)
  assertText(id, 'client_id', longestId)
  assertClientId(id, clientIdRegex)
  assertText(basic.secret, 'client_secret')
  // RFC 6749 2.3: the client must not use more than one authentication method in a request.
  if (bodySecret !== undefined)
    throw new InvalidRequestError('Only one client authentication method may be used')
  if (bodyId !== undefined && bodyId !== id && bodyId !== basic.id) {
    throw new InvalidRequestError('The client ids in the header and the body differ')
  }
  if (basic.secret === '') return { id, secrets: [], method: 'none' }
  return { id, secrets: secretForms(basic.secret), method: 'client_secret_basic' }
}

/**
 * Resolves with the client credentials of a request that has an assertion (RFC 7521 4.2). The
 * assertion is not verified yet.
 */
export async function assertionCredentials(
  request: OAuthRequest,
  form: ClientParameters,
  { client_assertion: assertion, client_assertion_type: type }: AssertionParameters,
  clientIdRegex: RegExp,
): Promise<ClientCredentials> {
  // RFC 6749 2.3: the client must not use more than one authentication method in a request.
  if (form.client_secret !== undefined || basicCredentials(request.authorization) !== undefined)
    throw new InvalidRequestError('Only one client authentication method may be used')
  if (!assertion || !type) {
    const missing = assertion ? 'client_assertion_type' : 'client_assertion'
    throw new InvalidRequestError(`The parameter "${missing}" is missing or empty: send both`)
  }
  if (type !== assertionType)
    throw new InvalidClientError(`The client_assertion_type must be ${assertionType}`)
  // RFC 7521 4.2: client_id may be left out.
  const id = form.client_id ?? (await issuerOf(assertion))
  assertText(id, 'client_id', longestId)
  assertClientId(id, clientIdRegex)
  return { id, secrets: [], assertion, method: 'private_key_jwt' }
}

async function issuerOf(assertion: string): Promise<string> {
  try {
    return await claimedIssuer(assertion)
  } catch (error) {
    throw refusedAssertion(error)
  }
}

/** Returns an `invalid_client` for a RefusedJwtError, and any other error unchanged. */
export function refusedAssertion(error: unknown): unknown {
  if (!(error instanceof RefusedJwtError)) return error
  return new InvalidClientError(`The client assertion was refused: ${error.message}`, error)
}

/**
 * Returns the secrets that a Basic header may mean: clients must encode theirs (RFC 6749 2.3.1), but
 * some do not.
 */
export function secretForms(secret: string): string[] {
  const decoded = formDecoded(secret)
  return decoded === secret ? [decoded] : [decoded, secret]
}

/** Returns `undefined` if no Basic header is present, and `null` if it is malformed. */
function basicCredentials(
  authorization: string | undefined,
): { id: string; secret: string } | null | undefined {
  const encoded = /^ *basic(?: +|$)(.*)$/i.exec(authorization ?? '')
  if (!encoded) return undefined
  if (!/^[A-Za-z0-9+/_-]+={0,2} *$/.test(encoded[1] ?? '')) return null
  const text = Buffer.from(encoded[1] ?? '', 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon === -1 ? null : { id: text.slice(0, colon), secret: text.slice(colon + 1) }
}

function formDecoded(text: string): string {
  if (!/[%+]/.test(text)) return text
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}

function assertClientId(id: string, clientIdRegex: RegExp): void {
  if (!clientIdRegex.test(id)) throw new InvalidClientError('Client credentials are invalid')
}
