import type { Context } from '../context'
import type { Settings } from '../options/settings'
import { optionError } from '../errors/option-error'
import { InvalidTokenError } from '../errors/errors'
import { RefusedJwtError } from '../crypto/jose'
import { type ExpectedJwt, verifiedOwnJwt } from '../crypto/own-jwt'
import { accessTokenType } from '../storage/signed-tokens'
import type { AccessTokenClaims } from '../http/request'
import type { StorageAccessToken } from '../storage/storage'
import { isPlainObject } from '../values/is-object'

/** Resolves with a signed access token. Throws an `invalid_token` if it is not valid. */
export type VerifySigned = (token: string) => Promise<StorageAccessToken>

/**
 * Returns the check of signed access tokens that calls no store: only the signature and the claims
 * count (RFC 9068 4). A revocation, a replay and the deletion of a user or client are not noticed
 * until the token expires. Throws an OptionError if the server has no keys. Warns if no option makes
 * the tokens for `resource` signed ones. Undefined means a token for any resource.
 */
export function verifySigned({ keys, settings }: Context, resource?: string): VerifySigned {
  const { issuer, resources } = settings
  if (!keys || issuer === undefined)
    throw optionError('verify', '\'signature\' needs the option "keys" of the server')
  if (!maySign(settings, resource)) warnOnce(settings, resource)
  const expected: ExpectedJwt = {
    typ: accessTokenType,
    issuer,
    // RFC 9068 3: a token without a resource is for the issuer.
    audience: [...(resources ?? []), issuer],
  }
  return async (token) => {
    try {
      if (!/^[^.]+\.[^.]+\.[^.]*$/.test(token))
        throw new RefusedJwtError("is not a JWT: verify: 'signature' accepts signed tokens only")
      const claims = await verifiedOwnJwt(keys, token, expected, settings.now())
      return tokenOf(claims, resources ?? [])
    } catch (error) {
      throw error instanceof RefusedJwtError ? refusalOf(error) : error
    }
  }
}

/** Returns whether a token for this resource can be signed, unless a client has its own format. */
function maySign(settings: Settings, resource: string | undefined): boolean {
  const { accessTokenFormat: standard, resourceFormats: formats, resources } = settings
  // A token that is also for such a resource is signed.
  if ([...formats.values()].includes('jwt')) return true
  if (standard !== 'jwt') return false
  return resource === undefined
    ? !resources || formats.size < resources.length
    : formats.get(resource) !== 'opaque'
}

/** The resources that were warned about: `authenticate()` may be called for each request. */
const warned = new WeakMap<Settings, Set<string | undefined>>()

function warnOnce(settings: Settings, resource: string | undefined): void {
  const known = warned.get(settings) ?? new Set()
  if (!settings.warns || known.has(resource)) return
  warned.set(settings, known.add(resource))
  process.emitWarning(
    `verify: 'signature' accepts signed tokens only, but those${resource === undefined ? '' : ` for ${resource}`} ` +
      'are opaque: set "accessTokenFormat" to \'jwt\', for the server or in the entry of the resource. If ' +
      'each client has its own accessTokenFormat, ignore this',
    { code: 'OAUTH2_KIT_VERIFY' },
  )
}

function refusalOf(error: RefusedJwtError): InvalidTokenError {
  const hasExpired = (error.cause as { code?: unknown } | undefined)?.code === 'ERR_JWT_EXPIRED'
  const problem = hasExpired ? 'has expired' : 'is invalid'
  return new InvalidTokenError(`The access token provided ${problem}.`, error)
}

function tokenOf(claims: Record<string, unknown>, known: readonly string[]): StorageAccessToken {
  if (!areAccessClaims(claims))
    throw new RefusedJwtError('a claim is missing or has the wrong type')
  const { sub, client_id: clientId, scope = '', exp, aud } = claims
  // RFC 9068 2.2: the "sub" of a client's own token is the client.
  const userId = sub === clientId ? null : sub
  const resource = [aud].flat().filter((uri) => known.includes(uri))
  return {
    expiresAt: exp * 1000,
    scope,
    ...(resource.length > 0 && { resource }),
    grant: null,
    jkt: jktOf(claims),
    exposed: { clientId, userId, expires: new Date(exp * 1000), scope },
    user: userId === null ? undefined : { id: userId },
    claims,
  }
}

/**
 * Returns the thumbprint of the key that the token is bound to (RFC 9449 6.1), if any. Throws a
 * RefusedJwtError if it is bound in another way, which cannot be checked.
 */
function jktOf({ cnf }: Record<string, unknown>): string | undefined {
  if (cnf === undefined) return undefined
  if (isPlainObject(cnf) && Object.keys(cnf).join() === 'jkt' && typeof cnf['jkt'] === 'string')
    return cnf['jkt']
  throw new RefusedJwtError('the token is bound in an unknown way')
}

/**
 * Returns whether all required claims are there (RFC 9068 2.2). "iss" and "aud" were compared
 * before.
 */
function areAccessClaims(claims: object): claims is AccessTokenClaims {
  const { sub, client_id: clientId, jti, iat, exp, scope = '' } = claims as Record<string, unknown>
  return (
    [sub, clientId, jti].every((text) => typeof text === 'string' && text !== '') &&
    [iat, exp].every(Number.isFinite) &&
    typeof scope === 'string'
  )
}
