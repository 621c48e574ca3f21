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

// One table has ids of grants and hashes, and neither may be taken for the other.
const grantPrefix = 'grant:'
const longestId = 255

/** The kind of an access token that was revoked alone: it stays as the mark of use that it may be. */
export const revokedKind = 'revoked'
/** The kinds that keep no grant alive. */
export const lifeless: string[] = [revokedKind, 'answer' satisfies NewCredential['kind']]

const kinds: readonly string[] = [
  'code',
  'access',
  'refresh',
  'used',
  'answer',
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

/** What the row of a user becomes when the user is deleted: nothing personal is left in it. */
export function deletedUser(markUntil: number) {
  const deletedUntil = toTime(markUntil)
  return { version: '', username: null, passwordHash: '', data: '', deletedUntil }
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

/** The user in a row, or `null` if the row is the mark of a deleted one. */
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
  throw withCode(
    'OAUTH2_KIT_OPTION',
    new TypeError(
      `"${name}" must be text of 1 to ${longestId} characters, well-formed and without NUL`,
    ),
  )
}
