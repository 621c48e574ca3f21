import type {
  Client,
  Credential,
  Grant,
  GrantPage,
  GrantRef,
  IssueConditions,
  NewCredential,
  PurgeBefore,
  Redemption,
  Selector,
  User,
} from '@oauth2-kit/core'
import type { CredentialRow, RecordRow, Space } from './tables'

/** A row to write: a credential of the contract, and when the database removes it by itself. */
export type NewRow = NewCredential & { removeAt: number | null }

/**
 * The contract as procedures, each an atomic operation: the simplest statement of what a store must
 * do. Mutants are built on it, and fuzz cases compare stores with it.
 */
export const procedures = {
  createClient(space: Space, client: Client): boolean {
    const existing = space.get('clients', client.id) as Client | null
    if (existing) return existing.version === client.version
    space.put('clients', client)
    return true
  },

  updateClient(space: Space, client: Client, version: string): boolean {
    const current = space.get('clients', client.id) as Client | null
    if (current?.version !== version) return current?.version === client.version
    space.put('clients', client)
    return true
  },

  listClients(space: Space, after: string, limit: number): object[] {
    return page(space.inOrder('clients'), after, limit)
  },

  issue(
    space: Space,
    grant: Grant,
    credentials: NewRow[],
    { clientVersion }: IssueConditions,
  ): 'issued' | 'refused' {
    if (grant.userId !== null && space.get('marks', grant.userId)) return 'refused'
    const client = space.get('clients', grant.clientId) as Client | null
    if (clientVersion !== undefined && client?.version !== clientVersion) return 'refused'
    procedures.insertGrant(space, grant, credentials)
    return 'issued'
  },

  /** Stores a grant without checking its conditions. */
  insertGrant(space: Space, grant: Grant, credentials: NewRow[]): void {
    if (space.get('grants', grant.id)) throw new Error('duplicate key in grants')
    space.insert('credentials', rowsOf(credentials, grant.id, null))
    space.insert('grants', [grant])
  },

  find(space: Space, hash: string): Credential | null {
    const row = space.get('credentials', hash) as CredentialRow | null
    return row && !row.gone ? space.withGrant(row) : null
  },

  redeem(space: Space, old: Credential, successors: NewRow[]): Redemption {
    if (!space.get('grants', old.grant.id)) return { status: 'revoked' }
    const row = space.get('credentials', old.hash) as CredentialRow | null
    if (row?.grantId !== old.grant.id) return { status: 'unknown' }
    const winner = successorOf(space, old.hash)
    if (winner) return { status: winner.hash === successors[0]?.hash ? 'redeemed' : 'replayed' }
    space.insert('credentials', rowsOf(successors, old.grant.id, old.hash))
    return { status: 'redeemed' }
  },

  isRedeemed(space: Space, hash: string): boolean {
    return successorOf(space, hash) !== undefined
  },

  extend(space: Space, grant: GrantRef, credentials: NewRow[]): 'extended' | 'revoked' {
    if (!space.get('grants', grant.id)) return 'revoked'
    space.insert('credentials', rowsOf(credentials, grant.id, null))
    return 'extended'
  },

  revoke(space: Space, selector: Selector): number {
    const grants = space.grantsOf(selector)
    for (const { id } of grants) removeGrant(space, id)
    return grants.length
  },

  /**
   * Revokes one access token. A first successor stays as the used mark of the credential it
   * replaced.
   */
  revokeAccessToken(space: Space, hash: string): void {
    const row = space.get('credentials', hash) as CredentialRow | null
    if (row?.kind !== 'access') return
    const isMark = row.place === 0 && row.claims !== null && space.get('credentials', row.claims)
    if (isMark) space.put('credentials', { ...row, gone: true })
    else removeCredential(space, row)
  },

  listGrants(space: Space, selector: Selector, after: string, limit: number): GrantPage {
    const grants = page(space.grantsOf(selector), after, limit + 1)
    const next = grants.length > limit ? (grants[limit - 1]?.id ?? null) : null
    return { grants: grants.slice(0, limit), next }
  },

  addRecord(space: Space, record: RecordRow): boolean {
    if (space.get('records', record.key)) return false
    space.put('records', record)
    return true
  },

  takeRecord(space: Space, key: string): RecordRow | null {
    const record = space.get('records', key) as RecordRow | null
    space.remove('records', { key })
    return record
  },

  purge(space: Space, before: PurgeBefore, limit: number): { deleted: number; more: boolean } {
    const past = new Map<string, boolean>()
    const credentials = space.inOrder('credentials')
    const records = space.inOrder('records')
    const marks = space.inOrder('marks')
    const removals = [
      ...credentials
        .filter((row) => isPast(space, row, before, past))
        .map((row) => () => removeCredential(space, row)),
      ...records
        .filter(({ expiresAt }) => expiresAt < before.shortLived)
        .map(
          ({ key }) =>
            () =>
              space.remove('records', { key }),
        ),
      ...marks
        .filter(({ until }) => until < before.shortLived)
        .map(
          ({ id }) =>
            () =>
              space.remove('marks', { id }),
        ),
    ]
    const chosen = removals.slice(0, limit)
    for (const remove of chosen) remove()
    return { deleted: chosen.length, more: removals.length > chosen.length }
  },

  createUser(space: Space, user: User): boolean {
    const existing = space.get('users', user.id) as User | null
    if (existing) return existing.version === user.version
    if (space.get('marks', user.id) || ownerOf(space, user.username)) return false
    space.put('users', user)
    return true
  },

  updateUser(space: Space, user: User, version: string): boolean {
    const current = space.get('users', user.id) as User | null
    if (current?.version !== version) return current?.version === user.version
    const owner = ownerOf(space, user.username)
    if (owner && owner.id !== user.id) return false
    space.put('users', user)
    return true
  },

  /** Removes a user and, if it existed, marks its id. */
  removeUser(space: Space, id: string, until: number): void {
    if (space.remove('users', { id }) > 0) space.put('marks', { id, until })
  },

  listUsers(space: Space, after: string, limit: number): object[] {
    return page(space.inOrder('users'), after, limit)
  },

  damaged: (space: Space): string[] => space.damaged,
}

