import { randomUUID } from 'node:crypto'
import type {
  Client,
  Credential,
  Grant,
  NewCredential,
  PurgeBefore,
  Selector,
  StoredRecord,
  User,
} from '@oauth2-kit/core'
import type { TypeormStore } from '@oauth2-kit/typeorm'
import * as given from '@oauth2-kit/testing'

export { aCredential, aGrant, aHash, refOf, t0 } from '@oauth2-kit/testing'

const { aCredential, aGrant, refOf, t0 } = given

/** Returns a version that no entry has had. */
export function aVersion(): string {
  return randomUUID()
}

export function aClient(differences: Partial<Client> = {}): Client {
  return { ...given.aClient(), version: aVersion(), ...differences }
}

export function aUser(differences: Partial<User> = {}): User {
  return { ...given.aUser(), version: aVersion(), ...differences }
}

export function aRecord(differences: Partial<StoredRecord> = {}): StoredRecord {
  return {
    key: `record-${randomUUID()}`,
    data: '{"scope":"profile"}',
    expiresAt: t0 + 60_000,
    ...differences,
  }
}

/** Returns the cutoffs of a purge, both at one time. */
export function past(time: number): PurgeBefore {
  return { credentials: time, shortLived: time }
}

/** Issues a grant with one credential, and returns both. */
export async function issued(
  store: TypeormStore,
  ofGrant: Partial<Grant> = {},
  ofCredential: Partial<NewCredential> = {},
): Promise<{ grant: Grant; credential: Credential }> {
  const [grant, credential] = [aGrant(ofGrant), aCredential(ofCredential)]
  expect(await store.issue(grant, [credential], {})).toBe('issued')
  return { grant, credential: { ...credential, grant: refOf(grant) } }
}

/** Redeems, and fails the test if another status is returned. */
export async function redeemed(
  store: TypeormStore,
  old: Credential,
  ...successors: NewCredential[]
): Promise<void> {
  expect(await store.redeem(old, successors)).toEqual({ status: 'redeemed' })
}

/** Returns the grants of all pages. */
export async function grantsOf(
  store: TypeormStore,
  selector: Selector,
  limit = 1000,
): Promise<Grant[]> {
  const listed: Grant[] = []
  for (let after: string | null | undefined; after !== null;) {
    const page = await store.listGrants(selector, { limit, ...(after !== undefined && { after }) })
    expect(page.grants.length).toBeLessThanOrEqual(limit)
    listed.push(...page.grants)
    after = page.next
  }
  return listed
}
