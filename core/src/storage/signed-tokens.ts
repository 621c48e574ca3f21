import { withCode } from '../errors/error-code'
import { ServerError } from '../errors/errors'
import { hookError } from '../contract/hook-answer'
import type { AccessTokenFormat, Client, GrantRef } from '../contract/store'
import { userIdOf } from '../contract/user-id'
import type { KeyRing } from '../crypto/key-ring'
import { signedJwt } from '../crypto/own-jwt'
import { randomHex } from '../crypto/random'
import { longestParameter } from '../http/request'
import type { Settings } from '../options/settings'
import type { TokenOrder } from './storage'

/** The type of a JWT access token (RFC 9068 2.1). */
export const accessTokenType = 'at+jwt'

const jtiBytes = 16

/** Returns the id of a new signed access token. */
export function newJti(): string {
  return randomHex(jtiBytes)
}

/**
 * Returns the subject and the audience of a signed access token (RFC 9068 2.2), for the token itself
 * and for its introspection.
 */
export function subjectAndAudience(
  { clientId, userId }: Pick<GrantRef, 'clientId' | 'userId'>,
  resource: readonly string[] | undefined,
  issuer: string | undefined,
) {
  // RFC 9068 3: without a resource, the audience is a default one.
  const audience = resource?.length ? resource : [issuer]
  return { sub: userId ?? clientId, aud: audience.length === 1 ? audience[0] : audience }
}

/** The facts about an access token that its order does not have. Milliseconds since the epoch. */
export interface SignedTokenFacts {
  createdAt: number
  expiresAt: number | null
  jti: string
  /** When the user signed in, if the application said so. */
  authTime: number | undefined
  /** The members of the hook `claims`. */
  claims: Readonly<Record<string, unknown>> | undefined
}

/**
 * Returns the format of an access token: that of the client, or else `'jwt'` if one of the token's
 * resources has it, or else `'opaque'` if one has that, or else that of the server.
 */
export function accessTokenFormat(
  { accessTokenFormat: own }: Pick<Client, 'accessTokenFormat'>,
  resource: readonly string[] | undefined,
  { accessTokenFormat: standard, resourceFormats }: Settings,
): AccessTokenFormat {
  if (own !== undefined) return own
  if (resourceFormats.size === 0) return standard
  const formats = new Set(resource?.map((uri) => resourceFormats.get(uri)))
  if (formats.has('jwt')) return 'jwt'
  return formats.has('opaque') ? 'opaque' : standard
}

/** Returns the function that resolves with a signed access token (RFC 9068). */
export function signing(settings: Settings, keys: KeyRing | undefined) {
  return async (order: TokenOrder, facts: SignedTokenFacts): Promise<string> => {
    if (!keys) {
      throw optionFault(
        `The client ${order.client.id} has the accessTokenFormat 'jwt', but the server has no ` +
          'option "keys": set it, or remove the property',
      )
    }
    const claims = claimsOf(order, facts, settings)
    const { signer } = await keys.current()
    const token = await signedJwt(signer, accessTokenType, claims)
    if (token.length <= longestParameter) return token
    throw hookError(
      `A signed access token has ${token.length} characters, but a request can present at most ` +
        `${longestParameter}: return less from "claims", or grant fewer scopes`,
    )
  }
}

/** Returns the claims of an access token (RFC 9068 2.2). */
function claimsOf(
  { client, user, scope, resource, jkt }: TokenOrder,
  { createdAt, expiresAt, jti, authTime, claims }: SignedTokenFacts,
  { issuer }: Settings,
): Record<string, unknown> {
  // RFC 9068 2.2: "exp" is required.
  if (expiresAt === null) {
    throw optionFault(
      `A signed access token of the client ${client.id} would never expire (RFC 9068 2.2): set its ` +
        'accessTokenLifetime',
    )
  }
  const userId = userIdOf(user)
  // RFC 9068 5: a client must not be able to pass for a user. A client's own token has its id as "sub".
  if (userId === client.id) {
    throw hookError(
      `A user and a client have the same id, ${client.id}, so "sub" of a signed access token would ` +
        'be ambiguous (RFC 9068 5): change one of them',
    )
  }
  return {
    ...claims,
    iss: issuer,
    ...subjectAndAudience({ clientId: client.id, userId }, resource, issuer),
    client_id: client.id,
    scope: scope === '' ? undefined : scope,
    iat: inSeconds(createdAt),
    exp: inSeconds(expiresAt),
    jti,
    // RFC 9449 6.1
    cnf: jkt === undefined ? undefined : { jkt },
    auth_time: authTime === undefined ? undefined : inSeconds(authTime),
  }
}

function inSeconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000)
}

/** Returns the `server_error` for options that contradict a client. */
function optionFault(message: string): ServerError {
  return new ServerError(null, withCode('OAUTH2_KIT_OPTION', new TypeError(message)))
}
