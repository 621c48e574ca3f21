import { type JsonWebKey, generateKeyPairSync, randomUUID } from 'node:crypto'
import { type JWTHeaderParameters, SignJWT, importJWK } from 'jose'

/** A key pair of a client or an issuer. */
export interface TestKey {
  alg: string
  kid: string
  publicKey: JsonWebKey
  privateKey: JsonWebKey
}

/** Returns a new key pair for an algorithm. */
export function testKey(alg = 'ES256', bits = 2048): TestKey {
  const kid = `key-${randomUUID()}`
  const { publicKey, privateKey } = keyPair(alg, bits)
  const exported = (key: typeof publicKey) => ({ ...key.export({ format: 'jwk' }), kid })
  return { alg, kid, publicKey: exported(publicKey), privateKey: exported(privateKey) }
}

function keyPair(alg: string, modulusLength: number) {
  if (alg === 'EdDSA' || alg === 'Ed25519') return generateKeyPairSync('ed25519')
  if (/^[PR]S/.test(alg)) return generateKeyPairSync('rsa', { modulusLength })
  const namedCurve = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' }[alg]
  return generateKeyPairSync('ec', { namedCurve: namedCurve! })
}

/** What differs from a valid assertion. `undefined` removes a member. */
export interface Different {
  header?: Record<string, unknown>
  claims?: Record<string, unknown>
  /** The key to sign with. */
  key?: TestKey
}

/** The members that differ are replaced, or removed if they are undefined. */
function merged(
  members: Record<string, unknown>,
  different: Record<string, unknown> = {},
): Record<string, unknown> {
  const all = Object.entries({ ...members, ...different })
  return Object.fromEntries(all.filter(([, value]) => value !== undefined))
}

/** Signs an assertion that lives for a minute. `now` is in milliseconds. */
export async function signed(
  key: TestKey,
  claims: Record<string, unknown>,
  now: number,
  different: Different = {},
): Promise<string> {
  const { alg, kid, privateKey } = different.key ?? key
  const seconds = Math.floor(now / 1000)
  const times = { iat: seconds, exp: seconds + 60, jti: randomUUID() }
  const header = merged({ alg, kid }, different.header) as unknown as JWTHeaderParameters
  return new SignJWT(merged({ ...times, ...claims }, different.claims))
    .setProtectedHeader(header)
    .sign(await importJWK(privateKey, alg), { crit: { own: true } })
}

/** An assertion that is not signed, or signed in a way that jose refuses to sign. */
export function unsigned(
  header: Record<string, unknown>,
  claims: Record<string, unknown>,
  signature: (input: string) => string = () => '',
): string {
  const [first, second] = [header, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  )
  return `${first}.${second}.${signature(`${first}.${second}`)}`
}

/** The parameters of a client's assertion (RFC 7523 2.2). */
export function asClient(assertion: string): Record<string, string> {
  return {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  }
}
