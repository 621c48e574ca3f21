import type { Credential, Grant, GrantRef, NewCredential } from '@oauth2-kit/core'
import type { CredentialRow, GrantDocument } from './schema'

/** Beyond this a Date says nothing. */
export const lastDate = 8.64e15

/** A moment as a Date, or `null` for never; the TTL index looks at nothing else. */
export function dateOf(milliseconds: number): Date
export function dateOf(milliseconds: number | null): Date | null
export function dateOf(milliseconds: number | null): Date | null {
  return milliseconds === null ? null : new Date(Math.min(milliseconds, lastDate))
}

/** The members by name: what else an object has is not kept. */
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
    redeemed: 0,
    expiresAt: dateOf(lastExpiry(rows)),
    nextExpiry: firstExpiry(rows),
  }
}

/** When the last of them expires; `null` = never. */
export function lastExpiry(rows: readonly CredentialRow[]): number | null {
  const ends = rows.map(({ expiresAt }) => expiresAt)
  return ends.includes(null) ? null : Math.max(...(ends as number[]))
}

/** When the first of them expires; `null` = none ever does. */
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

/** What says whose a grant is. */
export type Owner = Pick<GrantDocument, '_id' | 'clientId' | 'userId'>

function toRef({ _id, clientId, userId }: Owner): GrantRef {
  return { id: _id, clientId, userId }
}
