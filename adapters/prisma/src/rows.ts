import { lookAgainMs, ownerOf } from '@oauth2-kit/core/store-kit'
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

/**
 * The kind of an access token that was revoked without its grant. The row stays, because it may be
 * a redemption mark.
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

/** Returns the row of a grant. */
export function grantRow({ id, clientId, userId, createdAt, data }: Grant): CredentialRow {
  return {
    id,
    kind: 'grant',
    grantId: null,
    claims: null,
    ordinal: 0,
    clientId,
    userId,
    data,
    createdAt: toTime(createdAt),
    expiresAt: null,
    // Only @oauth2-kit/typeorm, which shares the tables, checks the grant then.
    keepUntil: toTime(createdAt + lookAgainMs),
    owner: userId === null ? null : ownerOf(userId, clientId),
  }
}

/** Returns the row of a credential that redeems no other one. */
export function credentialRow(
  { hash, kind, createdAt, expiresAt, data }: NewCredential,
  { id: grantId, clientId, userId }: GrantRef,
): CredentialRow {
  const end = expiresAt === null ? null : toTime(expiresAt)
  return {
    id: hash,
    kind,
    grantId,
    claims: null,
    ordinal: 0,
    clientId,
    userId,
    data,
    createdAt: toTime(createdAt),
    expiresAt: end,
    keepUntil: end,
    owner: null,
  }
}

/**
 * Returns the rows of the successors of a credential. Each claims the credential, under its own
 * ordinal. The first one is the redemption mark, and is kept as long as the credential.
 */
export function successorRows(old: Credential, successors: NewCredential[]): CredentialRow[] {
  return successors.map((successor, ordinal) => {
    const row = { ...credentialRow(successor, old.grant), claims: old.hash, ordinal }
    if (ordinal > 0) return row
    const end = old.expiresAt === null ? null : toTime(old.expiresAt)
    return { ...row, keepUntil: later(row.keepUntil, end) }
  })
}

/** Returns the later of two ends; `null` = never. */
export function later(one: bigint | null, other: bigint | null): bigint | null {
  if (one === null || other === null) return null
  return one > other ? one : other
}

export function recordRow({ key, data, expiresAt }: StoredRecord): RecordRow {
  return { id: key, data, expiresAt: toTime(expiresAt) }
}

export function clientRow(client: Client): ClientRow {
  const { id, version } = client
  return { id, version, data: JSON.stringify(client) }
}

export function userRow({ id, version, username, passwordHash, metadata }: User): UserRow {
  const data = metadata === undefined ? null : JSON.stringify(metadata)
  return { id, version, username, passwordHash, data, deletedUntil: null }
}

/** Returns the values for the row of a deleted user. They contain no personal data. */
export function deletedUser(markUntil: number) {
  const deletedUntil = toTime(markUntil)
  return { version: '', username: null, passwordHash: '', data: null, deletedUntil }
}

/** Returns the credential in a row, or `null` if the row is not that of a credential. */
export function toCredential(row: CredentialRow): Credential | null {
  const { id: hash, kind, grantId, clientId, userId, data, createdAt, expiresAt } = row
  if (grantId === null || !isKind(kind)) return null
  return {
    hash,
    kind,
    createdAt: Number(createdAt),
    expiresAt: expiresAt === null ? null : Number(expiresAt),
    data,
    grant: { id: grantId, clientId, userId },
  }
}

export function toGrant({ id, clientId, userId, createdAt, data }: CredentialRow): Grant {
  return { id, clientId, userId, createdAt: Number(createdAt), data }
}

export function toClient({ data }: ClientRow): Client {
  return JSON.parse(data) as Client
}

/** Returns the user in a row, or `null` if the row is the mark of a deleted user. */
export function toUser({ id, version, username, passwordHash, data }: UserRow): User | null {
  if (username === null) return null
  const user = { id, version, username, passwordHash }
  return data === null ? user : { ...user, metadata: JSON.parse(data) as User['metadata'] }
}

export function toRecord({ id, data, expiresAt }: RecordRow): StoredRecord {
  return { key: id, data, expiresAt: Number(expiresAt) }
}

export function toTime(milliseconds: number): bigint {
  return BigInt(Math.floor(milliseconds))
}

function isKind(kind: string): kind is NewCredential['kind'] {
  return kinds.includes(kind)
}
