import { createSecretKey, generateKeyPairSync, hash, randomUUID } from 'node:crypto'
import { SignJWT, UnsecuredJWT, exportJWK } from 'jose'
import { ProofKey, type Proven, boundTokens, meUrl, meWith, tokenUrl } from '../support/dpop'
import { layers } from '../support/layers'
import { type Provider, askForToken, provider, refusal } from '../support/provider'

const proven = { method: 'GET', url: meUrl }

/** Makes a proof by other means than its key. */
type Forge = (key: ProofKey, claims: Record<string, unknown>) => Promise<string>

const forged: Record<string, Forge> = {
  'alg none': async ({ jwk }, claims) => {
    const [, payload] = new UnsecuredJWT(claims).encode().split('.')
    const header = { typ: 'dpop+jwt', alg: 'none', jwk }
    return `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${payload}.`
  },
  'HS256 with the public key as the secret': ({ jwk }, claims) =>
    new SignJWT(claims)
      .setProtectedHeader({ typ: 'dpop+jwt', alg: 'HS256', jwk })
      .sign(createSecretKey(JSON.stringify(jwk), 'utf8')),
  'a symmetric key': (_key, claims) => {
    const secret = Buffer.alloc(32, 7)
    const jwk = { kty: 'oct', k: secret.toString('base64url') }
    return new SignJWT(claims)
      .setProtectedHeader({ typ: 'dpop+jwt', alg: 'HS256', jwk })
      .sign(secret)
  },
  'a private key in the header': async ({ privateKey }, claims) =>
    new SignJWT(claims)
      .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk: await exportJWK(privateKey) })
      .sign(privateKey),
  'the signature of another key': async ({ jwk }, claims) =>
    new SignJWT(claims)
      .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk })
      .sign((await ProofKey.make({ clock: { now: Date.now } as never })).privateKey),
  'a changed claim': async (key, claims) => {
    const [header, , signature] = (await key.proof({ claims })).split('.')
    const changed = Buffer.from(JSON.stringify({ ...claims, jti: 'other' })).toString('base64url')
    return `${header}.${changed}.${signature}`
  },
  'two proofs in one header': async (key, claims) =>
    `${await key.proof({ claims })}, ${await key.proof({ claims })}`,
  'a proof that is too long': (key, claims) =>
    key.proof({ claims: { ...claims, more: 'x'.repeat(5000) } }),
  'no JWT': async () => 'proof',
  'a key with a very large RSA exponent': async (_key, claims) => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const jwk = { ...publicKey.export({ format: 'jwk' }), e: publicKey.export({ format: 'jwk' }).n }
    return new SignJWT(claims)
      .setProtectedHeader({ typ: 'dpop+jwt', alg: 'RS256', jwk })
      .sign(privateKey)
  },
  'an encrypted JWT': async (key, claims) => `${await key.proof({ claims })}.x.y`,
}

/** The differences of a proof that make it invalid. */
const invalid: Record<string, Proven> = {
  'another typ': { header: { typ: 'JWT' } },
  'no typ': { header: { typ: undefined } },
  'no key': { header: { jwk: undefined } },
  'a key that is no object': { header: { jwk: 'x' } },
  'crit with an extension': { header: { crit: ['exp'], exp: 1 } },
  'crit with b64': { header: { crit: ['b64'], b64: true } },
  'no jti': { claims: { jti: undefined } },
  'an empty jti': { claims: { jti: '' } },
  'a jti that is no text': { claims: { jti: 7 } },
  'a jti that is too long': { claims: { jti: 'x'.repeat(256) } },
  'no htm': { claims: { htm: undefined } },
  'another method': { claims: { htm: 'PUT' } },
  'the method in lower case': { claims: { htm: 'get' } },
  'no htu': { claims: { htu: undefined } },
  'an htu that is no URL': { claims: { htu: '/api/me' } },
  'another path': { claims: { htu: 'https://auth.example/api/you' } },
  'another host': { claims: { htu: 'https://evil.example/api/me' } },
  'another port': { claims: { htu: 'https://auth.example:8443/api/me' } },
  'another scheme': { claims: { htu: 'http://auth.example/api/me' } },
  'user information': { claims: { htu: 'https://a:b@auth.example/api/me' } },
  'no iat': { claims: { iat: undefined } },
  'an iat that is no number': { claims: { iat: '1800000000' } },
  'an iat that is too old': { claims: { iat: 1_800_000_000 - 60 } },
  'an iat in the future': { claims: { iat: 1_800_000_000 + 31 } },
  'an exp in the past': { claims: { exp: 1_800_000_000 - 1 } },
  'an nbf in the future': { claims: { nbf: 1_800_000_000 + 60 } },
}

