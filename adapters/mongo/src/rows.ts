import type { Credential, Grant, GrantRef, NewCredential } from '@oauth2-kit/core'
import type { CredentialRow, GrantDocument } from './schema'

/** The latest time of a Date, in milliseconds since the epoch. */
export const lastDate = 8.64e15

/** Returns a time as a Date, or `null` for never. A TTL index ignores values that are not dates. */
export function dateOf(milliseconds: number): Date
export function dateOf(milliseconds: number | null): Date | null
export function dateOf(milliseconds: number | null): Date | null {
  return milliseconds === null ? null : new Date(Math.min(milliseconds, lastDate))
}

/** Copies the members by name, so that no other members of the object are stored. */
export function toRow({ hash, kind, createdAt, expiresAt, data }: NewCredential): CredentialRow {
  return { hash, kind, createdAt, expiresAt, data }
}

export function toDocument(grant: Grant, credentials: NewCredential[]): GrantDocument {
  const { id, clientId, userId, createdAt, data } = grant
  const rows = credentials.map(toRow)
  return {
    _id: id,
    clientId,
    userId,
    createdAt,
    data,
    credentials: rows,
    redeemed: rows.filter(({ kind }) => kind === 'used').length,
    expiresAt: dateOf(lastExpiry(rows)),
    nextExpiry: firstExpiry(rows),
  }
}

/** Returns when the last of the rows expires; `null` = never. */
export function lastExpiry(rows: readonly CredentialRow[]): number | null {
  const ends = rows.map(({ expiresAt }) => expiresAt)
  return ends.includes(null) ? null : Math.max(...(ends as number[]))
}

/** Returns when the first of the rows expires; `null` = none of them does. */
export function firstExpiry(rows: readonly CredentialRow[]): number | null {
  const ends = rows.map(({ expiresAt }) => expiresAt).filter((end) => end !== null)
  return ends.length === 0 ? null : Math.min(...ends)
}

export function toCredential(row: CredentialRow, owner: Owner): Credential {
  const { hash, kind, createdAt, expiresAt, data } = row
  return { hash, kind, createdAt, expiresAt, data, grant: toRef(owner) }
}

export function toGrant(document: Owner & Pick<GrantDocument, 'createdAt' | 'data'>): Grant {
  const { createdAt, data } = document
  return { ...toRef(document), createdAt, data }
}

/** The members that identify a grant and its owner. */
export type Owner = Pick<GrantDocument, '_id' | 'clientId' | 'userId'>

function toRef({ _id, clientId, userId }: Owner): GrantRef {
  return { id: _id, clientId, userId }
}
