import type {
  Credential,
  Grant,
  GrantRef,
  NewCredential,
  Redemption,
  Selector,
  User,
} from '@oauth2-kit/core'
import type { CredentialRow, Space } from './tables'

/** Rows to write: what the contract gives, with when the database removes them by itself. */
export type NewRow = NewCredential & { removeAt: number | null }

/**
 * The contract in procedures, each of which is one atomic operation: what a store has to do, said
 * as simply as it can be said. A base for mutants, and what the fuzz cases compare stores with.
 */
export const procedures = {
  issue(space: Space, grant: Grant, credentials: NewRow[]): void {
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
    if (!winner) {
      space.insert('credentials', rowsOf(successors, old.grant.id, old.hash))
      return { status: 'redeemed' }
    }
    if (winner.hash === successors[0]?.hash) return { status: 'redeemed' }
    return { status: 'replayed', by: space.withGrant(winner) }
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

  /** Ends one access token; as a successor it stays the mark of use of what it was made from. */
  revokeCredential(space: Space, hash: string): void {
    const row = space.get('credentials', hash) as CredentialRow | null
    if (row?.kind !== 'access') return
    const isMark = row.place === 0 && row.claims !== null && space.get('credentials', row.claims)
    if (isMark) space.put('credentials', { ...row, gone: true })
    else removeCredential(space, row)
  },

  listGrants(space: Space, selector: Selector, after: string, limit: number): Grant[] {
    return page(space.grantsOf(selector), after, limit)
  },

  remember(space: Space, key: string, expiresAt: number): boolean {
    if (space.get('remembered', key)) return false
    space.put('remembered', { key, expiresAt })
    return true
  },

  purge(space: Space, before: number, limit: number): { deleted: number; more: boolean } {
    const credentials = (space.select('credentials', {}) as CredentialRow[]).filter((row) =>
      isPast(space, row, before),
    )
    const remembered = space.select('remembered', {}) as { key: string; expiresAt: number }[]
    const keys = remembered.filter(({ expiresAt }) => expiresAt < before)
    const doomed = [...credentials, ...keys].slice(0, limit)
    for (const one of doomed) {
      if ('key' in one) space.remove('remembered', { key: one.key })
      else removeCredential(space, one)
    }
    return { deleted: doomed.length, more: credentials.length + keys.length > limit }
  },

  saveUser(space: Space, user: User): void {
    const [owner] = space.select('users', { username: user.username }) as User[]
    if (owner && owner.id !== user.id) throw new Error('duplicate key in users')
    space.put('users', user)
  },

  damaged: (space: Space): string[] => space.damaged,

  listClients(space: Space, after: string, limit: number): object[] {
    return page(space.select('clients', {}) as { id: string }[], after, limit)
  },
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

/** The first successor that is still kept. */
function successorOf(space: Space, hash: string): CredentialRow | undefined {
  const rows = space.select('credentials', { claims: hash }) as CredentialRow[]
  return rows.toSorted((a, b) => a.place - b.place)[0]
}

/** It expired, and so did what it was made from, whose mark of use it is. */
function isPast(space: Space, row: CredentialRow, before: number): boolean {
  for (let one: CredentialRow | null = row; one;) {
    if (one.expiresAt === null || one.expiresAt >= before) return false
    one =
      one.claims === null || one.place > 0
        ? null
        : (space.get('credentials', one.claims) as CredentialRow | null)
  }
  return true
}

/** Removes a credential, and with the last that somebody could present its grant. */
function removeCredential(space: Space, { hash, grantId }: CredentialRow): void {
  space.remove('credentials', { hash })
  const left = space.select('credentials', { grantId }) as CredentialRow[]
  if (left.every(({ gone }) => gone)) removeGrant(space, grantId)
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
