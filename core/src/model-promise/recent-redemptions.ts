import type { Credential, NewCredential, Store } from '../contract/store'
import { sha256 } from '../crypto/hash'

/** Which refresh tokens were redeemed a short time ago, by any process. */
export interface RecentRedemptions {
  /** Returns what a redemption saves with its mark, all or nothing. */
  entryFor(credential: Credential): NewCredential[]
  /** Resolves with whether the refresh token was redeemed within the grace period. */
  includes(credential: Credential): Promise<boolean>
}

/**
 * Remembers redemptions for `grace` seconds. The entry has the kind of a sealed response, which a
 * store removes soon after its expiry.
 */
export function recentRedemptions(
  store: Pick<Store, 'find'>,
  grace: number,
  now: () => number,
): RecentRedemptions {
  return {
    entryFor({ hash }) {
      if (grace === 0) return []
      const createdAt = now()
      const expiresAt = createdAt + Math.floor(grace * 1000)
      return [{ hash: entryHash(hash), kind: 'answer', createdAt, expiresAt, data: '{}' }]
    },

    async includes({ hash }) {
      const entry = grace === 0 ? null : await store.find(entryHash(hash))
      return entry?.kind === 'answer' && (entry.expiresAt ?? 0) > now()
    },
  }
}

/** Returns the hash of the entry, which no token has. */
function entryHash(tokenHash: string): string {
  return sha256(`redeemed recently: ${tokenHash}`)
}
