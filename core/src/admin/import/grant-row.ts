import { optionError } from '../../errors/option-error'
import type { Credential, Grant, NewCredential } from '../../contract/store'
import { randomHex } from '../../crypto/random'
import { scopesIn } from '../../protocol/scope'
import { dataText } from '../../storage/credential-data'
import { type GrantRow, type Token, grantRowOf, isAfter } from './grant-fields'
import type { Importing, Outcome } from './importing'
import type { KnownClients } from './known-clients'
import { type TokenMark, markToken, tokenMark } from './marks'
import { RowError, UnknownClientError, inStore } from './row-error'
import type { Row } from './row-fields'

const mostTries = 5
/** How long an interrupted import can be continued, in milliseconds. */
const unfinishedMs = 30 * 24 * 3_600_000

/** A token of a row, its mark, and the credential that the store has for it. */
interface Known {
  token: Token
  mark: TokenMark | null
  found: Credential | null
}

/** A token that has a mark and that the store does not have. */
interface Missing {
  token: Token
  mark: TokenMark
}

/**
 * Imports the tokens of a grant. Of any number of runs, exactly one creates a token, and a token
 * that was redeemed, revoked or purged since then does not come back, in whatever rows it is:
 *
 * 1. A grant with a random id and without usable tokens is issued, unless a token of the row belongs
 *    to a grant already.
 * 2. A mark under the hash of each token names its grant and its owner, in one atomic operation. A
 *    run that finds another mark revokes its own grant, and continues with the grant of the mark.
 * 3. Each token is added to the grant that its mark names, in one atomic operation with its witness,
 *    a credential that can be added once. If the grant was revoked, this does nothing.
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
  const all = await Promise.all(living.map((token) => look(token, grantRow, store)))
  // With a mark, the client was there, and may have been deleted since with the grant.
  const isNew = all.every(({ mark, found }) => !mark && !found)
  const { clientId } = grantRow
  if (isNew && !clients.isAssumed(clientId) && !(await clients.get(clientId)))
    throw new UnknownClientError(clientId)
  if (isNew) await assertScope(grantRow, clients)
  if (dryRun) return bestOf(all.map(outcomeOfDryRun))
  const missing = await marked(all, grantRow, at, importing, clients)
  const outcomes: Outcome[] = all.some(({ found }) => found) ? ['alreadyThere'] : []
  for (const tokens of byGrant(missing)) outcomes.push(await addTokens(grantRow, tokens, at, store))
  return bestOf(outcomes)
}

/** Throws an OptionError if the client may not have the scope of the row. */
async function assertScope({ clientId, data }: GrantRow, clients: KnownClients): Promise<void> {
  const allowed = await clients.scopesOf(clientId)
  const other = scopesIn(data.scope).find((one) => allowed && !allowed.includes(one))
  if (other === undefined) return
  const hint = other.includes(',') ? ', or write spaces between the names' : ''
  throw optionError(
    'scope',
    `has "${other}", for which the client is not registered: add it to "scopes" of the client, or ` +
      `leave it out${hint}`,
  )
}

/** Resolves with what the store knows of a token. Throws a `RowError` if it has another owner. */
async function look(token: Token, row: GrantRow, store: Importing['store']): Promise<Known> {
  const [mark, found] = await Promise.all([
    tokenMark(store, token.hash),
    inStore(() => store.find(token.hash)),
  ])
  if (found) assertSame(found.grant, found.kind, token, row)
  else if (mark) assertSame(mark, mark.kind, token, row)
  return { token, mark, found }
}

/**
 * Marks the tokens that have no mark, and resolves with the tokens that the store does not have. A
 * new token joins the grant of the other one.
 */
async function marked(
  all: readonly Known[],
  row: GrantRow,
  at: number,
  { store }: Importing,
  clients: KnownClients,
): Promise<Missing[]> {
  const { clientId, userId } = row
  const mark = (token: Token, grantId: string, witness: string | null) => {
    const { kind, expiresAt } = token
    const content = { kind, grantId, clientId, userId, expiresAt, witness }
    return markToken(store, token.hash, content, at)
  }
  const joined = all.find(({ mark: one, found }) => found ?? (one && isAfter(one.expiresAt, at)))
  let grantId = joined && (joined.found?.grant.id ?? joined.mark!.grantId)
  for (const { token, found, mark: known } of all)
    if (found && !known) await mark(token, found.grant.id, null)
  const missing: Missing[] = []
  const unknown: Token[] = []
  for (const { token, found, mark: known } of all) {
    if (found) continue
    if (known) missing.push({ token, mark: known })
    else unknown.push(token)
  }
  if (unknown.length === 0) return missing
  const placeholder = placeholderOf(unknown, row, at)
  let begun: string | undefined
  if (grantId === undefined) begun = grantId = await beginGrant(row, placeholder, clients, store)
  // Otherwise the grant could end before an interrupted import is continued.
  else await inStore(() => store.extend({ id: grantId!, clientId, userId }, [placeholder]))
  for (const token of unknown) {
    // No text with a random hash is known, so none can be presented as a token. A refresh token
    // is found as long as its grant, also if it is redeemed: an access token can be revoked alone.
    const witness = token.kind === 'refresh' ? token.hash : randomHex(32)
    const holds = await mark(token, grantId, witness)
    if (begun !== undefined && holds.grantId !== begun && missing.length === 0) {
      await inStore(() => store.revoke({ grantId: begun! }))
      begun = undefined
      grantId = holds.grantId
    }
    assertSame(holds, holds.kind, token, row)
    missing.push({ token, mark: holds })
  }
  return missing
}

