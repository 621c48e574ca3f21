import type { JWTHeaderParameters } from 'jose'
import type { KeyRing } from './key-ring'
import type { KeySet, SigningKey } from './key-set'
import { RefusedJwtError, jose, verifiedJwt } from './jose'

/** What a JWT of the server must contain. */
export interface ExpectedJwt {
  /** The type in the header, such as `at+jwt` (RFC 7515 4.1.9). */
  typ: string
  issuer: string
  /** One of these must be in `aud`. */
  audience: string[]
}

/** The keys have no key for the JWT. Another process may already have it. */
class UnknownKeyError extends RefusedJwtError {}

/** Resolves with a JWT of these claims, signed with the key (RFC 7519 7.1). */
export async function signedJwt(
  { alg, kid, privateKey }: SigningKey,
  typ: string,
  claims: Readonly<Record<string, unknown>>,
): Promise<string> {
  const { SignJWT } = await jose()
  return new SignJWT(claims).setProtectedHeader({ typ, alg, kid }).sign(privateKey)
}

/**
 * Resolves with the claims of a JWT that the server signed (RFC 7519 7.2). No leeway applies to its
 * times: its clock is the one that set them. `at` is in milliseconds since the epoch. Rejects with a
 * RefusedJwtError if the JWT is not valid.
 */
export async function verifiedOwnJwt(
  ring: KeyRing,
  token: string,
  expected: ExpectedJwt,
  at: number,
): Promise<Record<string, unknown>> {
  if (!isCanonical(token)) throw new RefusedJwtError('the signature is not encoded as it must be')
  const keys = await ring.current()
  try {
    return await verifiedWith(keys, token, expected, at)
  } catch (error) {
    if (!(error instanceof UnknownKeyError)) throw error
    const recent = await ring.awaited()
    if (recent === keys) throw error
    return verifiedWith(recent, token, expected, at)
  }
}

/**
 * Returns whether the signature has its only form in base64url (RFC 7515 2), so that nothing can be
 * added to a token. The other parts are covered by the signature.
 */
function isCanonical(token: string): boolean {
  const signature = token.slice(token.lastIndexOf('.') + 1)
  return Buffer.from(signature, 'base64url').toString('base64url') === signature
}

function verifiedWith(
  keys: KeySet,
  token: string,
  expected: ExpectedJwt,
  at: number,
): Promise<Record<string, unknown>> {
  const { typ, issuer, audience } = expected
  const { algorithms } = keys
  const options = { typ, issuer, audience, algorithms, currentDate: new Date(at) }
  return verifiedJwt(async ({ jwtVerify }) => {
    const { payload } = await jwtVerify(
      token,
      ({ kid, alg, crit }: JWTHeaderParameters) => {
        // RFC 7515 4.1.11: no extension is understood.
        if (crit !== undefined) throw new RefusedJwtError('the header has "crit"')
        // Only the server's own keys count: never a key in the header or behind a URL there.
        const key = keys.find(kid, at)
        if (!key) throw new UnknownKeyError('the key is not known')
        if (key.alg !== alg) throw new RefusedJwtError('"alg" is not the algorithm of the key')
        return key.verifier
      },
      options,
    )
    return payload
  })
}
