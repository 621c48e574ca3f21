import { createCipheriv, createDecipheriv, hash } from 'node:crypto'
import { sha256 } from './hash'
import { randomBytes } from './random'

// Only the holder of a token can read its sealed answer, because the key is derived from the token
// alone. The cipher is AES-256-GCM (NIST SP 800-38D). The key comes from the one-step derivation of
// NIST SP 800-56C with SHA-256: a token is as random as a key, so HKDF's extraction step would add
// only time.
const algorithm = 'aes-256-gcm'
const nonceBytes = 12
const tagBytes = 16

/**
 * The kind of a sealed answer: `answer` is saved with the redemption itself, and `late answer` is
 * saved afterwards, if the store confirmed the redemption too late for the request.
 */
export type AnswerKind = 'answer' | 'late answer'

/**
 * Returns the hash under which the answer to a token is kept. It differs from the hash of the token
 * and reveals nothing about the key.
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

/** Decrypts a sealed text. Throws if the token does not match or the sealed text was modified. */
export function unseal(sealed: string, token: string): string {
  const bytes = Buffer.from(sealed, 'base64')
  const decipher = createDecipheriv(algorithm, keyOf(token), bytes.subarray(0, nonceBytes))
  decipher.setAuthTag(bytes.subarray(-tagBytes))
  return (
    decipher.update(bytes.subarray(nonceBytes, -tagBytes), undefined, 'utf8') +
    decipher.final('utf8')
  )
}

/** Derives the key: a hash of a counter, the secret and the purpose (SP 800-56C rev. 2, 4.1). */
function keyOf(token: string): Buffer {
  return hash('sha256', `\0\0\0\u0001${token}oauth2-kit sealed answer`, 'buffer')
}
