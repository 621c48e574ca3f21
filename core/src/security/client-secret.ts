import { createHmac, randomBytes } from 'node:crypto'
import { equalHashes, sha256 } from './hash'
import type { Passwords } from './password'

const verifiedAtMost = 1000

/**
 * Hashes a client secret: SHA-256 for one of 256 random bits, which needs no salt, and slowly for a
 * chosen one.
 */
export async function hashClientSecret(
  secret: string,
  chosen: boolean,
  passwords: Passwords,
): Promise<string> {
  return chosen ? passwords.hash(secret) : sha256(secret)
}

/** Whether one of the secrets is the client's. */
export type VerifySecret = (secrets: readonly string[], secretHash: string) => Promise<boolean>

/**
 * A verifier of client secrets. A chosen secret costs a slow hash, and comes with every token
 * request: so this process remembers which ones were right, by an HMAC under a key of its own.
 */
export function secretVerifier(passwords: Passwords): VerifySecret {
  const key = randomBytes(32)
  const verified = new Map<string, Promise<boolean>>()

  function verifySlowly(secret: string, secretHash: string): Promise<boolean> {
    const mark = createHmac('sha256', key)
      .update(secretHash)
      .update('\0')
      .update(secret)
      .digest('base64')
    const known = verified.get(mark)
    if (known) return known
    const found = passwords.verify(secret, secretHash)
    verified.set(mark, found)
    const forget = () => verified.delete(mark)
    found.then((right) => right || forget(), forget)
    const [oldest] = verified.keys()
    if (verified.size > verifiedAtMost && oldest !== undefined) verified.delete(oldest)
    return found
  }

  return async (secrets, secretHash) => {
    const fast = /^[0-9a-f]{64}$/.test(secretHash)
    let right = false
    // Every one is compared, so that the time says nothing.
    for (const secret of secrets) {
      // oxlint-disable-next-line no-await-in-loop -- two at most, and side by side they would cost as much
      const matches = fast
        ? equalHashes(sha256(secret), secretHash)
        : await verifySlowly(secret, secretHash)
      right ||= matches
    }
    return right
  }
}
