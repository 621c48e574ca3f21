import type { Collections } from './collections'
import { isDuplicate } from './errors'
import { type Names, pastId } from './keys'
import { dateOf, isRedeemed, lastExpiry, nextExpiryOf } from './rows'
import type { PastDocument, Tokens } from './schema'

/**
 * The most redeemed credentials that the document of a grant has. Then all but the newest 16 are
 * moved.
 */
export const mostRedeemed = 128
const stay = 16

/** Returns which credentials to move: none unless there are too many that are redeemed. */
export function toMove(names: Names[], tokens: Tokens): Names[] {
  const redeemed = names.filter(({ key }) => tokens[key] && isRedeemed(tokens[key]))
  return redeemed.length < mostRedeemed ? [] : redeemed.slice(0, -stay)
}

/**
 * Copies redeemed credentials to a document of the past, without the data that is not needed.
 * Resolves with those that are there, which can then be removed from the grant: each can be found at
 * any time. Redeemed credentials do not change, so it is harmless that both documents have them for
 * a moment.
 */
export async function moveRows(
  past: Collections['past'],
  grantId: string,
  names: Names[],
  tokens: Tokens,
  unneededData: string[],
): Promise<Names[]> {
  const [first] = names
  if (!first) return []
  const rows = names.map(({ key }) => {
    const { d, p: _, ...row } = tokens[key]!
    return d === undefined || unneededData.includes(key) ? row : { ...row, d }
  })
  const copy: PastDocument = {
    _id: { past: grantId, first: first.key },
    grantId,
    hashes: names.map(({ id }) => pastId(id)),
    tokens: Object.fromEntries(names.map(({ key }, at) => [key, rows[at]!])),
    expiresAt: dateOf(lastExpiry(rows)),
    ...nextExpiryOf(rows),
  }
  try {
    await past.insertOne(copy)
    return names
  } catch (error) {
    if (!isDuplicate(error)) throw error
    return alreadyIn(past, grantId, names)
  }
}

/**
 * Resolves with the credentials that another call has already written there. That call may have
 * ended before it removed them from the grant.
 */
async function alreadyIn(
  past: Collections['past'],
  grantId: string,
  names: Names[],
): Promise<Names[]> {
  const documents = await past
    .find({ grantId, hashes: { $in: names.map(({ id }) => pastId(id)) } })
    .project<Pick<PastDocument, 'tokens'>>({ tokens: 1 })
    .toArray()
  const known = new Set(documents.flatMap(({ tokens }) => Object.keys(tokens)))
  return names.filter(({ key }) => known.has(key))
}
