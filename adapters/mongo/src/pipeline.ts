import type { Document } from 'mongodb'
import { dateOf, firstExpiry, lastDate, lastExpiry } from './rows'
import type { AnswerDocument, CredentialRow } from './schema'

// Updates as aggregation pipelines: the server decides and writes in one command on one document.
// Every value from outside is passed as a literal, because a leading "$" would make it a field
// path.

const credentials = '$credentials'

/**
 * Marks the credential as redeemed and adds its successors. Clears the data of the credential's
 * predecessor, which is no longer needed.
 */
export function redeem(hash: string, successors: CredentialRow[]): Document[] {
  const by = successors[0]!.hash
  const marked = { $mergeObjects: ['$$old', literal({ by })] }
  const others = each(where(credentials, { $not: is(hash) }), {
    $cond: [
      { $eq: ['$$this.by', literal(hash)] },
      { $mergeObjects: ['$$this', { data: '' }] },
      '$$this',
    ],
  })
  // Move it after all others, so that redeemed credentials are in the order of their redemption.
  const old = { old: { $first: where(credentials, is(hash)) } }
  const all = binding(old, { $concatArrays: [others, [marked], literal(successors)] })
  // One of kind `used` was counted when it was added.
  const one = binding(old, { $cond: [{ $eq: ['$$old.kind', 'used'] }, 0, 1] })
  return [{ $set: { credentials: all, ...sumsWith(successors, one) } }]
}

/** Adds credentials. */
export function extend(added: CredentialRow[]): Document[] {
  const all = { $concatArrays: [credentials, literal(added)] }
  return [{ $set: { credentials: all, ...sumsWith(added) } }]
}

/**
 * Removes the credentials that expired before `horizon`, but none of the `kept`. If none would be left,
 * the last one of the list stays.
 */
export function trim(horizon: number, kept: string[]): Document[] {
  const rest = where(credentials, {
    $or: [
      { $not: isSomething('$$this.expiresAt') },
      { $gte: ['$$this.expiresAt', horizon] },
      { $in: ['$$this.hash', literal(kept)] },
    ],
  })
  return [{ $set: { credentials: orLast(rest) } }, sums]
}

/** Selects the credentials of a document that have one of these hashes. */
export function some(hashes: string[]): Document {
  return where(credentials, { $in: ['$$this.hash', literal(hashes)] })
}

/**
 * Revokes a credential. The last one is marked instead of removed, because the list must not be
 * empty.
 */
export function revoke(hash: string): Document[] {
  const marked = each(credentials, { $mergeObjects: ['$$this', { revoked: true, data: '' }] })
  const isLast = { $lte: [{ $size: credentials }, 1] }
  const next = { $cond: [isLast, marked, where(credentials, { $not: is(hash) })] }
  return [{ $set: { credentials: next } }, sums]
}

/** Removes credentials. If none would be left, the last one of the list stays. */
export function remove(hashes: string[]): Document[] {
  const kept = where(credentials, { $not: { $in: ['$$this.hash', literal(hashes)] } })
  return [{ $set: { credentials: orLast(kept) } }, sums]
}

/**
 * Removes credentials that are now in a document of the past. `until` is when the last of them
 * expires; `null` = never.
 */
export function move(hashes: string[], until: number | null): Document[] {
  const isFirst = isMissing('$pastUntil')
  const isNever = { $eq: ['$pastUntil', null] }
  const later = { $cond: [isNever, null, { $max: ['$pastUntil', until] }] }
  const next = until === null ? null : { $cond: [isFirst, until, later] }
  return [{ $set: { pastUntil: next } }, besides, ...remove(hashes)]
}

/** Records that a grant has documents beside it. */
export const besides: Document = { $set: { beside: true } }

/** Removes the answer of an attempt that lost, and recomputes how long the document stays. */
export function forget(by: string): Document[] {
  const attempts: keyof AnswerDocument = 'attempts'
  return [
    { $set: { attempts: where(`$${attempts}`, { $ne: ['$$this.by', literal(by)] }) } },
    // Without any attempt, the document expires at once.
    { $set: { removeAt: toDate({ $ifNull: [{ $max: '$attempts.expiresAt' }, 0] }) } },
  ]
}

/** Recomputes the summary of the credentials: when they expire, and how many are redeemed. */
const sums: Document = {
  $set: {
    expiresAt: binding(
      {
        ends: {
          $concatArrays: [
            '$credentials.expiresAt',
            { $cond: [isMissing('$pastUntil'), [], ['$pastUntil']] },
          ],
        },
      },
      { $cond: [{ $in: [null, '$$ends'] }, null, toDate({ $max: '$$ends' })] },
    ),
    nextExpiry: { $min: '$credentials.expiresAt' },
    redeemed: {
      $size: where(credentials, {
        $or: [isSomething('$$this.by'), { $eq: ['$$this.kind', 'used'] }],
      }),
    },
  },
}

/** The members of the summary after credentials were added, and `redeemed` more were redeemed. */
function sumsWith(added: CredentialRow[], redeemed: Document | number = 0): Document {
  if (added.length === 0) return {}
  const [last, first] = [lastExpiry(added), firstExpiry(added)]
  const isNever = { $not: isSomething('$expiresAt') }
  const used = added.filter(({ kind }) => kind === 'used').length
  return {
    expiresAt:
      last === null
        ? literal(null)
        : { $cond: [isNever, null, { $max: ['$expiresAt', literal(dateOf(last))] }] },
    // `$min` ignores a null.
    nextExpiry: { $min: ['$nextExpiry', literal(first)] },
    redeemed: { $add: ['$redeemed', used, redeemed] },
  }
}

function toDate(milliseconds: Document): Document {
  return { $toDate: { $toLong: { $min: [milliseconds, lastDate] } } }
}

function literal(value: unknown): Document {
  return { $literal: value }
}

function is(hash: string): Document {
  return { $eq: ['$$this.hash', literal(hash)] }
}

/** Whether a value is neither missing nor null, which both sort before all other values. */
function isSomething(value: string): Document {
  return { $gt: [value, null] }
}

function isMissing(path: string): Document {
  return { $eq: [{ $type: path }, 'missing'] }
}

function where(input: Document | string, cond: Document): Document {
  return { $filter: { input, cond } }
}

function each(input: Document | string, change: Document): Document {
  return { $map: { input, as: 'this', in: change } }
}

/** The list must not be empty. */
function orLast(kept: Document): Document {
  const last = { $slice: [credentials, -1] }
  return binding({ kept }, { $cond: [{ $eq: ['$$kept', []] }, last, '$$kept'] })
}

function binding(vars: Document, value: unknown): Document {
  return { $let: { vars, in: value } }
}
