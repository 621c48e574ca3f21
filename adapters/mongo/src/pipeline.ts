import type { Document } from 'mongodb'
import { lastDate } from './rows'
import type { AnswerDocument, CredentialRow } from './schema'

// Updates as aggregation pipelines: the server decides and writes in one command on one document.
// Every value from outside is passed as a literal, because a leading "$" would make it a field
// path.

const credentials = '$credentials'

/**
 * Marks the credential as redeemed and adds its successors. Removes the credentials that expired
 * before `horizon`, and clears the data of the credential's predecessor, which is no longer needed.
 */
export function redeem(hash: string, successors: CredentialRow[], horizon: number): Document[] {
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
  const all = binding(
    { old: { $first: where(credentials, is(hash)) } },
    { $concatArrays: [others, [marked], literal(successors)] },
  )
  return [
    { $set: { credentials: all } },
    without(horizon, [hash, ...successors.map((row) => row.hash)]),
    sums,
  ]
}

/** Adds credentials. Removes those that expired before `horizon`. */
export function extend(added: CredentialRow[], horizon: number): Document[] {
  return [
    { $set: { credentials: { $concatArrays: [credentials, literal(added)] } } },
    without(
      horizon,
      added.map((row) => row.hash),
    ),
    sums,
  ]
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
  const last = { $slice: [credentials, -1] }
  const next = binding({ kept }, { $cond: [{ $eq: ['$$kept', []] }, last, '$$kept'] })
  return [{ $set: { credentials: next } }, sums]
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

/**
 * Removes the credentials that expired before the horizon. Filters the list only if one has
 * expired, because that takes time.
 */
function without(horizon: number, kept: string[]): Document {
  const isPast = { $and: [isSomething('$nextExpiry'), { $lt: ['$nextExpiry', horizon] }] }
  const rest = where(credentials, {
    $or: [
      { $not: isSomething('$$this.expiresAt') },
      { $gte: ['$$this.expiresAt', horizon] },
      { $in: ['$$this.hash', literal(kept)] },
    ],
  })
  return { $set: { credentials: { $cond: [isPast, rest, credentials] } } }
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

function binding(vars: Document, value: unknown): Document {
  return { $let: { vars, in: value } }
}
