import { lookAgainMs, ownerOf } from '@oauth2-kit/core/store-kit'
import type { Credential, Grant, GrantRef, NewCredential } from '@oauth2-kit/core'
import type { CredentialRow } from './schema'
import type { SqlValue } from './executor'

/** The columns that are read of a credential. */
export const credentialColumns = [
  'id',
  'kind',
  'grantId',
  'clientId',
  'userId',
  'data',
  'createdAt',
  'expiresAt',
] as const satisfies (keyof CredentialRow)[]

/** A credential's row as it is read. */
export type ReadCredential = Pick<CredentialRow, (typeof credentialColumns)[number]>

/** The columns that are read of a grant. */
export const grantColumns = [
  'id',
  'clientId',
  'userId',
  'createdAt',
  'data',
] as const satisfies (keyof CredentialRow)[]

/** A grant's row as it is read. */
export type ReadGrant = Pick<CredentialRow, (typeof grantColumns)[number]>

/** The columns that are written, in this order. */
export const columns = [
  'id',
  'kind',
  'grantId',
  'claims',
  'clientId',
  'userId',
  'data',
  'createdAt',
  'expiresAt',
  'keepUntil',
  'owner',
  'ordinal',
] as const satisfies (keyof CredentialRow)[]

/** Returns the row of a grant, in the order of `columns`. */
export function grantValues({ id, clientId, userId, createdAt, data }: Grant): SqlValue[] {
  const keepUntil = createdAt + lookAgainMs
  const owner = userId === null ? null : ownerOf(userId, clientId)
  return [id, 'grant', null, null, clientId, userId, data, createdAt, null, keepUntil, owner, 0]
}

/** Returns the row of a credential that is issued with its grant, in the order of `columns`. */
export function credentialValues(credential: NewCredential, grant: GrantRef): SqlValue[] {
  const { hash, kind, data, createdAt, expiresAt } = credential
  const { id, clientId, userId } = grant
  return [hash, kind, id, null, clientId, userId, data, createdAt, expiresAt, expiresAt, null, 0]
}

/**
 * Returns the credential of a row, or `null` if it cannot be presented: a grant, or a revoked
 * token.
 */
export function toCredential(row: ReadCredential): Credential | null {
  const { id, kind, grantId, clientId, userId, data, createdAt, expiresAt } = row
  if (kind === 'grant' || kind === 'revoked' || grantId === null) return null
  return {
    hash: id,
    kind,
    createdAt: Number(createdAt),
    expiresAt: expiresAt === null ? null : Number(expiresAt),
    data,
    grant: { id: grantId, clientId, userId },
  }
}

/** Returns the grant of a row. */
export function toGrant({ id, clientId, userId, createdAt, data }: ReadGrant): Grant {
  return { id, clientId, userId, createdAt: Number(createdAt), data }
}
