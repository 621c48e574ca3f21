import { withCode } from '../errors/error-code'
import { createHmac, randomBytes } from 'node:crypto'
import { equalHashes, sha256 } from './hash'
import { hashOf } from './believed-passwords'
import type { Passwords } from './password'
import { queuedPasswords } from './queued-passwords'

const rightAtMost = 1000

/**
 * Hashes a client secret: SHA-256 for one of 256 random bits, which needs no salt, and slowly for a
 * chosen one. Throws a TypeError for a slow hash that looks like the fast one.
 */
export async function hashClientSecret(
  secret: string,
  chosen: boolean,
  passwords: Passwords,
): Promise<string> {
  if (!chosen) return sha256(secret)
  const hash = await hashOf(passwords, secret)
  if (isGeneratedSecret(hash)) {
    throw withCode(
      'OAUTH2_KIT_HOOK',
      new TypeError(
        'Hashes of 64 lowercase hexadecimal digits are reserved for generated secrets: let "passwords.hash" return another form, such as one with a prefix that names the algorithm',
      ),
    )
  }
  return hash
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
  // As many at most as are hashed or wait to be.
  const pending = new Map<string, Promise<boolean>>()
  // In the order of their last use.
  const right = new Set<string>()

  function markOf(secret: string, secretHash: string): string {
    return createHmac('sha256', key).update(secretHash).update('\0').update(secret).digest('base64')
  }

  function remember(mark: string): void {
    right.delete(mark)
    right.add(mark)
    const [leastRecent] = right
    if (right.size > rightAtMost && leastRecent !== undefined) right.delete(leastRecent)
  }

  async function verifySlowly(secret: string, secretHash: string): Promise<boolean> {
    const mark = markOf(secret, secretHash)
    if (!right.has(mark)) {
      const found = pending.get(mark) ?? passwords.verify(secret, secretHash)
      pending.set(mark, found)
      try {
        if (!(await found)) return false
      } finally {
        pending.delete(mark)
      }
    }
    remember(mark)
    return true
  }

  return {
    async verify(secrets, secretHash) {
      if (isGeneratedSecret(secretHash)) {
        return secrets.some((secret) => equalHashes(sha256(secret), secretHash))
      }
      for (const secret of secrets) {
        if (await verifySlowly(secret, secretHash)) return true
      }
      return false
    },

    knows: (secrets, secretHash) => secrets.some((secret) => right.has(markOf(secret, secretHash))),
  }
}
