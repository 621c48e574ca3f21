import { hash } from 'node:crypto'
import { RefusedJwtError, signatureAlgorithms, verifiedJwt } from '../crypto/jose'
import { isSecret } from '../crypto/key-rules'
import { keyProblem } from '../crypto/public-keys'
import type { TimedNonces } from '../crypto/timed-nonces'
import { longestId } from '../contract/ids'
import { InvalidDpopProofError, UseDpopNonceError } from '../errors/errors'
import { isObject } from '../values/is-object'
import { leewaySeconds } from './assertion'
import { comparableUrl, isAmbiguous } from './comparable-url'

/** What a DPoP proof must be for (RFC 9449 4.3). */
export interface ExpectedProof {
  /** The HTTP method of the request. */
  method: string
  /** The public URL of the request. Its query is ignored. */
  url: string
  /** Now, in milliseconds since the epoch. */
  at: number
  /** The maximum age of a proof in seconds, if the server uses no nonces. */
  lifetime: number
  /** If set, the proof needs one of these nonces, which also show its age. */
  nonces: TimedNonces | undefined
  /** The access token that is sent with the proof, at a protected resource. */
  accessToken?: string
}

/** A valid DPoP proof. */
export interface DpopProof {
  /** The SHA-256 thumbprint of the public key (RFC 7638), in base64url. */
  jkt: string
  /** The URL that it is for, and its claim `jti`. A proof of a key must be accepted once only. */
  url: string
  jti: string
  /** When it is no longer valid, in milliseconds since the epoch. */
  expiresAt: number
}

// Long enough for RSA keys of 8,192 bits.
const longestProof = 4096

/** Returns whether the text has the form of a key's SHA-256 thumbprint: 32 bytes in base64url. */
export function isThumbprint(text: string): boolean {
  return /^[A-Za-z0-9_-]{43}$/.test(text)
}

/**
 * Resolves with the proof in a header `DPoP`. Throws an `invalid_dpop_proof` unless it is valid for
 * the request (RFC 9449 4.3), and a `use_dpop_nonce` if only its nonce is missing or too old. The
 * caller must make sure that each proof is accepted once.
 */
export async function checkDpopProof(header: string, expected: ExpectedProof): Promise<DpopProof> {
  assertOneProof(header)
  const { jkt, claims } = await signed(header, expected.at)
  const url = assertRequest(claims, expected)
  const { jti } = claims
  if (typeof jti !== 'string' || jti === '' || jti.length > longestId)
    throw wrong('jti', `must be text of 1 to ${longestId} characters`)
  return { jkt, url, jti, expiresAt: endOf(claims, expected) }
}

function assertOneProof(header: string): void {
  // RFC 9449 4.3, 1: exactly one header. The values of a repeated one are joined with a comma, which
  // no proof contains.
  if (header.includes(',')) throw new InvalidDpopProofError('The DPoP header must be sent once')
  if (header.length > longestProof)
    throw new InvalidDpopProofError(
      `The DPoP proof is too long: it may have at most ${longestProof} characters`,
    )
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(header))
    throw new InvalidDpopProofError('The DPoP header has no JWT: send a proof (RFC 9449 4.2)')
}

type ProofClaims = Readonly<Record<string, unknown>>

/** Resolves with the claims and the key of a proof that its own key has signed (RFC 9449 4.2). */
async function signed(proof: string, at: number): Promise<{ jkt: string; claims: ProofClaims }> {
  try {
    return await verifiedJwt(async ({ EmbeddedJWK, calculateJwkThumbprint, jwtVerify }) => {
      const { payload, protectedHeader } = await jwtVerify(
        proof,
        async (header, token) => {
          assertHeader(header)
          return EmbeddedJWK(header, token)
        },
        {
          typ: 'dpop+jwt',
          algorithms: [...signatureAlgorithms],
          currentDate: new Date(at),
          requiredClaims: ['jti', 'htm', 'htu', 'iat'],
        },
      )
      return { claims: payload, jkt: await calculateJwkThumbprint(protectedHeader.jwk!) }
    })
  } catch (error) {
    if (!(error instanceof RefusedJwtError)) throw error
    throw new InvalidDpopProofError(`The DPoP proof is not valid: ${error.message}`, error)
  }
}

function assertHeader({ crit, jwk }: { crit?: unknown; jwk?: unknown }): void {
  // RFC 7515 4.1.11: no extension is understood here.
  if (crit !== undefined) throw new RefusedJwtError('its header must not have "crit"')
  // EmbeddedJWK() refuses what is no object.
  if (!isObject(jwk)) return
  // RFC 9449 4.3, 7: the key is public.
  if (isSecret(jwk))
    throw new RefusedJwtError('its "jwk" must be a public key, without private members')
  const problem = keyProblem(jwk)
  if (problem !== undefined) throw new RefusedJwtError(`its "jwk" has a key that ${problem}`)
}

/**
 * Returns the URL of the request, without its query. Throws an `invalid_dpop_proof` unless the proof
 * is for this request and token.
 */
function assertRequest({ htm, htu, ath }: ProofClaims, expected: ExpectedProof): string {
  const { method, url, accessToken } = expected
  // RFC 9449 4.3, 8 and 9.
  if (htm !== method) throw wrong('htm', `must be the method of the request, ${method}`)
  if (isAmbiguous(url))
    throw wrong('htu', 'cannot be compared: the path of the request has dot segments')
  const comparable = typeof htu === 'string' ? comparableUrl(htu) : undefined
  if (comparable === undefined || comparable !== comparableUrl(url))
    throw wrong('htu', `must be the public URL of the request, ${url}`)
  // RFC 9449 4.3, 12: at a resource, the proof is bound to the token.
  if (accessToken !== undefined && ath !== hash('sha256', accessToken, 'base64url'))
    throw wrong('ath', 'must be the SHA-256 hash of the access token, in base64url')
  return comparable
}

/**
 * Returns when the proof ends, in milliseconds since the epoch. Throws an error unless it is recent
 * (RFC 9449 4.3, 10 and 11). If a nonce shows when the proof was made, the client's clock does not
 * matter.
 */
function endOf({ iat, nonce }: ProofClaims, { at, lifetime, nonces }: ExpectedProof): number {
  if (nonces) {
    const end = typeof nonce === 'string' ? nonces.endOf(nonce, at) : null
    if (end !== null) return end
    throw new UseDpopNonceError(
      'The DPoP proof needs the nonce of the header DPoP-Nonce: send the request again with it',
    )
  }
  const seconds = at / 1000
  if (typeof iat === 'number' && iat > seconds - lifetime && iat <= seconds + leewaySeconds)
    return Math.ceil(iat + lifetime) * 1000
  throw wrong(
    'iat',
    `must be at most ${lifetime} seconds old, and at most ${leewaySeconds} seconds in the future: ` +
      'check the clock',
  )
}

function wrong(claim: string, says: string): InvalidDpopProofError {
  return new InvalidDpopProofError(`The claim ${claim} of the DPoP proof ${says}`)
}
