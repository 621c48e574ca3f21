import { withCode } from '@oauth2-kit/core/store-kit'
import type {
  Client,
  Credential,
  Grant,
  GrantRef,
  NewCredential,
  StoredRecord,
  User,
} from '@oauth2-kit/core'
import type { ClientRow, CredentialRow, RecordRow, UserRow } from './schema'

// One table has both the ids of grants and hashes. The prefix keeps them apart.
const grantPrefix = 'grant:'
const longestId = 255

/**
 * The kind of an access token that was revoked alone. The row stays, because it may be a mark of
 * use.
 */
export const revokedKind = 'revoked'
/** The kinds that do not keep a grant alive. */
export const lifeless: string[] = [revokedKind, 'answer' satisfies NewCredential['kind']]

const kinds: readonly string[] = [
  'code',
  'access',
  'refresh',
  'used',
  'answer',
] satisfies NewCredential['kind'][]

/**
 * Returns whether a row can have that id or name, which every database stores and compares
 * unchanged.
 */
export function isId(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value !== '' &&
    value.length <= longestId &&
    value.isWellFormed() &&
    !value.includes('\0')
  )
}

/** Returns the id of a grant's own row. */
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

/**
 * Returns the row of a credential. For a successor, it includes the credential that it claims, and
 * its position among the successors.
 */
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

export function recordRow({ key, data, expiresAt }: StoredRecord): RecordRow {
  return { id: assertedId(key, 'key'), data, expiresAt: toTime(expiresAt) }
}

export function clientRow(client: Client): ClientRow {
  return {
    id: assertedId(client.id, 'id'),
    version: assertedId(client.version, 'version'),
    data: JSON.stringify(client),
    createdAt: toTime(Date.now()),
  }
}

export function userRow({ id, version, username, passwordHash, metadata }: User): UserRow {
  return {
    id: assertedId(id, 'id'),
    version: assertedId(version, 'version'),
    username: assertedId(username, 'username'),
    passwordHash,
    data: JSON.stringify({ metadata }),
    deletedUntil: null,
  }
}

/** Returns the values that the row of a deleted user has. They contain no personal data. */
export function deletedUser(markUntil: number) {
  const deletedUntil = toTime(markUntil)
  return { version: '', username: null, passwordHash: '', data: '', deletedUntil }
}

/** Returns the credential in a row, or `null` if the row is not that of a credential. */
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

/** Returns the user in a row, or `null` if the row is the mark of a deleted user. */
export function userOf({ id, version, username, passwordHash, data }: UserRow): User | null {
  if (username === null) return null
  const { metadata } = JSON.parse(data) as Pick<User, 'metadata'>
  return { id, version, username, passwordHash, ...(metadata === undefined ? {} : { metadata }) }
}

export function recordOf({ id, data, expiresAt }: RecordRow): StoredRecord {
  return { key: id, data, expiresAt: Number(expiresAt) }
}

export function toTime(milliseconds: number): bigint {
  return BigInt(Math.floor(milliseconds))
}

/** Returns a row with all columns: then several rows can be inserted in one statement. */
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
  throw withCode(
    'OAUTH2_KIT_OPTION',
    new TypeError(
      `"${name}" must be text of 1 to ${longestId} characters, well-formed and without NUL`,
    ),
  )
}
