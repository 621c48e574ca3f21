import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type {
  Client,
  Grant,
  GrantRef,
  NewCredential,
  PurgeBefore,
  Selector,
  Store,
  StoredRecord,
  User,
} from '@oauth2-kit/core'

export { type EndedWhenReady, openEndedWhenReady } from './ended-when-ready'

/** A time in the far future, in milliseconds: MongoDB deletes what expired by its own clock. */
export const t0 = 4_102_444_800_000
/** A page that is large enough for all entries of a test. */
export const all = { limit: 1_000_000 }

export function aHash(): string {
  return createHash('sha256').update(randomBytes(20)).digest('hex')
}

export function aGrant(differences: Partial<Grant> = {}): Grant {
  return {
    id: randomUUID(),
    clientId: `client-${randomUUID()}`,
    userId: `user-${randomUUID()}`,
    createdAt: t0,
    data: '{"scope":"profile"}',
    ...differences,
  }
}

export function aCredential(differences: Partial<NewCredential> = {}): NewCredential {
  return {
    hash: aHash(),
    kind: 'refresh',
    createdAt: t0,
    expiresAt: t0 + 60_000,
    data: '{"scope":"profile"}',
    ...differences,
  }
}

/** Returns a version that no client or user has had. */
export function aVersion(): string {
  return randomUUID()
}

export function aClient(differences: Partial<Client> = {}): Client {
  return {
    id: `client-${randomUUID()}`,
    version: aVersion(),
    secretHash: aHash(),
    type: 'confidential',
    authMethod: 'client_secret_basic',
    redirectUris: ['https://client.example/callback'],
    grantTypes: ['authorization_code'],
    scopes: ['profile'],
    ...differences,
  }
}

export function aUser(differences: Partial<User> = {}): User {
  return {
    id: `user-${randomUUID()}`,
    version: aVersion(),
    username: `name-${randomUUID()}`,
    passwordHash: '$scrypt$...',
    ...differences,
  }
}

export function refOf({ id, clientId, userId }: Grant): GrantRef {
  return { id, clientId, userId }
}

/** Issues a grant with one credential, and returns both. */
export async function issued(
  store: Store,
  grantDifferences: Partial<Grant> = {},
  differences: Partial<NewCredential> = {},
) {
  const grant = aGrant(grantDifferences)
  const credential = aCredential(differences)
  await issue(store, grant, [credential])
  return { grant, credential: { ...credential, grant: refOf(grant) } }
}

/** Issues the grant. Throws an error if it is not issued. */
export async function issue(store: Store, grant: Grant, credentials: NewCredential[]) {
  const outcome = await store.issue(grant, credentials, {})
  if (outcome !== 'issued') throw new Error(`Not issued, but ${outcome}`)
}

/** Redeems the credential. Throws an error if it is not redeemed. */
export async function redeemed(
  store: Store,
  old: NewCredential & { grant: GrantRef },
  ...successors: NewCredential[]
): Promise<void> {
  const { status } = await store.redeem(old, successors)
  if (status !== 'redeemed') throw new Error(`Not redeemed, but ${status}`)
}

/** Returns the cutoffs of a purge, both set to `time`. */
export function before(time: number): PurgeBefore {
  return { credentials: time, shortLived: time }
}

/** A record with a random key. */
export function aRecord(differences: Partial<StoredRecord> = {}): StoredRecord {
  return { key: `key-${randomUUID()}`, data: '{"a":1}', expiresAt: t0 + 60_000, ...differences }
}

/** Returns all grants of a selector, read page by page. */
export async function grantsOf(store: Store, selector: Selector, limit = 1000): Promise<Grant[]> {
  const grants: Grant[] = []
  for (let after: string | undefined; ;) {
    const page = await store.listGrants(selector, { after, limit })
    grants.push(...page.grants)
    if (page.next === null) return grants
    after = page.next
  }
}

/** Purges everything that expires, and returns how many entries that was. */
export async function countOf(store: Store): Promise<number> {
  const { deleted, more } = await store.purge(before(Number.MAX_SAFE_INTEGER), 10_000_000)
  if (more) throw new Error('One purge did not delete all entries')
  return deleted
}
