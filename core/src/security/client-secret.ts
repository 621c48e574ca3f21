import { createHmac, randomBytes } from 'node:crypto'
import { equalHashes, sha256 } from './hash'
import type { Passwords } from './password'
import { queuedPasswords } from './queued-passwords'

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

/** Whether the hash is that of a secret of 256 random bits, and not of a chosen one. */
export function isGeneratedSecret(secretHash: string): boolean {
  return /^[0-9a-f]{64}$/.test(secretHash)
}

/** Verifies client secrets. */
export interface SecretVerifier {
  /** Whether one of the secrets is the client's. */
  verify: (secrets: readonly string[], secretHash: string) => Promise<boolean>
  /** Whether one of them is known to be right, since it was verified before. */
  knows: (secrets: readonly string[], secretHash: string) => boolean
}

/**
 * A verifier of client secrets. A chosen secret costs a slow hash, and comes with every token
 * request: so this process remembers which ones were right, by an HMAC under a key of its own.
 */
export function secretVerifier(given: Passwords): SecretVerifier {
  const passwords = queuedPasswords(given)
  const key = randomBytes(32)
  const verified = new Map<string, Promise<boolean>>()
  const right = new Set<string>()

  function markOf(secret: string, secretHash: string): string {
    return createHmac('sha256', key).update(secretHash).update('\0').update(secret).digest('base64')
  }

  function forget(mark: string): void {
    verified.delete(mark)
    right.delete(mark)
  }

  function verifySlowly(secret: string, secretHash: string): Promise<boolean> {
    const mark = markOf(secret, secretHash)
    const known = verified.get(mark)
    if (known) return known
    const found = passwords.verify(secret, secretHash)
    verified.set(mark, found)
    found.then(
      (isRight) => (isRight ? right.add(mark) : forget(mark)),
      () => forget(mark),
    )
    const [oldest] = verified.keys()
    if (verified.size > verifiedAtMost && oldest !== undefined) forget(oldest)
    return found
  }

  return {
    async verify(secrets, secretHash) {
      if (isGeneratedSecret(secretHash)) {
        return secrets.some((secret) => equalHashes(sha256(secret), secretHash))
      }
      for (const secret of secrets) {
        // oxlint-disable-next-line no-await-in-loop -- two at most: mostly the first one is right
        if (await verifySlowly(secret, secretHash)) return true
      }
      return false
    },

    knows: (secrets, secretHash) => secrets.some((secret) => right.has(markOf(secret, secretHash))),
  }
}
