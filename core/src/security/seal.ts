import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

// Whoever holds the token may read what was answered to it, and nobody else: there is no other key.
// AES-256-GCM (NIST SP 800-38D) under HKDF-SHA256 (RFC 5869).
const algorithm = 'aes-256-gcm'
const nonceBytes = 12
const tagBytes = 16

/** Encrypts a text so that only the holder of the token can read it. */
export function seal(text: string, token: string): string {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv(algorithm, keyOf(token), nonce)
  return Buffer.concat([
    nonce,
    cipher.update(text, 'utf8'),
    cipher.final(),
    cipher.getAuthTag(),
  ]).toString('base64')
}

/** Gives back the text. Throws if the token is another or the sealed text was changed. */
export function unseal(sealed: string, token: string): string {
  const bytes = Buffer.from(sealed, 'base64')
  const decipher = createDecipheriv(algorithm, keyOf(token), bytes.subarray(0, nonceBytes))
  decipher.setAuthTag(bytes.subarray(-tagBytes))
  return (
    decipher.update(bytes.subarray(nonceBytes, -tagBytes), undefined, 'utf8') +
    decipher.final('utf8')
  )
}

function keyOf(token: string): Buffer {
  return Buffer.from(hkdfSync('sha256', token, '', 'oauth2-kit sealed answer', 32))
}
