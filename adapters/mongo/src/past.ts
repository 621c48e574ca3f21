import type { Collections } from './collections'
import { isDuplicate } from './errors'
import * as pipeline from './pipeline'
import { dateOf, firstExpiry, lastExpiry } from './rows'
import type { CredentialRow, PastDocument } from './schema'

/**
 * The most redeemed credentials that the document of a grant has. Then all but the newest 16 are
 * moved.
 */
export const mostRedeemed = 128
const stay = 16

/**
 * Returns a hash as a document of the past has it. It sorts after the plain hash in the document of
 * the grant.
 */
export function pastHash(hash: string): string {
  return `~${hash}`
}

/**
 * Moves the older redeemed credentials of a grant to a document of the past. They are written there
 * before they are removed from the grant, so that they can always be found. Redeemed credentials do
 * not change, so it is harmless that both documents have them for a moment. Several calls may do
 * this at once.
 */
export async function moveRedeemed({ grants, past }: Collections, grantId: string): Promise<void> {
  const document = await grants.findOne({ _id: grantId }, { projection: { credentials: 1 } })
  const redeemed = document?.credentials.filter(isRedeemed) ?? []
  const rows = redeemed.slice(0, -stay)
  const [first] = rows
  if (!first) return
  const copy: PastDocument = {
    _id: { past: grantId, first: first.hash },
    grantId,
    credentials: rows.map((row) => ({ ...row, hash: pastHash(row.hash) })),
    expiresAt: dateOf(lastExpiry(rows)),
    nextExpiry: firstExpiry(rows),
  }
  const moved = (await inserted(past, copy)) ? rows : await alreadyIn(past, rows)
  if (moved.length === 0) return
  const hashes = moved.map(({ hash }) => hash)
  const { matchedCount } = await grants.updateOne(
    { _id: grantId },
    pipeline.move(hashes, lastExpiry(moved)),
  )
  // The grant was revoked after it was read.
  if (matchedCount === 0) await past.deleteMany({ grantId })
}

function isRedeemed({ by, kind }: CredentialRow): boolean {
  return by !== undefined || kind === 'used'
}

async function inserted(past: Collections['past'], copy: PastDocument): Promise<boolean> {
  try {
    await past.insertOne(copy)
    return true
  } catch (error) {
    if (isDuplicate(error)) return false
    throw error
  }
}

/**
 * Resolves with the rows that another call has already written there. That call may have ended
 * before it removed them from the grant.
 */
async function alreadyIn(
  past: Collections['past'],
  rows: CredentialRow[],
): Promise<CredentialRow[]> {
  const hashes = rows.map(({ hash }) => pastHash(hash))
  const documents = await past
    .find({ 'credentials.hash': { $in: hashes } }, { projection: { 'credentials.hash': 1 } })
    .toArray()
  const known = new Set(documents.flatMap(({ credentials }) => credentials).map(({ hash }) => hash))
  return rows.filter(({ hash }) => known.has(pastHash(hash)))
}