async function withToken(layer: (typeof layers)[number]['layer'], differences = {}) {
  const at = await provider({ layer }, differences)
  const key = await ProofKey.make(at)
  const { access_token: token } = boundTokens(await ownToken(at).set('DPoP', await key.proof()))
  return { at, key, token }
}

function ownToken(at: Provider) {
  return askForToken(at, at.web, { grant_type: 'client_credentials' })
}

// The check of a proof is the same on every framework.
const [{ layer }] = layers as [(typeof layers)[0]]

describe('a DPoP proof', () => {
  it.each(Object.entries(forged))('RFC 9449 4.3: is refused: %s', async (_what, forge) => {
    const { at, key, token } = await withToken(layer)
    const iat = Math.floor(at.clock.at / 1000)
    const claims = { jti: randomUUID(), iat }
    const request = { htm: 'POST', htu: tokenUrl, ...claims }
    const asked = await ownToken(at).set('DPoP', await forge(key, request))
    expect(refusal(asked)).toEqual({ status: 400, error: 'invalid_dpop_proof' })
    const ath = hash('sha256', token, 'base64url')
    const proof = { htm: 'GET', htu: meUrl, ath, ...claims }
    const used = await meWith(at, token, await forge(key, proof))
    expect(refusal(used)).toEqual({ status: 401, error: 'invalid_dpop_proof' })
    // These claims are right: the proof of the key itself is accepted.
    expect((await meWith(at, token, await key.proof({ claims: proof }))).status).toBe(200)
  })

  it.each(Object.entries(invalid))('RFC 9449 4.3: is refused with %s', async (_what, proof) => {
    const { at, key, token } = await withToken(layer)
    const used = await key.me(at, token, proof)
    expect(refusal(used)).toEqual({ status: 401, error: 'invalid_dpop_proof' })
    const asked = await ownToken(at).set('DPoP', await key.proof(proof))
    expect(refusal(asked)).toEqual({ status: 400, error: 'invalid_dpop_proof' })
  })

  it.each([
    ['no ath', { ath: undefined }],
    ['the ath of another token', { ath: 'x'.repeat(43) }],
    ['the token itself as ath', { ath: 'token' }],
  ])('RFC 9449 4.3, 12: is refused at a resource with %s', async (_what, claims) => {
    const { at, key, token } = await withToken(layer)
    const answer = await key.me(at, token, { claims })
    expect(refusal(answer)).toEqual({ status: 401, error: 'invalid_dpop_proof' })
  })

  it.each([
    ['a query and a fragment', `${meUrl}?a=b#c`],
    ['upper case and the default port', 'HTTPS://AUTH.example:443/api/me'],
    ['needless percent-encoding', 'https://auth.example/%61pi/m%65'],
    ['dot segments', 'https://auth.example/x/../api/./me'],
  ])('RFC 9449 4.3, 9: is accepted with %s in htu', async (_what, url) => {
    const { at, key, token } = await withToken(layer)
    expect((await key.me(at, token, { url })).status).toBe(200)
  })

  it('is accepted up to the end of its lifetime, and slightly before its time', async () => {
    const { at, key, token } = await withToken(layer, { dpop: { proofLifetime: 10 } })
    const seconds = at.clock.at / 1000
    for (const [iat, status] of [
      [seconds - 9, 200],
      [seconds - 10, 401],
      [seconds + 30, 200],
      [seconds + 31, 401],
    ] as const) {
      expect((await key.me(at, token, { claims: { iat } })).status).toBe(status)
    }
  })

  it('is refused with a description that names the claim and the expected URL', async () => {
    const { at, key, token } = await withToken(layer)
    const { body } = await key.me(at, token, { url: 'http://localhost:3000/api/me' })
    expect(body.error_description).toBe(
      `The claim htu of the DPoP proof must be the public URL of the request, ${meUrl}`,
    )
  })
})

describe.each(layers)('a DPoP proof on $version', ({ layer: framework }) => {
  it('must be sent in one header', async () => {
    const { at, key, token } = await withToken(framework)
    const proofs = await Promise.all([key.proof({ ...proven, token }), key.proof(proven)])
    const answer = await meWith(at, token, proofs as never)
    expect(refusal(answer)).toEqual({ status: 401, error: 'invalid_dpop_proof' })
  })
})
