import type { Document } from 'mongodb'
import { lastDate } from './rows'
import type { AnswerDocument, CredentialRow } from './schema'

// Updates as aggregation pipelines: the server itself decides and writes, in one command on one
// document. Whatever comes from outside goes in as a literal, or a leading "$" would make it a
// field path.

const credentials = '$credentials'

/**
 * Marks the credential as redeemed and adds its successors. What expired before `horizon` goes. Of
 * what led to the credential, the data is no longer needed.
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
  // Behind all others, so that what was redeemed stands in the order of that.
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

/** Adds credentials. What expired before `horizon` goes. */
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

/** Of a document's credentials those with a hash of these. */
export function some(hashes: string[]): Document {
  return where(credentials, { $in: ['$$this.hash', literal(hashes)] })
}

/** Revokes a credential. The last one stays, marked: the list must not be empty. */
export function revoke(hash: string): Document[] {
  const marked = each(credentials, { $mergeObjects: ['$$this', { revoked: true, data: '' }] })
  const isLast = { $lte: [{ $size: credentials }, 1] }
  const next = { $cond: [isLast, marked, where(credentials, { $not: is(hash) })] }
  return [{ $set: { credentials: next } }, sums]
}

/** Removes credentials, but the last one of the list. */
export function remove(hashes: string[]): Document[] {
  const kept = where(credentials, { $not: { $in: ['$$this.hash', literal(hashes)] } })
  const last = { $slice: [credentials, -1] }
  const next = binding({ kept }, { $cond: [{ $eq: ['$$kept', []] }, last, '$$kept'] })
  return [{ $set: { credentials: next } }, sums]
}

/** Removes credentials that are in a document of the past, the last of which expires then. */
export function move(hashes: string[], until: number | null): Document[] {
  const isFirst = isMissing('$pastUntil')
  const isNever = { $eq: ['$pastUntil', null] }
  const later = { $cond: [isNever, null, { $max: ['$pastUntil', until] }] }
  const next = until === null ? null : { $cond: [isFirst, until, later] }
  return [{ $set: { pastUntil: next } }, besides, ...remove(hashes)]
}

/** Notes that a grant has documents beside it. */
export const besides: Document = { $set: { beside: true } }

/** Removes the answer of an attempt that has lost, and its share in how long the document stays. */
export function forget(by: string): Document[] {
  const attempts: keyof AnswerDocument = 'attempts'
  return [
    { $set: { attempts: where(`$${attempts}`, { $ne: ['$$this.by', literal(by)] }) } },
    // Of no attempts at all the end has come.
    { $set: { removeAt: toDate({ $ifNull: [{ $max: '$attempts.expiresAt' }, 0] }) } },
  ]
}

/** What is told about the credentials beside them: when they expire, how many were redeemed. */
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

/** Removes what expired before the horizon. Looking at all takes time: so only if something did. */
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

/** Neither missing nor null: both come before anything else. */
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
