import type { Credential, Grant, GrantRef, Hash, NewCredential } from '@oauth2-kit/core'
import { nameOf, part } from './schema'

type Kind = NewCredential['kind']

const letters: Record<Kind, string> = {
  code: 'c',
  access: 'a',
  refresh: 'r',
  used: 'u',
  answer: 's',
}
const kinds = Object.fromEntries(
  Object.entries(letters).map(([kind, letter]) => [letter, kind]),
) as Record<string, Kind>

/**
 * Returns a credential as it is stored: a line with everything but `data`, then `data` unchanged. The
 * line has the kind, both times (none means never), grant, client and user (none means no user).
 */
export function toText(credential: NewCredential, grant: GrantRef): string {
  const { kind, createdAt, expiresAt, data } = credential
  const times = `${timeText(createdAt)} ${expiresAt === null ? '' : timeText(expiresAt)}`
  const owner = `${part(grant.id)} ${part(grant.clientId)} ${userPart(grant.userId)}`
  return `${letters[kind]}${times} ${owner}\n${data}`
}

/** Returns a time in the base 36, which is short, or in the base 10 after a "=" if it has fractions. */
function timeText(time: number): string {
  return Number.isSafeInteger(time) && time >= 0 ? time.toString(36) : `=${time}`
}

function timeOf(text: string): number {
  return text.startsWith('=') ? Number(text.slice(1)) : Number.parseInt(text, 36)
}

/** Returns whether a record is marked as pending: see scripts/elsewhere.ts. */
export function isPending(record: string): boolean {
  return record.startsWith('?')
}

/**
 * Returns what a Cluster stores under the hash of an answer: a pointer to the grant at whose slot
 * the answer is. It is the same for all attempts to redeem a token, whose answers have the same
 * hash.
 */
export function pointerTo(grantId: string): string {
  return `@${part(grantId)}`
}

/** Returns the id of the grant that a pointer names, or `null` if the text is a record. */
export function grantPointedTo(text: string): string | null {
  return text.startsWith('@') ? nameOf(text.slice(1)) : null
}

/** Returns the credential in a record. */
export function toCredential(hash: Hash, record: string): Credential {
  const start = isPending(record) ? 1 : 0
  const end = record.indexOf('\n')
  const [created, expires, id, client, user] = record.slice(start + 1, end).split(' ')
  return {
    hash,
    kind: kinds[record[start]!]!,
    createdAt: timeOf(created!),
    expiresAt: expires === '' ? null : timeOf(expires!),
    data: record.slice(end + 1),
    grant: { id: nameOf(id!), clientId: nameOf(client!), userId: user ? nameOf(user) : null },
  }
}

/** Returns a user as scripts expect it: '' means no user. */
export function userPart(userId: string | null): string {
  return userId === null ? '' : part(userId)
}

/** The fields of a grant that `toGrant` reads. */
export const grantMembers = ['c', 'u', 'i', 'd']

/** Returns the grant with those fields, or `null` if it is revoked or gone. */
export function toGrant(id: string, members: readonly (string | null)[]): Grant | null {
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

/** Returns the first line of a stored client or user, which is its version. Scripts compare it. */
export function versionLine(version: string): string {
  return `${part(version)}\n`
}

/** Returns the JSON that follows that many lines. */
export function jsonBehind(lines: number, text: string): unknown {
  let start = 0
  for (let line = 0; line < lines; line++) start = text.indexOf('\n', start) + 1
  return JSON.parse(text.slice(start))
}
