import type { Client, Credential, Grant, GrantRef, NewCredential, User } from '@oauth2-kit/core'
import type { ClientRow, CredentialRow, UserRow } from './schema'

// One table has three kinds of id, and none of them may be taken for another.
const grantPrefix = 'grant:'
const keyPrefix = 'key:'
const longestId = 255

/** The kind of an access token that was revoked alone: it stays as the mark of use that it may be. */
export const revokedKind = 'revoked'

const kinds: readonly string[] = [
  'code',
  'access',
  'refresh',
  'used',
] satisfies NewCredential['kind'][]

/** Whether a row can have that id or name: every database keeps and compares it as it is. */
export function isId(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value !== '' &&
    value.length <= longestId &&
    value.isWellFormed() &&
    !value.includes('\0')
  )
}

/** The id of a grant's own row. */
export function grantKey(grantId: string): string {
  return grantPrefix + grantId
}

export function grantRow({ id, clientId, userId, createdAt, data }: Grant): CredentialRow {
  return row({
    id: grantKey(assertedId(id, 'id')),
    kind: 'grant',
    data,
    ...ownerOf({ clientId, userId }),
    createdAt: toTime(createdAt),
  })
}

/** The row of a credential; of a successor, with what it claims and its place among the others. */
export function credentialRow(
  { hash, kind, createdAt, expiresAt, data }: NewCredential,
  grant: GrantRef,
  claims: string | null = null,
  ordinal = 0,
): CredentialRow {
  return row({
    id: assertedId(hash, 'hash'),
    kind,
    grantId: grantKey(grant.id),
    claims,
    claimsGrantId: claims === null ? null : grantKey(grant.id),
    ordinal,
    ...ownerOf(grant),
    data,
    createdAt: toTime(createdAt),
    expiresAt: expiresAt === null ? null : toTime(expiresAt),
  })
}

/** The row of a key that was seen. */
export function keyRow(key: string, expiresAt: number): CredentialRow {
  const id = keyPrefix + assertedId(key, 'key')
  return row({ id, kind: 'key', clientId: '', data: '', expiresAt: toTime(expiresAt) })
}

export function clientRow(client: Client): ClientRow {
  const id = assertedId(client.id, 'id')
  return { id, data: JSON.stringify(client), createdAt: toTime(Date.now()) }
}

export function userRow({ id, username, passwordHash, metadata }: User): UserRow {
  return {
    id: assertedId(id, 'id'),
    username: assertedId(username, 'username'),
    passwordHash,
    data: JSON.stringify({ metadata }),
  }
}

/** The credential in a row, or `null` if something else is. */
export function credentialOf(row: CredentialRow): Credential | null {
  const { id: hash, kind, grantId, clientId, userId, data } = row
  if (grantId === null || !isKind(kind)) return null
  const grant = { id: grantId.slice(grantPrefix.length), clientId, userId }
  return { hash, kind, grant, data, ...timesOf(row) }
}

export function grantOf({ id, clientId, userId, createdAt, data }: CredentialRow): Grant {
  return { id: id.slice(grantPrefix.length), clientId, userId, createdAt: Number(createdAt), data }
}

export function clientOf({ data }: ClientRow): Client {
  return JSON.parse(data) as Client
}

export function userOf({ id, username, passwordHash, data }: UserRow): User {
  return { id, username, passwordHash, ...(JSON.parse(data) as Pick<User, 'metadata'>) }
}

export function toTime(milliseconds: number): bigint {
  return BigInt(Math.floor(milliseconds))
}

/** Every row names every column: an insert is then one statement. */
function row(
  given: Pick<CredentialRow, 'id' | 'kind' | 'clientId' | 'data'> & Partial<CredentialRow>,
): CredentialRow {
  return {
    grantId: null,
    claims: null,
    claimsGrantId: null,
    ordinal: 0,
    userId: null,
    createdAt: 0n,
    expiresAt: null,
    ...given,
  }
}

function ownerOf({ clientId, userId }: Pick<GrantRef, 'clientId' | 'userId'>) {
  return {
    clientId: assertedId(clientId, 'clientId'),
    userId: userId === null ? null : assertedId(userId, 'userId'),
  }
}

function timesOf({ createdAt, expiresAt }: CredentialRow) {
  return { createdAt: Number(createdAt), expiresAt: expiresAt === null ? null : Number(expiresAt) }
}

function isKind(kind: string): kind is NewCredential['kind'] {
  return kinds.includes(kind)
}

function assertedId(value: unknown, name: string): string {
  if (isId(value)) return value
  throw new TypeError(
    `"${name}" must be text of 1 to ${longestId} characters, well-formed and without NUL`,
  )
}
