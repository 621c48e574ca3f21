import { optionError } from '../../errors/option-error'
import type { Credential, Grant, Hash, NewCredential } from '../../contract/store'
import { randomHex } from '../../crypto/random'
import { sha256 } from '../../crypto/hash'
import { type CredentialData, dataText } from '../../storage/credential-data'
import { assertMetadata } from '../metadata'
import type { Importing, Outcome } from './importing'
import type { KnownClients } from './known-clients'
import { type GrantMark, grantMark, markEndOf, markGrant, markKey } from './marks'
import { RowError, UnknownClientError, inStore } from './row-error'
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
const mostTries = 5
/** How long an interrupted import can be continued, in milliseconds. */
const unfinishedMs = 30 * 24 * 3_600_000

/** A token of a row. `expiresAt` is in milliseconds since the epoch, or `null` for never. */
interface Token {
  kind: 'access' | 'refresh'
  hash: Hash
  expiresAt: number | null
}

/** A valid row. */
interface GrantRow {
  clientId: string
  userId: string | null
  createdAt: number
  data: CredentialData
  tokens: Token[]
}

/**
 * Imports the tokens of a grant. Of any number of runs, exactly one creates them, and tokens that
 * were redeemed, revoked or purged since then do not come back:
 *
 * 1. A grant with a random id and without usable tokens is issued.
 * 2. A mark under the hash of the token names this grant, in one atomic operation. A run that finds
 *    another mark revokes its own grant, and continues with the grant of the mark.
 * 3. The tokens are added to the grant that the mark names. If it was revoked, this does nothing.
 *
 * A run that is interrupted at any point is continued by the next one.
 */
export async function importGrant(
  row: Row,
  importing: Importing,
  clients: KnownClients,
): Promise<Outcome> {
  const { store, dryRun, now } = importing
  const at = Math.floor(now())
  const grantRow = grantRowOf(row, at)
  const living = grantRow.tokens.filter(({ expiresAt }) => isAfter(expiresAt, at))
  if (living.length === 0) return 'skipped'
  const { clientId } = grantRow
  const key = markKey('grant', grantRow.tokens[0]!.hash)
  const marked = await grantMark(store, key)
  // With a mark, the client was there, and may have been deleted since with the grant.
  if (!marked && !clients.isAssumed(clientId) && !(await clients.get(clientId)))
    throw new UnknownClientError(clientId)
  if (dryRun) return outcomeOfDryRun(grantRow, living, marked, store)
  const { grantId, access } = marked ?? (await beginGrant(grantRow, key, at, importing, clients))
  const outcome = await addTokens(grantRow, living, grantId, store)
  if (outcome !== 'alreadyThere') return outcome
  const [first, second] = grantRow.tokens
  const isOther = first?.kind === 'refresh' && second !== undefined && second.hash !== access
  return isOther && living.includes(second)
    ? addLater(grantRow, second, grantId, at, store)
    : outcome
}

