import { type KeyObject, generateKeyPairSync } from 'node:crypto'
import { mostKeys, publishedKeySet, registeredKeySet } from '../../src/crypto/public-keys'
import { testKey } from '../support/assertions'

const good = testKey()
const one = good.publicKey
const unknown = { kty: 'AKP', alg: 'ML-DSA-44', pub: 'AAAA', kid: 'new' }
const encryption = { ...testKey().publicKey, use: 'enc' }

describe.each([
  ['registeredKeySet()', registeredKeySet],
  ['publishedKeySet()', publishedKeySet],
])('%s', (_name, keySet) => {
  it.each(['ES256', 'ES384', 'ES512', 'RS256', 'EdDSA'])('takes a key for %s', (alg) => {
    const { publicKey } = testKey(alg)
    expect(keySet({ keys: [publicKey] })).toEqual({ keys: [publicKey] })
  })

  it.each<[string, unknown]>([
    ['null', null],
    ['text', '{"keys":[]}'],
    ['an array', [one]],
    ['a key', one],
    ['keys that are an object', { keys: { 0: one } }],
    ['keys that are text', { keys: ['a'] }],
    ['too many keys', { keys: Array.from({ length: mostKeys + 1 }, () => testKeyOf('kid')) }],
    ['a private key', { keys: [one, testKey().privateKey] }],
    ['a private RSA key', { keys: [testKey('RS256').privateKey] }],
    ['a private Ed25519 key', { keys: [testKey('EdDSA').privateKey] }],
    ['a symmetric key', { keys: [{ kty: 'oct', k: 'AAAA' }] }],
    ['a symmetric key without its value', { keys: [{ kty: 'oct' }] }],
  ])('refuses %s', (_what, value) => {
    expect(() => keySet(value)).toThrow(expect.objectContaining({ name: 'KeySetError' }))
  })
})

function jwkOf({ publicKey }: { publicKey: KeyObject }) {
  return { ...publicKey.export({ format: 'jwk' }), kid: 'other' }
}

function testKeyOf(kid: string) {
  return { ...one, kid }
}

const unusable: [string, Record<string, unknown>][] = [
  ['of an unknown type', unknown],
  ['for another purpose', { ...one, use: 'tls' }],
  ['with key_ops without verify', { ...one, key_ops: ['encrypt'] }],
  ['with key_ops that are text', { ...one, key_ops: 'verify' }],
  ['with an alg for encryption', { ...testKey('RS256').publicKey, alg: 'RSA-OAEP-256' }],
  ['with an alg of another type', { ...one, alg: 'RS256' }],
  ['with the alg of another curve', { ...one, alg: 'ES384' }],
  ['with an alg that is a number', { ...one, alg: 256 }],
  ['for a key exchange', jwkOf(generateKeyPairSync('x25519'))],
  ['on the curve of Ed448', jwkOf(generateKeyPairSync('ed448'))],
  ['on the curve secp256k1', jwkOf(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }))],
  ['without its members', { kty: 'EC', crv: 'P-256' }],
  ['not on its curve', { ...one, y: one['x'] }],
  ['with a kid that is a number', { ...one, kid: 1 }],
  ['with a long kid', { ...one, kid: 'k'.repeat(256) }],
  ['that is a short RSA key', testKey('RS256', 1024).publicKey],
  [
    'with a large RSA exponent',
    { ...testKey('RS256').publicKey, e: Buffer.from('010000000001', 'hex').toString('base64url') },
  ],
]

describe('a key for encryption', () => {
  it.each([
    ['registeredKeySet()', registeredKeySet],
    ['publishedKeySet()', publishedKeySet],
  ])('is left out by %s', (_name, keySet) => {
    const exchange = { ...jwkOf(generateKeyPairSync('x25519')), use: 'enc' }
    expect(keySet({ keys: [encryption, one, exchange] })).toEqual({ keys: [one] })
  })

  it('is not enough for a registration', () => {
    expect(() => registeredKeySet({ keys: [encryption] })).toThrow('has no key for signatures')
  })
})

describe('a key that is unusable', () => {
  it.each(unusable)(
    '%s: is left out of a published set, and refused in a registration',
    (_w, key) => {
      expect(publishedKeySet({ keys: [key, one] })).toEqual({ keys: [one] })
      expect(() => registeredKeySet({ keys: [one, key] })).toThrow(/^has a key that /)
    },
  )
})

describe('registeredKeySet()', () => {
  it('returns a copy', () => {
    const given = { keys: [{ ...one }] }
    const { keys } = registeredKeySet(given)
    given.keys[0]!.kid = 'changed'
    expect(keys).toEqual([one])
  })

  it.each([
    ['no key', []],
    ['two keys with the same kid', [testKeyOf('a'), testKeyOf('a')]],
    ['two keys without a kid', [0, 1].map(() => ({ ...one, kid: undefined }))],
  ])('refuses %s', (_what, keys) => {
    expect(() => registeredKeySet({ keys })).toThrow(
      expect.objectContaining({ name: 'KeySetError' }),
    )
  })

  it('takes one key without a kid', () => {
    const { kid: _, ...key } = one
    expect(registeredKeySet({ keys: [key] })).toEqual({ keys: [key] })
  })
})
