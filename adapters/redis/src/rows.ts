import type { Credential, Grant, GrantRef, Hash, NewCredential } from '@oauth2-kit/core'
import { nameOf, part } from './schema'

type Header = [
  kind: NewCredential['kind'],
  createdAt: number,
  expiresAt: number | null,
  grantId: string,
  clientId: string,
  userId: string | null,
]

/**
 * A credential as it is kept: all but `data` as JSON in one line, and behind it `data` as it is.
 */
export function recordOf(credential: NewCredential, grant: GrantRef): string {
  const { kind, createdAt, expiresAt, data } = credential
  const header: Header = [kind, createdAt, expiresAt, grant.id, grant.clientId, grant.userId]
  return `${JSON.stringify(header)}\n${data}`
}

/** Whether a record was written before it was known whether it counts: see scripts/elsewhere.ts. */
export function isPending(record: string): boolean {
  return record.startsWith('?')
}

/** The credential of a record. */
export function credentialOf(hash: Hash, record: string): Credential {
  const start = isPending(record) ? 1 : 0
  const end = record.indexOf('\n')
  const [kind, createdAt, expiresAt, id, clientId, userId] = JSON.parse(
    record.slice(start, end),
  ) as Header
  return {
    hash,
    kind,
    createdAt,
    expiresAt,
    data: record.slice(end + 1),
    grant: { id, clientId, userId },
  }
}

/** The successor that a mark of use speaks of. */
export function successorOf(mark: string): Credential {
  const end = mark.indexOf('\n')
  return credentialOf(nameOf(mark.slice(0, end)), mark.slice(end + 1))
}

/** What a script takes for a user: nobody is empty. */
export function userPart(userId: string | null): string {
  return userId === null ? '' : part(userId)
}

/** The members of a grant that `grantOf` reads. */
export const grantMembers = ['c', 'u', 'i', 'd', 'r']

/** The grant of those members, or `null` where there is none any more. */
export function grantOf(id: string, members: readonly (string | null)[]): Grant | null {
  const [client, user, created, data, revoked] = members
  if (typeof client !== 'string' || typeof data !== 'string' || revoked) return null
  return {
    id,
    clientId: nameOf(client),
    userId: user ? nameOf(user) : null,
    createdAt: Number(created),
    data,
  }
}
