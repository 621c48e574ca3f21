import type { Credential, Grant, GrantRef, NewCredential } from '@oauth2-kit/core'
import type { CredentialRow, GrantDocument } from './schema'

/** Beyond this a Date says nothing. */
export const lastDate = 8.64e15

/** A moment as a Date, or `null` for never; the TTL index looks at nothing else. */
export function dateOf(milliseconds: number | null): Date | null {
  return milliseconds === null ? null : new Date(Math.min(milliseconds, lastDate))
}

/** The members by name: what else an object has is not kept. */
export function toRow({ hash, kind, createdAt, expiresAt, data }: NewCredential): CredentialRow {
  return { hash, kind, createdAt, expiresAt, data, keepUntil: expiresAt }
}

export function toDocument(grant: Grant, credentials: NewCredential[]): GrantDocument {
  const { id, clientId, userId, createdAt, data } = grant
  const ends = credentials.map(({ expiresAt }) => expiresAt)
  const known = ends.filter((end) => end !== null)
  return {
    _id: id,
    clientId,
    userId,
    createdAt,
    data,
    credentials: credentials.map(toRow),
    expiresAt: known.length < ends.length ? null : dateOf(Math.max(...known)),
    nextExpiry: known.length === 0 ? null : Math.min(...known),
  }
}

export function toCredential(row: CredentialRow, document: Owner): Credential {
  const { hash, kind, createdAt, expiresAt, data } = row
  return { hash, kind, createdAt, expiresAt, data, grant: toRef(document) }
}

export function toGrant(document: Owner & Pick<GrantDocument, 'createdAt' | 'data'>): Grant {
  const { createdAt, data } = document
  return { ...toRef(document), createdAt, data }
}

/** What says whose a grant is. */
type Owner = Pick<GrantDocument, '_id' | 'clientId' | 'userId'>

function toRef({ _id, clientId, userId }: Owner): GrantRef {
  return { id: _id, clientId, userId }
}
