import { randomUUID } from 'node:crypto'
import type { Client, Credential, Grant, NewCredential, Selector, User } from '@oauth2-kit/core'
import type { RedisStore } from '@oauth2-kit/redis'
import { aCredential, aGrant, refOf } from '@oauth2-kit/testing'

/** Returns a new refresh token that expires in a minute. */
export function fresh(differences: Partial<NewCredential> = {}): NewCredential {
  const createdAt = Date.now()
  return aCredential({ createdAt, expiresAt: createdAt + 60_000, ...differences })
}

/** Issues a grant with one refresh token, and returns that. */
export async function issued(
  store: RedisStore,
  grantDifferences: Partial<Grant> = {},
  differences: Partial<NewCredential> = {},
): Promise<Credential> {
  const grant = aGrant(grantDifferences)
  const credential = fresh(differences)
  await store.issue(grant, [credential], {})
  return { ...credential, grant: refOf(grant) }
}

/** Returns a new refresh token and a new access token. */
export function successors(differences: Partial<NewCredential> = {}): NewCredential[] {
  return [fresh(differences), fresh({ kind: 'access', ...differences })]
}

/** Rotates, and returns the new refresh token. Rejects if this call does not redeem the old one. */
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

/** Returns a client with a new version. */
export function client(differences: Partial<Client> = {}): Client {
  return {
    id: `client-${randomUUID()}`,
    version: randomUUID(),
    secretHash: null,
    type: 'public',
    authMethod: 'none',
    redirectUris: ['https://client.example/callback'],
    grantTypes: ['authorization_code'],
    scopes: null,
    ...differences,
  }
}

/** Returns a user with a new version. */
export function user(differences: Partial<User> = {}): User {
  return {
    id: `user-${randomUUID()}`,
    version: randomUUID(),
    username: `name-${randomUUID()}`,
    passwordHash: 'x',
    ...differences,
  }
}

/** Returns the grants of all pages in order. Rejects if the pages never end. */
export async function listed(
  store: RedisStore,
  selector: Selector,
  limit = 1000,
): Promise<Grant[]> {
  const found: Grant[] = []
  let after: string | undefined
  let pages = 0
  do {
    if (++pages > 1000) throw new Error('The pages of listGrants() do not end')
    const page = await store.listGrants(
      selector,
      after === undefined ? { limit } : { after, limit },
    )
    found.push(...page.grants)
    after = page.next ?? undefined
  } while (after !== undefined)
  return found
}
