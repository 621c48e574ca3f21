import type { Hash, Store } from '../../contract/store'
import { sha256 } from '../../crypto/hash'
import { RowError, inStore } from './row-error'

// A mark is a record that says that a row was imported. Without it, a second run would bring back
// what was revoked or deleted since the first one.

const dayMs = 24 * 3_600_000
/** How long the marks of clients and users are kept, in milliseconds. */
export const markMs = 365 * dayMs
/** How long the mark of a token that never expires is kept: for ever, in effect. */
const neverMs = 100 * 365 * dayMs

/** Returns the key of the mark of a row. `identity` may be the hash of a token. */
export function markKey(kind: 'client' | 'user' | 'token', identity: string): string {
  return `import:${kind}:${sha256(identity)}`
}

/**
 * Returns when the mark of a token expires. It is kept for at least a year, because a later row may
 * have a later expiry.
 */
function markEndOf(expiresAt: number | null, now: number): number {
  return expiresAt === null ? now + neverMs : Math.max(expiresAt + dayMs, now + markMs)
}

/** Resolves with whether a mark exists. */
export async function isMarked(store: Pick<Store, 'getRecord'>, key: string): Promise<boolean> {
  return (await inStore(() => store.getRecord(key))) !== null
}

/** Adds a mark, if it does not exist. */
export async function mark(
  store: Pick<Store, 'addRecord'>,
  key: string,
  expiresAt: number,
): Promise<void> {
  await inStore(() => store.addRecord({ key, data: '{}', expiresAt }))
}

/** What the mark of a token says. The first row with the token counts. */
export interface TokenMark {
  kind: 'access' | 'refresh'
  /** The grant that the token belongs to. */
  grantId: string
  /** The owner of the grant. */
  clientId: string
  userId: string | null
  /** When the token expires. `null` means never. */
  expiresAt: number | null
  /**
   * The hash of the credential that exists once the token has been added to the grant. `null` if
   * the token existed before the import.
   */
  witness: Hash | null
}

/** Resolves with the mark of a token, or with `null` if it does not exist. */
export async function tokenMark(
  store: Pick<Store, 'getRecord'>,
  hash: Hash,
): Promise<TokenMark | null> {
  const record = await inStore(() => store.getRecord(markKey('token', hash)))
  return record && (JSON.parse(record.data) as TokenMark)
}

/** Marks a token, unless it is marked. Resolves with the mark that holds. */
export async function markToken(
  store: Pick<Store, 'addRecord' | 'getRecord'>,
  hash: Hash,
  content: TokenMark,
  now: number,
): Promise<TokenMark> {
  const expiresAt = markEndOf(content.expiresAt, now)
  const record = { key: markKey('token', hash), data: JSON.stringify(content), expiresAt }
  if (await inStore(() => store.addRecord(record))) return content
  const other = await tokenMark(store, hash)
  if (other) return other
  throw new RowError('The mark of the row expired during the import: run the import again')
}