function grantRowOf(row: Row, now: number): GrantRow {
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

/** Issues a grant without usable tokens and marks it, and resolves with the mark that holds. */
async function beginGrant(
  { clientId, userId, createdAt, data, tokens }: GrantRow,
  key: string,
  at: number,
  { store }: Importing,
  clients: KnownClients,
): Promise<GrantMark> {
  const grant: Grant = { id: randomHex(16), clientId, userId, createdAt, data: dataText(data) }
  const end = latestOf(tokens).expiresAt
  const placeholder: NewCredential = {
    // The hash of no token.
    hash: randomHex(32),
    kind: 'access',
    createdAt,
    expiresAt: Math.min(at + unfinishedMs, end ?? Infinity),
    data: dataText({ scope: '' }),
  }
  for (let tries = 1; ; tries++) {
    const client = await clients.get(clientId)
    if (!client) throw new UnknownClientError(clientId)
    const conditions = { clientVersion: client.version }
    if ((await inStore(() => store.issue(grant, [placeholder], conditions))) === 'issued') break
    clients.forget(clientId)
    if ((await clients.get(clientId))?.version === client.version)
      throw new RowError('The user was deleted: leave the row out')
    if (tries === mostTries)
      throw new RowError('The client was changed during every attempt: run the import again')
  }
  const [first, second] = tokens
  const mark = { grantId: grant.id, access: first?.kind === 'refresh' ? second?.hash : undefined }
  if (await markGrant(store, key, mark, markEndOf(end, at))) return mark
  await inStore(() => store.revoke({ grantId: grant.id }))
  const other = await grantMark(store, key)
  if (other) return other
  throw new RowError('The mark of the row expired during the import: run the import again')
}

/** Adds the tokens to the grant, unless an earlier call has. */
async function addTokens(
  row: GrantRow,
  living: readonly Token[],
  grantId: string,
  store: Importing['store'],
): Promise<Outcome> {
  const witness = witnessOf(row, grantId)
  const found = await inStore(() => store.find(witness))
  if (found) return existing(found, row, grantId, store)
  const { createdAt } = row
  const credentials = living.map((token) => credentialOf(token, row))
  if (!living.some(({ hash }) => hash === witness)) {
    const { expiresAt } = latestOf(row.tokens)
    const data = dataText({ scope: '' })
    credentials.push({ hash: witness, kind: 'access', createdAt, expiresAt, data })
  }
  return extend(row, living, grantId, credentials, store)
}

/**
 * Adds the access token of a row whose refresh token was imported with another access token. Some
 * servers keep the refresh token when they issue a new access token.
 */
async function addLater(
  row: GrantRow,
  access: Token,
  grantId: string,
  at: number,
  store: Importing['store'],
): Promise<Outcome> {
  const key = markKey('grant', access.hash)
  if (await grantMark(store, key)) return 'alreadyThere'
  const outcome = await extend(row, [access], grantId, [credentialOf(access, row)], store)
  if (outcome === 'created')
    await markGrant(store, key, { grantId }, markEndOf(access.expiresAt, at))
  return outcome
}

function credentialOf({ kind, hash, expiresAt }: Token, { createdAt, data }: GrantRow) {
  const { until: _, ...accessData } = data
  const text = dataText(kind === 'refresh' ? data : accessData)
  return { kind, hash, createdAt, expiresAt, data: text } satisfies NewCredential
}

async function extend(
  row: GrantRow,
  tokens: readonly Token[],
  grantId: string,
  credentials: NewCredential[],
  store: Importing['store'],
): Promise<Outcome> {
  const { clientId, userId } = row
  const grant = { id: grantId, clientId, userId }
  try {
    const outcome = await inStore(() => store.extend(grant, credentials))
    return outcome === 'extended' ? 'created' : 'skipped'
  } catch (error) {
    const found = await present(tokens, store)
    if (found.length === 0) throw error
    if (found.length === tokens.length) return existing(found[0]!, row, grantId, store)
    throw new RowError(
      `The ${found[0]!.kind} token exists already, in another grant: import each token in one row`,
    )
  }
}

/**
 * Handles a token that exists. If it belongs to another grant, such as one that the server issued,
 * ends the grant that this import has begun.
 */
async function existing(
  { grant }: Credential,
  { clientId, userId }: GrantRow,
  grantId: string,
  store: Importing['store'],
): Promise<Outcome> {
  if (grant.id !== grantId) await inStore(() => store.revoke({ grantId }))
  if (grant.clientId === clientId && grant.userId === userId) return 'alreadyThere'
  throw otherOwner()
}

/**
 * Returns the hash of the credential that shows whether the tokens were added to the grant. It must
 * stay as long as the grant. A refresh token does, also if it is redeemed. An access token can be
 * revoked alone, so it needs another credential beside it.
 */
function witnessOf(row: GrantRow, grantId: string): Hash {
  const latest = latestOf(row.tokens)
  return latest.kind === 'refresh' ? latest.hash : sha256(`imported ${grantId}`)
}

/** Resolves with those of the tokens that exist. */
async function present(tokens: readonly Token[], store: Importing['store']): Promise<Credential[]> {
  const found = await Promise.all(tokens.map(({ hash }) => inStore(() => store.find(hash))))
  return found.filter((one) => one !== null)
}

async function outcomeOfDryRun(
  row: GrantRow,
  living: readonly Token[],
  marked: GrantMark | null,
  store: Importing['store'],
): Promise<Outcome> {
  const [found] = await present(living, store)
  if (!found) return marked ? 'skipped' : 'created'
  const { clientId, userId } = found.grant
  if (clientId === row.clientId && userId === row.userId) return 'alreadyThere'
  throw otherOwner()
}

function otherOwner(): RowError {
  return new RowError(
    'The token exists already, with another client or user: correct one of the rows',
  )
}

/** Returns the token that expires last, the refresh token if both do. */
function latestOf(tokens: readonly Token[]): Token {
  const [refreshOrOnly, access] = tokens as [Token, Token?]
  if (!access || refreshOrOnly.expiresAt === null) return refreshOrOnly
  return isAfter(access.expiresAt, refreshOrOnly.expiresAt) ? access : refreshOrOnly
}

/** Returns whether an expiry is after a time. `null` means never. */
function isAfter(expiresAt: number | null, time: number): boolean {
  return expiresAt === null || expiresAt > time
}
