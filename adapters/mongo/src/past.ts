import type { Collections } from './collections'
import { isDuplicate } from './errors'
import * as pipeline from './pipeline'
import { dateOf, firstExpiry, lastExpiry } from './rows'
import type { CredentialRow, PastDocument } from './schema'

/** How many redeemed credentials the document of a grant has at most: then all but some move. */
export const mostRedeemed = 128
const stay = 16

/** A hash as it stands in a document of the past. Sorts behind that of the grant's own document. */
export function pastHash(hash: string): string {
  return `~${hash}`
}

/**
 * Moves the older redeemed credentials of a grant to a document of the past: first they are written
 * there, then they leave the grant, so that they are always found. Nothing of a redeemed credential
 * changes, so it matters not that both have it for a moment. Several may do this at once.
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
  // Revoked since then.
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

/** Those that another call has written there: it may have ended before they left the grant. */
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
