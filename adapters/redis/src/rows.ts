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

/**
 * What is kept on Cluster under the hash of an answer: the grant at whose slot the answer is. It is
 * the same for all attempts to redeem a token, whose answers have one hash.
 */
export function pointerTo(grantId: string): string {
  return `@${part(grantId)}`
}

/** The grant that a pointer names; `null` = it is a record. */
export function grantPointedTo(text: string): string | null {
  return text.startsWith('@') ? nameOf(text.slice(1)) : null
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

/** What a script takes for a user: nobody is empty. */
export function userPart(userId: string | null): string {
  return userId === null ? '' : part(userId)
}

/** The members of a grant that `grantOf` reads. */
export const grantMembers = ['c', 'u', 'i', 'd']

/** The grant of those members, or `null` where it is revoked or gone. */
export function grantOf(id: string, members: readonly (string | null)[]): Grant | null {
  const [client, user, created, data] = members
  if (typeof client !== 'string' || typeof data !== 'string') return null
  return {
    id,
    clientId: nameOf(client),
    userId: user ? nameOf(user) : null,
    createdAt: Number(created),
    data,
  }
}

/** How the version of a client or user begins its text, which a script compares: a line. */
export function versionLine(version: string): string {
  return `${part(version)}\n`
}

/** The JSON behind so many lines. */
export function jsonBehind(lines: number, text: string): unknown {
  let start = 0
  for (let line = 0; line < lines; line++) start = text.indexOf('\n', start) + 1
  return JSON.parse(text.slice(start))
}
