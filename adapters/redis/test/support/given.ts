import type { Credential, Grant, NewCredential } from '@oauth2-kit/core'
import type { RedisStore } from '@oauth2-kit/redis'
import { aCredential, aGrant, refOf } from '../../../memory/test/support/given'

/** A code or token that lives for a minute from now on. */
export function fresh(differences: Partial<NewCredential> = {}): NewCredential {
  const createdAt = Date.now()
  return aCredential({ createdAt, expiresAt: createdAt + 60_000, ...differences })
}

/** Issues a grant with one refresh token, and gives it. */
export async function issued(
  store: RedisStore,
  grantDifferences: Partial<Grant> = {},
  differences: Partial<NewCredential> = {},
): Promise<Credential> {
  const grant = aGrant(grantDifferences)
  const credential = fresh(differences)
  await store.issue(grant, [credential])
  return { ...credential, grant: refOf(grant) }
}

/** A new refresh and a new access token. */
export function successors(differences: Partial<NewCredential> = {}): NewCredential[] {
  return [fresh(differences), fresh({ kind: 'access', ...differences })]
}

/** Rotates, and gives the new refresh token. Rejects if it was not this call that did it. */
export async function rotated(
  store: RedisStore,
  old: Credential,
  differences: Partial<NewCredential> = {},
): Promise<Credential> {
  const [refresh, access] = successors(differences)
  const { status } = await store.redeem(old, [refresh!, access!])
  if (status !== 'redeemed') throw new Error(`Not redeemed, but ${status}`)
  return { ...refresh!, grant: old.grant }
}
