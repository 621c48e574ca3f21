import { type JsonWebKey, type KeyObject, generateKeyPairSync } from 'node:crypto'
import { SignJWT } from 'jose'

type Json = Record<string, unknown>

/** The header and the claims of a JWT, without any check. */
export function decodedJwt(token: string): { header: Json; claims: Json } {
  const [header, claims] = token
    .split('.')
    .slice(0, 2)
    .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Json)
  return { header: header!, claims: claims! }
}

/** A new private key on the curve P-256, as a JWK. */
export function newKey(more: JsonWebKey = {}): JsonWebKey {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { ...privateKey.export({ format: 'jwk' }), ...more }
}

/** Signs a JWT with any header and claims. */
export function signedBy(
  key: JsonWebKey | KeyObject | Uint8Array,
  header: Json & { alg: string },
  claims: Json,
): Promise<string> {
  return new SignJWT(claims).setProtectedHeader(header).sign(key)
}

/** A part of a JWT. */
export function encoded(part: Json): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}
