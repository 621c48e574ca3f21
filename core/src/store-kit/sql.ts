import { createHash } from 'node:crypto'
import type { Credential, NewCredential } from '../contract/store'

// What the SQL stores have in common, because they share their tables.

/**
 * How long after its creation a grant is first checked for whether it has credentials left, in
 * milliseconds.
 */
export const lookAgainMs = 30 * 24 * 3_600_000

/** Returns the value of the column `owner` for the grants of a user to a client. */
export function ownerOf(userId: string, clientId: string): string {
  return createHash('sha256')
    .update(JSON.stringify([userId, clientId]))
    .digest('hex')
}

/**
 * Returns whether a credential had expired when its first successor was made. Then a purge may be
 * removing the credential together with its redemption mark.
 */
export function mayBePurged({ expiresAt }: Credential, successors: NewCredential[]): boolean {
  return expiresAt !== null && expiresAt <= successors[0]!.createdAt
}
