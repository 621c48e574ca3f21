import { createCipheriv, createDecipheriv, hash } from 'node:crypto'
import { randomBytes, sha256 } from './hash'

// Whoever holds the token may read what was answered to it, and nobody else: there is no other key.
// AES-256-GCM (NIST SP 800-38D) under the one-step key derivation of NIST SP 800-56C with SHA-256:
// a token is as random as a key, so that HKDF's extraction would add nothing but time.
const algorithm = 'aes-256-gcm'
const nonceBytes = 12
const tagBytes = 16

/** Which sealed answer: that of the redemption, or one that was kept later, when it was late. */
export type AnswerKind = 'answer' | 'late answer'

/**
 * The hash under which the answer to a token is kept. It is none of the token's own, and says nothing
 * of the key.
 */
export function answerHash(token: string, kind: AnswerKind): string {
  return sha256(`oauth2-kit ${kind} to ${token}`)
}

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

/** Returns the text. Throws if the token is another or the sealed text was changed. */
export function unseal(sealed: string, token: string): string {
  const bytes = Buffer.from(sealed, 'base64')
  const decipher = createDecipheriv(algorithm, keyOf(token), bytes.subarray(0, nonceBytes))
  decipher.setAuthTag(bytes.subarray(-tagBytes))
  return (
    decipher.update(bytes.subarray(nonceBytes, -tagBytes), undefined, 'utf8') +
    decipher.final('utf8')
  )
}

/** The hash of a counter, the secret and what the key is for (SP 800-56C rev. 2, 4.1). */
function keyOf(token: string): Buffer {
  return hash('sha256', `\0\0\0\u0001${token}oauth2-kit sealed answer`, 'buffer')
}
