import type { NewCredential } from '@oauth2-kit/core'
import type { Collections } from './collections'
import { type Names, keyOf } from './keys'
import { moveRows, toMove } from './past'
import * as pipeline from './pipeline'
import { expiryOf, lastExpiry } from './rows'
import type { Tokens } from './schema'

/**
 * Credentials that have expired stay for this long after the retention, so that they are removed
 * together, not one by one at each refresh. They also leave when redeemed ones are moved.
 */
const togetherMs = 86_400_000

/**
 * Returns the time before which an expired credential may be removed, by the core's clock
 * (`createdAt`), in milliseconds since the epoch.
 */
export function expiredBefore(added: readonly NewCredential[], retentionMs: number): number {
  return Math.max(...added.map(({ createdAt }) => createdAt)) - retentionMs
}

/** Returns the time before which a credential must have expired for `tidy` to be due. */
export function untidyBefore(expired: number): number {
  return expired - togetherMs
}

/**
 * Removes the credentials of a grant that expired before that time, except those with the keys
 * `kept`, and the data that is no longer needed. Moves the older redeemed credentials if there are
 * too many. Takes three commands at most. Several calls may do this at once.
 */
export async function tidy(
  collections: Collections,
  grantId: string,
  expired: number,
  kept: readonly string[],
): Promise<void> {
  const { grants, past } = collections
  const document = await grants.findOne({ _id: grantId }, { projection: { hashes: 1, tokens: 1 } })
  if (!document) return
  const { hashes, tokens } = document
  const names = hashes.map((id) => ({ id: Buffer.from(id), key: keyOf(id) }))
  const isExpired = ({ key }: Names) => {
    const end = tokens[key] ? expiryOf(tokens[key]) : null
    return end !== null && end < expired && !kept.includes(key)
  }
  const gone = names.filter(isExpired)
  const unneeded = unneededData(tokens)
  const others = names.filter((name) => !isExpired(name))
  const moved = await moveRows(past, grantId, toMove(others, tokens), tokens, unneeded)
  if (gone.length + moved.length + unneeded.length === 0) return
  const update = [
    ...(unneeded.length > 0 ? [pipeline.clear(unneeded)] : []),
    ...(moved.length > 0 ? [pipeline.moved(lastExpiry(moved.map(({ key }) => tokens[key]!)))] : []),
    ...pipeline.remove([...gone, ...moved]),
  ]
  const { matchedCount } = await grants.updateOne({ _id: grantId }, update)
  // The grant was revoked after it was read.
  if (matchedCount === 0) await past.deleteMany({ grantId })
}

/** Returns the keys of the credentials whose data may go, because a successor is redeemed. */
function unneededData(tokens: Tokens): string[] {
  return Object.entries(tokens)
    .filter(([, { b, d }]) => d !== undefined && b !== undefined && tokens[b]?.b !== undefined)
    .map(([key]) => key)
}