/** Issues a grant without usable tokens, and resolves with its id. */
async function beginGrant(
  { clientId, userId, createdAt, data }: GrantRow,
  placeholder: NewCredential,
  clients: KnownClients,
  store: Importing['store'],
): Promise<string> {
  const grant: Grant = { id: randomHex(16), clientId, userId, createdAt, data: dataText(data) }
  for (let tries = 1; ; tries++) {
    const client = await clients.get(clientId)
    if (!client) throw new UnknownClientError(clientId)
    const conditions = { clientVersion: client.version }
    if ((await inStore(() => store.issue(grant, [placeholder], conditions))) === 'issued')
      return grant.id
    clients.forget(clientId)
    if ((await clients.get(clientId))?.version === client.version)
      throw new RowError('The user was deleted: leave the row out')
    if (tries === mostTries)
      throw new RowError('The client was changed during every attempt: run the import again')
  }
}

/** Returns a credential with the hash of no token, which keeps a grant until its tokens are added. */
function placeholderOf(tokens: readonly Token[], { createdAt }: GrantRow, at: number) {
  const end = Math.max(...tokens.map(({ expiresAt }) => expiresAt ?? Infinity))
  const expiresAt = Math.min(at + unfinishedMs, end)
  return witnessOf(randomHex(32), createdAt, expiresAt)
}

function witnessOf(hash: string, createdAt: number, expiresAt: number | null): NewCredential {
  return { hash, kind: 'access', createdAt, expiresAt, data: dataText({ scope: '' }) }
}

function byGrant(missing: readonly Missing[]): Missing[][] {
  const ids = new Set(missing.map(({ mark }) => mark.grantId))
  return [...ids].map((id) => missing.filter(({ mark }) => mark.grantId === id))
}

/** Adds the tokens of one grant to it, except those that an earlier call has added. */
async function addTokens(
  row: GrantRow,
  tokens: readonly Missing[],
  at: number,
  store: Importing['store'],
): Promise<Outcome> {
  const { clientId, userId, createdAt } = row
  const grant = { id: tokens[0]!.mark.grantId, clientId, userId }
  for (let tries = 1; ; tries++) {
    const added = await Promise.all(tokens.map((one) => outcomeOf(one, at, store)))
    const rest = tokens.filter((_, index) => added[index] === 'missing')
    const outcomes = added.filter((one) => one !== 'missing')
    if (rest.length === 0) return bestOf(outcomes)
    const credentials = rest.flatMap(({ token, mark: { witness, expiresAt } }) => {
      const credential = credentialOf({ ...token, expiresAt }, row)
      return witness === token.hash
        ? [credential]
        : [credential, witnessOf(witness!, createdAt, expiresAt)]
    })
    try {
      const outcome = await inStore(() => store.extend(grant, credentials))
      return bestOf([...outcomes, outcome === 'extended' ? 'created' : 'skipped'])
    } catch (error) {
      // Another run may have added one of them since.
      const now = await Promise.all(rest.map((one) => outcomeOf(one, at, store)))
      if (tries === mostTries || now.every((one) => one === 'missing')) throw error
    }
  }
}

/** Resolves with what became of a token, or with `missing` if it was never added to its grant. */
async function outcomeOf(
  { token, mark: { witness, expiresAt } }: Missing,
  at: number,
  store: Importing['store'],
): Promise<Outcome | 'missing'> {
  if (await inStore(() => store.find(token.hash))) return 'alreadyThere'
  if (witness === null || !isAfter(expiresAt, at)) return 'skipped'
  if (witness === token.hash) return 'missing'
  return (await inStore(() => store.find(witness))) ? 'skipped' : 'missing'
}

function credentialOf({ kind, hash, expiresAt }: Token, { createdAt, data }: GrantRow) {
  const { until: _, ...accessData } = data
  const text = dataText(kind === 'refresh' ? data : accessData)
  return { kind, hash, createdAt, expiresAt, data: text } satisfies NewCredential
}

function assertSame(
  owner: { clientId: string; userId: string | null },
  kind: string,
  token: Token,
  { clientId, userId }: GrantRow,
): void {
  if (owner.clientId !== clientId || owner.userId !== userId)
    throw new RowError(
      `The ${token.kind} token was imported or issued already, with another client or user: ` +
        'correct one of the rows, or let the user sign in again',
    )
  if (kind !== token.kind)
    throw new RowError(
      `The ${token.kind} token exists already, with another kind: correct one of the rows`,
    )
}

function outcomeOfDryRun({ mark, found }: Known): Outcome {
  if (found) return 'alreadyThere'
  return mark ? 'skipped' : 'created'
}

/** Returns the outcome of a row whose tokens had different ones. */
function bestOf(outcomes: readonly Outcome[]): Outcome {
  return (['created', 'alreadyThere'] as const).find((one) => outcomes.includes(one)) ?? 'skipped'
}
