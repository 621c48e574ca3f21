import { type JsonWebKey, createPublicKey, createSecretKey, generateKeyPairSync } from 'node:crypto'
import oauthserver, { OptionError } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import { checkedKeys, keySetOf } from '../../src/crypto/key-set'
import { newKey } from '../support/jwt'

const issuer = 'https://auth.example'

const make = (options: Record<string, unknown>) =>
  oauthserver({ store: memoryStore(), issuer, ...options })

const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve })
const rsa = (modulusLength: number) => generateKeyPairSync('rsa', { modulusLength })
const jwkOf = (pair: { privateKey: { export(o: { format: 'jwk' }): JsonWebKey } }) =>
  pair.privateKey.export({ format: 'jwk' })
const { subtle } = globalThis.crypto

function errorOf(make: () => unknown): OptionError {
  try {
    make()
  } catch (error) {
    if (error instanceof OptionError) return error
    throw error
  }
  throw new Error('No error')
}

describe('the option keys', () => {
  const p256 = newKey()
  const { d: _, ...publicHalf } = p256
  const big = rsa(2048)

  it.each<[string, unknown, string | RegExp]>([
    ['text', 'a secret', 'must be an array of private keys, a JWK Set'],
    ['null', null, 'must be an array of private keys'],
    ['a single JWK', p256, 'wrap the key in an array'],
    ['a single KeyObject', ec('P-256').privateKey, 'wrap the key in an array'],
    ['a path', './keys.json', "keysFromFile('./keys.json')"],
    ['a list of text', ['a secret'], 'has at position 1 no key'],
    ['a hole', Object.assign([p256], { 2: newKey() }), 'has at position 2 no key'],
    ['an empty list', [], 'is empty: "oauth2-kit keys generate" makes a key'],
    ['an empty JWK Set', { keys: [] }, 'is empty'],
    ['a public JWK', [publicHalf], 'has at position 1 a public key'],
    [
      'a public key after a private one',
      [p256, ec('P-256').publicKey],
      'has at position 2 a public key',
    ],
    ['a symmetric JWK', [{ kty: 'oct', k: 'c2VjcmV0' }], 'a symmetric key'],
    ['a symmetric KeyObject', [createSecretKey(Buffer.alloc(32))], 'a symmetric key'],
    ['RSA below 2048 bits', [rsa(1024).privateKey], 'an RSA key of 1024 bits'],
    ['an unsupported curve', [ec('secp256k1').privateKey], 'secp256k1, which is not supported'],
    [
      'an unsupported type',
      [generateKeyPairSync('ed448').privateKey],
      'ed448, which is not supported',
    ],
    ['a key for key agreement', [generateKeyPairSync('x25519').privateKey], 'x25519'],
    ['RSA-PSS', [generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey], 'rsa-pss'],
    ['a malformed JWK', [{ ...p256, x: 'x' }], 'a JWK that is malformed'],
    ['an unknown kty', [{ ...p256, kty: 'AKP' }], 'a JWK that is malformed'],
    // Node 24 refuses such a key itself.
    ['the public members of another', [{ ...newKey(), d: p256.d }], /do not belong|is malformed/],
    ['use enc', [{ ...p256, use: 'enc' }], '"use" other than "sig"'],
    ['other key_ops', [{ ...p256, key_ops: ['deriveBits'] }], '"key_ops"'],
    ['an alg of another curve', [{ ...p256, alg: 'ES384' }], 'does not fit it: use ES256'],
    ['an alg with a shared secret', [{ ...jwkOf(big), alg: 'HS256' }], 'use RS256, PS256'],
    ['an alg for encryption', [{ ...jwkOf(big), alg: 'RSA-OAEP' }], 'use RS256, PS256'],
    ['a kid that is a number', [{ ...p256, kid: 7 }], '"kid" is not text'],
    ['an empty kid', [{ ...p256, kid: '' }], '"kid" is not text'],
    [
      'the same kid twice',
      [newKey({ kid: 'a' }), newKey({ kid: 'a' })],
      'has two keys with the "kid" "a"',
    ],
    ['the same key twice', [p256, { ...p256, kid: 'b' }], 'has the same key twice'],
    ['an exp that is text', [{ ...p256, exp: '1' }], '"exp" is not a number of seconds'],
    ['an exp that is NaN', [{ ...p256, exp: NaN }], '"exp" is not a number of seconds'],
    ['only keys that retire', [{ ...p256, exp: 9e9 }], 'has only keys with "exp"'],
  ])('must not be %s', (_what, keys, says) => {
    const error = errorOf(() => make({ keys }))
    expect(error.option).toBe('keys')
    expect(error.message).toMatch(says)
    expect(`${error.stack} ${String(error.cause)}`).not.toContain(p256.d!)
  })

  it.each<[string, unknown]>([
    ['an array', [p256]],
    ['a JWK Set', { keys: [p256] }],
    ['a KeyObject', [ec('P-384').privateKey]],
    ['a function', () => []],
    [
      'JWKs with members of others',
      [{ ...p256, use: 'sig', key_ops: ['sign'], x5t: 'x', ext: true }],
    ],
  ])('may be %s', (_what, keys) => {
    expect(() => make({ keys })).not.toThrow()
  })

  it.each<[string, () => unknown, string]>([
    ['ES256', () => newKey(), 'EC'],
    ['ES384', () => jwkOf(ec('P-384')), 'EC'],
    ['ES512', () => ec('P-521').privateKey, 'EC'],
    ['RS256', () => jwkOf(big), 'RSA'],
    ['PS256', () => ({ ...jwkOf(big), alg: 'PS256' }), 'RSA'],
    ['RS512', () => ({ ...jwkOf(big), alg: 'RS512' }), 'RSA'],
    ['EdDSA', () => generateKeyPairSync('ed25519').privateKey, 'OKP'],
    ['Ed25519', () => ({ ...jwkOf(generateKeyPairSync('ed25519')), alg: 'Ed25519' }), 'OKP'],
  ])('signs with %s', async (alg, key, kty) => {
    const { signer, algorithms } = await keySetOf(checkedKeys([key()]))
    expect([signer.alg, algorithms]).toEqual([alg, [alg]])
    expect(signer.publicJwk).toMatchObject({ alg, kty, use: 'sig' })
    const publicMembers = ['kty', 'crv', 'x', 'y', 'n', 'e', 'kid', 'alg', 'use']
    expect(publicMembers).toEqual(expect.arrayContaining(Object.keys(signer.publicJwk)))
  })

  it.each([
    ['ES256', { name: 'ECDSA', namedCurve: 'P-256' }],
    ['PS384', rsaOf('RSA-PSS', 'SHA-384')],
    ['RS256', rsaOf('RSASSA-PKCS1-v1_5', 'SHA-256')],
  ])('signs with a CryptoKey for %s that cannot be exported', async (alg, algorithm) => {
    const { privateKey, publicKey } = await subtle.generateKey(algorithm, false, ['sign', 'verify'])
    const { signer } = await keySetOf(checkedKeys([privateKey]))
    expect(signer).toMatchObject({ alg, privateKey })
    expect(errorOf(() => make({ keys: [publicKey] })).message).toContain('a public key')
  })

  it('must not be a CryptoKey that cannot sign', async () => {
    const algorithm = { name: 'ECDH', namedCurve: 'P-256' }
    const { privateKey } = await subtle.generateKey(algorithm, true, ['deriveBits'])
    expect(errorOf(() => make({ keys: [privateKey] })).message).toContain("include 'sign'")
  })

  it('is the thumbprint of the key without kid: the example of RFC 7638 3.1', async () => {
    const n =
      '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw'
    const publicKey = createPublicKey({ key: { kty: 'RSA', n, e: 'AQAB' }, format: 'jwk' })
    const key = {
      kid: undefined,
      alg: 'RS256',
      privateKey: publicKey,
      publicKey,
      retiresAt: Infinity,
    }
    const { signer } = await keySetOf([key])
    expect(signer.kid).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs')
  })
})

