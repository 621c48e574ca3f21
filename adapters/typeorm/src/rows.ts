import { withCode } from '@oauth2-kit/core/store-kit'
import { createHash } from 'node:crypto'
import type { Credential, Grant, GrantRef, NewCredential } from '@oauth2-kit/core'
import type { CredentialRow } from './schema'
import type { Value } from './sql'

/** The columns of a credential that are read. */
export const readColumns = [
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
] as const satisfies (keyof CredentialRow)[]

/** The columns of a credential that its statements write, in this order. */
export const columns = [...readColumns, 'owner'] as const satisfies (keyof CredentialRow)[]

/** How long after it was made a grant is first looked at for whether anything of it is left. */
export const lookAgainMs = 30 * 24 * 3_600_000

const longestKey = 255

/**
 * Whether it is text that every engine keeps and compares as it is. Anything else matches nothing:
 * some engines would compare a number with the digits at the start of a text, and a lone surrogate
 * is kept as another character.
 */
export function isKey(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length <= longestKey &&
    value.isWellFormed() &&
    !value.includes('\0')
  )
}

/** Throws a TypeError for what a key column cannot keep as it is. */
export function assertKeys(values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (isKey(value)) continue
    throw withCode(
      'OAUTH2_KIT_OPTION',
      new TypeError(`"${name}" must be well-formed text of at most ${longestKey} characters`),
    )
  }
}

/** The row of a grant, in the order of the columns. */
export function grantValues({ id, clientId, userId, createdAt, data }: Grant): Value[] {
  assertKeys({ 'grant.id': id, clientId, ...(userId !== null && { userId }) })
  const keepUntil = createdAt + lookAgainMs
  const owner = userId === null ? null : ownerOf(userId, clientId)
  return [id, 'grant', null, null, clientId, userId, data, createdAt, null, keepUntil, owner]
}

/** What the grants of a user and a client have in common. */
export function ownerOf(userId: string, clientId: string): string {
  return createHash('sha256')
    .update(JSON.stringify([userId, clientId]))
    .digest('hex')
}

/** The row of a credential that comes with its grant, in the order of the columns. */
export function credentialValues(credential: NewCredential, grant: GrantRef): Value[] {
  assertKeys({ hash: credential.hash })
  const { hash, kind, data, createdAt, expiresAt } = credential
  const { id, clientId, userId } = grant
  return [hash, kind, id, null, clientId, userId, data, createdAt, expiresAt, expiresAt, null]
}

/** The credential of a row, if it can be presented: not a grant, and not what was revoked. */
export function toCredential(row: CredentialRow): Credential | null {
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

/** The grant of its row. */
export function toGrant({ id, clientId, userId, createdAt, data }: CredentialRow): Grant {
  return { id, clientId, userId, createdAt: Number(createdAt), data }
}
