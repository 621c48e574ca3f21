import type { JWTPayload, JWTVerifyOptions, ProtectedHeaderParameters } from 'jose'
import { type Jose, RefusedJwtError, verifiedJwt } from '../crypto/jose'
import type { JsonWebKeySet } from '../contract/store'

/** The maximum difference between the clocks of issuer and server, in seconds. */
export const leewaySeconds = 30
/** The most keys that are tried for an assertion without `kid`. */
const mostTried = 3
// A user id with a short prefix must still be an id that a store can keep.
const longestClaim = 200
const longestJti = 255

/** The claims of an assertion that was verified (RFC 7523 3). */
export interface AssertionClaims extends Record<string, unknown> {
  iss: string
  sub: string
  /** Seconds since the epoch. */
  exp: number
  jti?: string
}

/** What an assertion must be (RFC 7523 3). */
export interface AssertionRules {
  issuer: string
  /** The subject. Undefined means any. */
  subject?: string
  /** The allowed values of `aud`. */
  audiences: readonly string[]
  algorithms: readonly string[]
  /** The allowed values of the header `typ`, in lower case. It may also be missing. */
  types: readonly string[]
  /** How far ahead `exp` may be, in seconds. */
  mostSecondsAhead: number
  needsJti: boolean
}

/** Resolves with the keys of the issuer. `kid` is the key that is needed, if the assertion names it. */
export type KeysFor = (kid: string | undefined) => Promise<JsonWebKeySet>

/**
 * Resolves with the issuer that an assertion names, before anything of it is verified. Throws a
 * RefusedJwtError if it names none.
 */
export async function claimedIssuer(assertion: string): Promise<string> {
  return verifiedJwt(async ({ decodeJwt }) => textClaim(decodeJwt(assertion), 'iss'))
}

/**
 * Resolves with the claims of an assertion whose signature, time and claims are right. Throws a
 * RefusedJwtError otherwise. `keysFor` is called only if everything but the signature is right.
 * `now` is in milliseconds since the epoch.
 */
export async function verifiedAssertion(
  assertion: string,
  rules: AssertionRules,
  keysFor: KeysFor,
  now: number,
): Promise<AssertionClaims> {
  const kid = await verifiedJwt(async ({ decodeJwt, decodeProtectedHeader }) => {
    const header = decodeProtectedHeader(assertion)
    assertHeader(header, rules)
    assertClaims(decodeJwt(assertion), rules, now / 1000)
    return header.kid
  })
  const keys = await keysFor(kid)
  return verifiedJwt(async (library) => {
    const { algorithms, issuer, audiences } = rules
    const claims = await verifiedClaims(library, assertion, keys, {
      algorithms: [...algorithms],
      issuer,
      audience: [...audiences],
      currentDate: new Date(now),
      clockTolerance: leewaySeconds,
    })
    assertClaims(claims, rules, now / 1000)
    return claims as AssertionClaims
  })
}

/** Verifies with the key that the assertion names, or with each key that is for its algorithm. */
async function verifiedClaims(
  { createLocalJWKSet, jwtVerify, errors }: Jose,
  assertion: string,
  keys: JsonWebKeySet,
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  try {
    return (await jwtVerify(assertion, createLocalJWKSet(keys as never), options)).payload
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey)
      throw new RefusedJwtError('no key of the issuer matches its kid and alg', { cause: error })
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error
    let tried = 0
    for await (const key of error) {
      // Verifying takes time, and a stranger can send an assertion.
      if (++tried > mostTried)
        throw new RefusedJwtError('it needs a kid, because many keys fit its alg')
      try {
        return (await jwtVerify(assertion, key, options)).payload
      } catch (wrong) {
        if (!(wrong instanceof errors.JWSSignatureVerificationFailed)) throw wrong
      }
    }
    throw new RefusedJwtError('no key of the issuer verifies the signature', { cause: error })
  }
}