function rsaOf(name: string, hash: string) {
  return { name, hash, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) }
}

describe('the options about signed access tokens', () => {
  const keys = [newKey()]
  const resources = [{ resource: 'https://api.example', accessTokenFormat: 'jwt' }]

  it.each<[string, Record<string, unknown>, string, string]>([
    ['keys in v2', { keys, profile: 'v2' }, 'keys', "needs the profile 'oauth2.1'"],
    ['keys without an issuer', { keys, issuer: undefined, grants: [] }, 'issuer', 'is missing'],
    [
      'jwt without keys',
      { accessTokenFormat: 'jwt' },
      'accessTokenFormat',
      'needs the option "keys"',
    ],
    ['a resource with jwt without keys', { resources }, 'resources', 'needs the option "keys"'],
    [
      'jwt that never expires',
      { keys, accessTokenFormat: 'jwt', accessTokenLifetime: null },
      'accessTokenLifetime',
      'RFC 9068 2.2',
    ],
    [
      'a resource with jwt that never expires',
      { keys, resources, accessTokenLifetime: null },
      'accessTokenLifetime',
      'RFC 9068 2.2',
    ],
    [
      'another format',
      { keys, accessTokenFormat: 'JWT' },
      'accessTokenFormat',
      "'opaque' or 'jwt'",
    ],
    [
      'an unknown setting of a resource',
      { resources: ['https://other.example', { ...resources[0], format: 1 }] },
      'resources',
      'has at position 2 the member "format"',
    ],
    [
      'a wrong format of a resource',
      { resources: [{ ...resources[0], accessTokenFormat: 'JWT' }] },
      'resources',
      'the member "accessTokenFormat", which must be',
    ],
    [
      'a resource without URI',
      { resources: [{ accessTokenFormat: 'jwt' }] },
      'resources',
      'is not an absolute URI',
    ],
    [
      'a resource with two formats',
      { keys, resources: [...resources, { ...resources[0], accessTokenFormat: 'opaque' }] },
      'resources',
      'twice with different formats',
    ],
  ])('must not be %s', (_what, options, option, says) => {
    const error = errorOf(() => make(options))
    expect([error.option, error.message]).toEqual([option, expect.stringContaining(says)])
  })

  it.each(['keys', 'accessTokenFormat'])('need a store: %s', (name) => {
    const options = { model: {}, [name]: name === 'keys' ? keys : 'jwt' }
    const error = errorOf(() => oauthserver(options))
    expect([error.option, error.message]).toEqual([name, expect.stringContaining('needs a store')])
  })

  it('may be jwt without a lifetime if the grant ends', () => {
    const options = { keys, accessTokenFormat: 'jwt', accessTokenLifetime: null }
    expect(() => make({ ...options, grantLifetime: 3600 })).not.toThrow()
  })
})
