import type { Credential, Grant, GrantRef, NewCredential } from '@oauth2-kit/core'
import type { CredentialRow } from './schema'
import type { Value } from './sql'

/** The columns of a credential that its statements write, in this order. */
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
] as const satisfies (keyof CredentialRow)[]

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
    throw new TypeError(`"${name}" must be well-formed text of at most ${longestKey} characters`)
  }
}

/** The row of a grant, in the order of the columns. */
export function grantValues({ id, clientId, userId, createdAt, data }: Grant): Value[] {
  assertKeys({ 'grant.id': id, clientId, ...(userId !== null && { userId }) })
  const keepUntil = createdAt + lookAgainMs
  return [id, 'grant', null, null, clientId, userId, data, createdAt, null, keepUntil]
}

/** The row of a credential that comes with its grant, in the order of the columns. */
export function credentialValues(credential: NewCredential, grant: GrantRef): Value[] {
  assertKeys({ hash: credential.hash })
  const { hash, kind, data, createdAt, expiresAt } = credential
  const { id, clientId, userId } = grant
  return [hash, kind, id, null, clientId, userId, data, createdAt, expiresAt, expiresAt]
}

/** The credential of a row, if somebody can present it: not a grant, and not what was revoked. */
export function toCredential(row: CredentialRow): Credential | null {
  return row.kind === 'revoked' ? null : toMark(row)
}

/** The credential of a row, as the mark of use that it is; `null` for the row of a grant. */
export function toMark(row: CredentialRow): Credential | null {
  const { id, kind, grantId, clientId, userId, data, createdAt, expiresAt } = row
  if (kind === 'grant' || grantId === null) return null
  return {
    hash: id,
    kind: kind === 'revoked' ? 'access' : kind,
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
