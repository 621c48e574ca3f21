import { createDecipheriv } from 'node:crypto'
import { sha256 } from '../../src/crypto/hash'
import { seal, unseal } from '../../src/crypto/seal'

// The errors of node:crypto for a wrong tag, and for a nonce or tag that is too short.
const refusal = /unable to authenticate|Invalid (authentication tag|initialization vector)/

describe('seal() and unseal()', () => {
  it.each(['', 'text', 'äöü ✓ 𝄞', 'x'.repeat(10_000)])('return %j to the holder', (text) => {
    expect(unseal(seal(text, 'token'), 'token')).toBe(text)
  })

  it('return different bytes for the same text', () => {
    expect(seal('text', 'token')).not.toBe(seal('text', 'token'))
  })

  it('do not open with the stored hash of the token', () => {
    expect(() => unseal(seal('text', 'token'), sha256('token'))).toThrow(refusal)
    const [nonce, key] = [Buffer.alloc(12), Buffer.from(sha256('token'), 'hex')]
    const sealed = Buffer.from(seal('text', 'token'), 'base64')
    sealed.copy(nonce)
    const decipher = createDecipheriv('aes-256-gcm', key, nonce)
    decipher.setAuthTag(sealed.subarray(-16))
    decipher.update(sealed.subarray(12, -16))
    expect(() => decipher.final()).toThrow(refusal)
  })

  it('do not reveal the text', () => {
    const bytes = Buffer.from(seal('a long and secret text', 'token'), 'base64')
    expect(bytes.toString('latin1')).not.toContain('secret')
  })

  it.each(['Token', 'token ', 'toke', ''])('do not open with the token %j', (other) => {
    const sealed = seal('text', 'token')
    expect(() => unseal(sealed, other)).toThrow(refusal)
  })

  it('do not open if one bit was changed', () => {
    const bytes = Buffer.from(seal('text', 'token'), 'base64')
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes)
      changed[at]! ^= 1
      expect(() => unseal(changed.toString('base64'), 'token')).toThrow(refusal)
    }
  })

  it('do not open if the end was cut off', () => {
    const bytes = Buffer.from(seal('text', 'token'), 'base64')
    for (let length = 0; length < bytes.length; length++) {
      const cut = bytes.subarray(0, length).toString('base64')
      expect(() => unseal(cut, 'token')).toThrow(refusal)
    }
  })
})
