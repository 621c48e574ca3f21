import type { Document } from 'mongodb'
import type { Names } from './keys'
import { lastDate, usedKind } from './rows'
import type { AnswerDocument } from './schema'

// Updates as aggregation pipelines: the server decides and writes in one command on one document.
// They take longer than other updates, so `redeem` and `extend` use none. Every value from outside
// is passed as a literal, because a leading "$" would make it a field path. A key has none.

/**
 * Revokes a credential. The last one is marked instead of removed, because the list must not be
 * empty.
 */
export function revoke(name: Names): Document[] {
  const path = `tokens.${name.key}`
  return [{ $set: { [`${path}.x`]: true } }, clear([name.key]), ...remove([name])]
}

/** Removes the data of credentials. */
export function clear(keys: string[]): Document {
  return { $unset: keys.map((key) => `tokens.${key}.d`) }
}

/** Removes credentials. If none would be left, all stay. */
export function remove(names: Names[]): Document[] {
  const ids = literal(names.map(({ id }) => id))
  const keys = literal(names.map(({ key }) => key))
  const kept = where('$hashes', { $not: { $in: ['$$this', ids] } })
  const rest = where(rows, { $not: { $in: ['$$this.k', keys] } })
  const unlessEmpty = (all: string, some: Document) => ({ $cond: [{ $eq: [kept, []] }, all, some] })
  return [
    {
      $set: {
        hashes: unlessEmpty('$hashes', kept),
        tokens: unlessEmpty('$tokens', { $arrayToObject: rest }),
      },
    },
    sums,
  ]
}

/**
 * Records that credentials are now in a document of the past. `until` is when the last of them
 * expires; `null` = never.
 */
export function moved(until: number | null): Document {
  const isFirst = isMissing('$pastUntil')
  const isNever = { $eq: ['$pastUntil', null] }
  const later = { $cond: [isNever, null, { $max: ['$pastUntil', until] }] }
  const next = until === null ? null : { $cond: [isFirst, until, later] }
  return { $set: { pastUntil: next, beside: true } }
}

/** Removes the answer of an attempt that lost, and recomputes how long the document stays. */
export function forget(by: string): Document[] {
  const attempts: keyof AnswerDocument = 'attempts'
  const last = { $max: each(`$${attempts}`, expiryOf('$$this')) }
  return [
    { $set: { attempts: where(`$${attempts}`, { $ne: ['$$this.by', literal(by)] }) } },
    // Without any attempt, the document expires at once.
    { $set: { removeAt: toDate({ $ifNull: [last, 0] }) } },
  ]
}

const rows = { $objectToArray: '$tokens' }
const ends = each(rows, expiryOf('$$this.v'))

/** Recomputes the summary of the credentials: when they expire, and how many are redeemed. */
const sums: Document = {
  $set: {
    expiresAt: binding(
      { ends: { $concatArrays: [ends, { $cond: [isMissing('$pastUntil'), [], ['$pastUntil']] }] } },
      { $cond: [{ $in: [null, '$$ends'] }, null, toDate({ $max: '$$ends' })] },
    ),
    nextExpiry: { $ifNull: [{ $min: ends }, '$$REMOVE'] },
    redeemed: {
      $size: where(rows, {
        // A missing value sorts before `null`.
        $or: [{ $gt: ['$$this.v.b', null] }, { $eq: ['$$this.v.k', usedKind] }],
      }),
    },
  },
}

/** When a row expires. `null` if its lifetime is. */
function expiryOf(row: string): Document {
  return { $add: [`${row}.t`, `${row}.l`] }
}

function toDate(milliseconds: Document): Document {
  return { $toDate: { $toLong: { $min: [milliseconds, lastDate] } } }
}

function literal(value: unknown): Document {
  return { $literal: value }
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