function ownerOf(space: Space, username: string): User | undefined {
  return (space.select('users', { username }) as User[])[0]
}

function rowsOf(credentials: NewRow[], grantId: string, claims: string | null): CredentialRow[] {
  return credentials.map(({ hash, kind, createdAt, expiresAt, data, removeAt }, place) => ({
    hash,
    kind,
    createdAt,
    expiresAt,
    data,
    removeAt,
    grantId,
    claims,
    place,
    gone: false,
  }))
}

/** Returns the first successor that still exists. */
function successorOf(space: Space, hash: string): CredentialRow | undefined {
  const rows = space.select('credentials', { claims: hash }) as CredentialRow[]
  return rows.toSorted((a, b) => a.place - b.place)[0]
}

/**
 * Returns whether a row has expired and, if it is a used mark, the credential that it marks too.
 */
function isPast(
  space: Space,
  row: CredentialRow,
  before: PurgeBefore,
  known: Map<string, boolean>,
): boolean {
  // A loop instead of recursion, from the newest of a chain to the oldest: chains get long.
  const chain: CredentialRow[] = []
  let past = true
  for (let one: CredentialRow | null = row; one && past;) {
    const found = known.get(one.hash)
    if (found !== undefined) {
      past = found
      break
    }
    chain.push(one)
    past = isExpired(one, before)
    const isMark: boolean = one.claims !== null && one.place === 0
    one = isMark ? (space.get('credentials', one.claims!) as CredentialRow | null) : null
  }
  for (const one of chain) known.set(one.hash, past)
  return past
}

function isExpired({ kind, expiresAt }: CredentialRow, before: PurgeBefore): boolean {
  const cutoff = kind === 'answer' ? before.shortLived : before.credentials
  return expiresAt !== null && expiresAt < cutoff
}

/** Removes a credential, and its grant too if no usable credential is left. */
function removeCredential(space: Space, { hash, grantId }: CredentialRow): void {
  space.remove('credentials', { hash })
  if (!space.some('credentials', { grantId }, isUsable)) removeGrant(space, grantId)
}

/** Returns whether a client could still present the credential. */
function isUsable({ gone, kind }: CredentialRow): boolean {
  return !gone && kind !== 'answer'
}

function removeGrant(space: Space, id: string): void {
  space.remove('credentials', { grantId: id })
  space.remove('grants', { id })
}

function page<T extends { id: string }>(rows: T[], after: string, limit: number): T[] {
  return rows
    .filter(({ id }) => id > after)
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .slice(0, limit)
}
