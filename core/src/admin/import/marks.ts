import type { Hash, Store } from '../../contract/store'
import { sha256 } from '../../crypto/hash'
import { inStore } from './row-error'

// A mark is a record that says that a row was imported. Without it, a second run would bring back
// what was revoked or deleted since the first one.

const dayMs = 24 * 3_600_000
/** How long the marks of clients and users are kept, in milliseconds. */
export const markMs = 365 * dayMs
/** How long the mark of a token that never expires is kept: for ever, in effect. */
const neverMs = 100 * 365 * dayMs

/** Returns the key of the mark of a row. `identity` may be the hash of a token. */
export function markKey(kind: 'client' | 'user' | 'grant', identity: string): string {
  return `import:${kind}:${sha256(identity)}`
}

/** Returns when the mark of tokens expires that expire at a time, or never. */
export function markEndOf(expiresAt: number | null, now: number): number {
  return expiresAt === null ? now + neverMs : expiresAt + dayMs
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

/** What the mark of the tokens of a grant says. */
export interface GrantMark {
  /** The grant that the tokens belong to. */
  grantId: string
  /** The hash of the access token that was imported with a refresh token. */
  access?: Hash | undefined
}

/** Resolves with the mark of the tokens of a grant, or with `null` if it does not exist. */
export async function grantMark(
  store: Pick<Store, 'getRecord'>,
  key: string,
): Promise<GrantMark | null> {
  const record = await inStore(() => store.getRecord(key))
  return record && (JSON.parse(record.data) as GrantMark)
}

/** Adds a mark of the tokens of a grant. Resolves with whether this call was the first. */
export async function markGrant(
  store: Pick<Store, 'addRecord'>,
  key: string,
  content: GrantMark,
  expiresAt: number,
): Promise<boolean> {
  return inStore(() => store.addRecord({ key, data: JSON.stringify(content), expiresAt }))
}
