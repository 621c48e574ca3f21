import { withCode } from '../errors/error-code'
import { createHmac, randomBytes } from 'node:crypto'
import { equalHashes, sha256 } from './hash'
import { hashOf } from './believed-passwords'
import type { Client } from '../contract/store'
import type { Passwords } from './password'
import { queuedPasswords } from './queued-passwords'

// Saves the slow hash of a chosen secret that was verified before.
// Measured by "npm run bench -- tricks", "chosen client secret":
// Node 20: 116 ms → 2 µs, Node 22: 113 ms → 2 µs, Node 24: 106 ms → 2 µs.
const maxVerified = 1000

/**
 * Hashes a client secret. A generated secret has 256 random bits and needs no salt, so SHA-256 is
 * enough. A chosen secret is hashed with `passwords`. Throws a TypeError if that hash looks like
 * SHA-256.
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
        'Hashes of 64 lowercase hexadecimal digits are reserved for generated secrets: return ' +
          'another format from "passwords.hash", such as one with an algorithm prefix',
      ),
    )
  }
  return hash
}

/** Returns whether the hash belongs to a generated secret (256 random bits), not a chosen one. */
export function isGeneratedSecret(secretHash: string): boolean {
  return /^[0-9a-f]{64}$/.test(secretHash)
}

/** Returns the hashes of a client's valid secrets. `now` is in milliseconds since the epoch. */
export function secretHashesOf(
  {
    secretHash,
    previousSecretHash,
    previousSecretExpiresAt = 0,
  }: Pick<Client, 'secretHash' | 'previousSecretHash' | 'previousSecretExpiresAt'>,
  now: number,
): string[] {
  if (secretHash === null) return []
  // The negated comparison treats NaN as ended.
  if (previousSecretHash === undefined || !(previousSecretExpiresAt > now)) return [secretHash]
  return [secretHash, previousSecretHash]
}

function pairsOf(
  secrets: readonly string[],
  hashes: readonly string[],
): [secret: string, hash: string][] {
  return hashes.flatMap((hash) => secrets.map((secret): [string, string] => [secret, hash]))
}

/** A right secret, and the hash that it matches. */
export interface SecretMatch {
  secret: string
  hash: string
}

/** Verifies client secrets. */
export interface SecretVerifier {
  /** Resolves with whether one of the secrets matches one of the hashes. */
  verify: (secrets: readonly string[], hashes: readonly string[]) => Promise<boolean>
  /** Resolves with the secret that matches one of the hashes, or with `null` if none does. */
  match: (secrets: readonly string[], hashes: readonly string[]) => Promise<SecretMatch | null>
  /** Returns whether a hash was made with outdated parameters or by another function. */
  isOutdated: (hash: string) => boolean
  /** Resolves with a new hash of a right secret, which counts as verified. */
  rehash: (secret: string) => Promise<string>
  /** Returns whether one of the secrets matched one of the hashes in an earlier call of `verify`. */
  knows: (secrets: readonly string[], hashes: readonly string[]) => boolean
}

/**
 * Returns a verifier of client secrets. A chosen secret needs a slow hash and is sent with every
 * token request, so the verifier remembers verified secrets. It keeps them in memory only, as HMACs
 * under a random key.
 */
export function secretVerifier(passwords: Passwords): SecretVerifier {
  const queued = queuedPasswords(passwords)
  const key = randomBytes(32)
  // The queue limits the size of this map: an entry exists only while its hash waits or is
  // computed.
  const pending = new Map<string, Promise<boolean>>()
  // Ordered by last use.
  const verified = new Set<string>()

  function markOf(secret: string, secretHash: string): string {
    return createHmac('sha256', key).update(secretHash).update('\0').update(secret).digest('base64')
  }

  function remember(mark: string): void {
    verified.delete(mark)
    verified.add(mark)
    const [leastRecent] = verified
    if (verified.size > maxVerified && leastRecent !== undefined) verified.delete(leastRecent)
  }

  async function verifySlowly(secret: string, secretHash: string): Promise<boolean> {
    const mark = markOf(secret, secretHash)
    if (!verified.has(mark)) {
      const result = pending.get(mark) ?? queued.verify(secret, secretHash)
      pending.set(mark, result)
      try {
        if (!(await result)) return false
      } finally {
        pending.delete(mark)
      }
    }
    remember(mark)
    return true
  }

  function knownPair(
    secrets: readonly string[],
    hashes: readonly string[],
  ): [secret: string, hash: string] | undefined {
    const pairs = pairsOf(secrets, hashes)
    return pairs.find(([secret, hash]) => verified.has(markOf(secret, hash)))
  }

  async function match(
    secrets: readonly string[],
    hashes: readonly string[],
  ): Promise<SecretMatch | null> {
    const quick = pairsOf(secrets, hashes.filter(isGeneratedSecret))
    const found = quick.find(([secret, hash]) => equalHashes(sha256(secret), hash))
    if (found) return { secret: found[0], hash: found[1] }
    const slow = hashes.filter((hash) => !isGeneratedSecret(hash))
    // A pair that is known comes first, so that it costs no slow hash while two secrets are valid.
    const known = knownPair(secrets, slow)
    for (const [secret, hash] of known ? [known] : pairsOf(secrets, slow)) {
      if (await verifySlowly(secret, hash)) return { secret, hash }
    }
    return null
  }

  return {
    match,
    verify: async (secrets, hashes) => (await match(secrets, hashes)) !== null,

    isOutdated: (hash) => !isGeneratedSecret(hash) && queued.isOutdated?.(hash) === true,

    async rehash(secret) {
      const renewed = await hashClientSecret(secret, true, queued)
      remember(markOf(secret, renewed))
      return renewed
    },

    knows: (secrets, hashes) => knownPair(secrets, hashes) !== undefined,
  }
}