function assertHeader(
  header: ProtectedHeaderParameters,
  { algorithms, types }: AssertionRules,
): void {
  const { alg, typ, crit } = header
  // RFC 8725 3.1 and 3.2: only algorithms with a public key, so neither `none` nor HMAC.
  if (!algorithms.includes(alg as string)) {
    const reason =
      typeof alg === 'string' && /^HS\d+$/.test(alg)
        ? 'which needs the secret itself, but the server has only its hash: use private_key_jwt'
        : `not ${algorithms.join(', ')}`
    throw new RefusedJwtError(`alg is ${shown(alg)}, ${reason}`)
  }
  // RFC 8725 3.11: a token of another kind, such as an access token, is not an assertion.
  if (typ !== undefined && !types.includes(mediaType(typ)))
    throw new RefusedJwtError(`typ is ${shown(typ)}, not ${types.join(' or ')}`)
  // RFC 7515 4.1.11: the server understands no extension.
  if (crit !== undefined) throw new RefusedJwtError('crit is not supported')
}

/** RFC 7515 4.1.9: the prefix `application/` may be left out. */
function mediaType(typ: unknown): string {
  return typeof typ === 'string' ? typ.toLowerCase().replace(/^application\/(?=[^/]+$)/, '') : ''
}

/** The numbers of the comments are those of the list in RFC 7523 3. */
function assertClaims(claims: JWTPayload, rules: AssertionRules, now: number): void {
  const { issuer, subject, audiences, mostSecondsAhead, needsJti } = rules
  // 1 and 2
  if (textClaim(claims, 'iss') !== issuer) throw wrong('iss', `is not ${shown(issuer)}`)
  const sub = textClaim(claims, 'sub')
  if (subject !== undefined && sub !== subject) throw wrong('sub', `is not ${shown(subject)}`)
  // 3, and draft-ietf-oauth-rfc7523bis: one audience only, or another audience could use the
  // assertion here.
  const { aud } = claims
  const audience: unknown = Array.isArray(aud) && aud.length === 1 ? aud[0] : aud
  if (!audiences.includes(audience as string))
    throw wrong('aud', `must be ${audiences.map(shown).join(' or ')}, and no other value`)
  // 4 to 6
  const [exp, nbf, iat] = [
    timeClaim(claims, 'exp'),
    timeClaim(claims, 'nbf'),
    timeClaim(claims, 'iat'),
  ]
  if (exp === undefined) throw wrong('exp', 'is missing')
  if (exp <= now - leewaySeconds) throw wrong('exp', 'is in the past')
  if (exp > now + mostSecondsAhead + leewaySeconds)
    throw wrong('exp', `is more than ${mostSecondsAhead} seconds ahead: use a shorter lifetime`)
  if ((nbf ?? now) > now + leewaySeconds) throw wrong('nbf', 'is in the future')
  if ((iat ?? now) > now + leewaySeconds) throw wrong('iat', 'is in the future')
  // 7
  const jti: unknown = claims.jti
  if (jti === undefined && !needsJti) return
  if (typeof jti !== 'string' || jti === '' || jti.length > longestJti)
    throw wrong('jti', `must be text of 1 to ${longestJti} characters`)
}

function textClaim(claims: JWTPayload, name: 'iss' | 'sub'): string {
  const value: unknown = claims[name]
  if (typeof value === 'string' && value !== '' && value.length <= longestClaim) return value
  throw wrong(name, `must be text of at most ${longestClaim} characters`)
}

function timeClaim(claims: JWTPayload, name: 'exp' | 'nbf' | 'iat'): number | undefined {
  const value: unknown = claims[name]
  if (value === undefined || Number.isFinite(value)) return value as number | undefined
  throw wrong(name, 'must be a number of seconds')
}

function wrong(claim: string, rule: string): RefusedJwtError {
  return new RefusedJwtError(`${claim} ${rule}`)
}

function shown(value: unknown): string {
  return typeof value === 'string' ? `'${value.slice(0, 100)}'` : 'that is not text'
}
