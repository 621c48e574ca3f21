import { optionError } from '../../errors/option-error'
import type { Hash } from '../../contract/store'
import type { CredentialData } from '../../storage/credential-data'
import { assertMetadata } from '../metadata'
import {
  type Row,
  assertMembers,
  clientIdIn,
  isSet,
  scopeIn,
  timeIn,
  tokenHashIn,
  userIdIn,
} from './row-fields'

const members = [
  'clientId',
  'userId',
  'scope',
  'accessToken',
  'accessTokenSha256',
  'accessTokenExpiresAt',
  'refreshToken',
  'refreshTokenSha256',
  'refreshTokenExpiresAt',
  'grantExpiresAt',
  'createdAt',
  'metadata',
]

/** A token of a row. `expiresAt` is in milliseconds since the epoch, or `null` for never. */
export interface Token {
  kind: 'access' | 'refresh'
  hash: Hash
  expiresAt: number | null
}

/** A valid row of kind `grant`. */
export interface GrantRow {
  clientId: string
  userId: string | null
  createdAt: number
  data: CredentialData
  /** The refresh token, the access token, or both in this order. */
  tokens: Token[]
}

/** Returns what a row says. Throws an OptionError if it is wrong. */
export function grantRowOf(row: Row, now: number): GrantRow {
  assertMembers(row, members)
  const { metadata = null } = row
  if (metadata !== null) assertMetadata(metadata)
  const until = isSet(row['grantExpiresAt']) ? timeIn(row, 'grantExpiresAt') : null
  const tokens = (['refresh', 'access'] as const).flatMap((kind) => tokensIn(row, kind, until))
  const [first, second] = tokens
  if (!first) throw optionError('accessToken', 'and "refreshToken" are missing: set at least one')
  if (first.hash === second?.hash)
    throw optionError('refreshToken', 'must differ from "accessToken"')
  const data: CredentialData = { scope: scopeIn(row, 'scope') }
  if (until !== null) data.until = until
  if (metadata !== null) data.metadata = metadata as Record<string, unknown>
  return {
    clientId: clientIdIn(row, 'clientId'),
    userId: userIdIn(row, 'userId'),
    createdAt: isSet(row['createdAt']) ? timeIn(row, 'createdAt')! : now,
    data,
    tokens,
  }
}

/** Returns the token of this kind, if the row has one. It never outlives its grant. */
function tokensIn(row: Row, kind: Token['kind'], until: number | null): Token[] {
  const name = `${kind}Token`
  const hash = tokenHashIn(row, name)
  if (hash === undefined) {
    if (!isSet(row[`${name}ExpiresAt`])) return []
    throw optionError(`${name}ExpiresAt`, `is set without "${name}": set both`)
  }
  const own = timeIn(row, `${name}ExpiresAt`)
  return [{ kind, hash, expiresAt: isAfter(own, until ?? Infinity) ? until : own }]
}

/** Returns whether an expiry is after a time. `null` means never. */
export function isAfter(expiresAt: number | null, time: number): boolean {
  return expiresAt === null || expiresAt > time
}
