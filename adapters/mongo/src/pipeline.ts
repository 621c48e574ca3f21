import type { Document } from 'mongodb'
import { lastDate } from './rows'
import type { CredentialRow } from './schema'

// Updates as aggregation pipelines: the server itself decides and writes, in one command on one
// document. Whatever comes from outside goes in as a literal, or a leading "$" would make it a
// field path.

/** What a grant's document may hold, so that it stays small however often it is rotated. */
export interface Limits {
  /** Credentials; of more, the oldest leave that were used, and the oldest access tokens. */
  credentialsPerGrant: number
  /** Milliseconds that a credential is kept after it has expired. */
  retentionMs: number
}

const credentials = '$credentials'

/**
 * Marks the credential as used and adds its successors, unless it was used before, or a hash is
 * taken: then nothing changes.
 */
export function redeem(hash: string, successors: CredentialRow[], limits: Limits): Document[] {
  // Behind all others, so that what was used stands in the order of its use.
  const [mark, ...others] = successors
  const used = { $mergeObjects: ['$$old', literal({ by: mark!.hash })] }
  const marking = { $mergeObjects: [literal(mark), { keepUntil: later('$$old.keepUntil', mark!) }] }
  const all = {
    $concatArrays: [where(credentials, { $not: is(hash) }), [used, marking], literal(others)],
  }
  const added = trimmed(all, [hash], successors, limits)
  return [
    {
      $set: {
        credentials: binding(
          { old: first(where(credentials, is(hash))) },
          {
            $cond: [
              {
                $and: [
                  isSomething('$$old'),
                  { $not: isSomething('$$old.by') },
                  { $not: isSomething('$$old.revoked') },
                  areFree(successors),
                ],
              },
              added,
              credentials,
            ],
          },
        ),
      },
    },
    expiries,
  ]
}

/** The credential of that hash and its first successor, of the credentials in a document. */
export function withSuccessor(hash: string): Document {
  return binding(
    { old: first(where(credentials, is(hash))) },
    where(credentials, {
      $in: ['$$this.hash', ['$$old.hash', '$$old.by']],
    }),
  )
}

/** Adds credentials, unless a hash is taken: then nothing changes. */
export function extend(added: CredentialRow[], limits: Limits): Document[] {
  const all = { $concatArrays: [credentials, literal(added)] }
  const next = { $cond: [areFree(added), trimmed(all, [], added, limits), credentials] }
  return [{ $set: { credentials: next } }, expiries]
}

/** Of a document's credentials those with a hash of these. */
export function taken(rows: CredentialRow[]): Document {
  return where(credentials, { $in: ['$$this.hash', literal(rows.map(({ hash }) => hash))] })
}

/** Removes a credential; one that is another's mark of use stays as that. */
export function revoke(hash: string): Document[] {
  const marked = each(credentials, {
    $cond: [is(hash), { $mergeObjects: ['$$this', { revoked: true }] }, '$$this'],
  })
  const isMark = { $in: [literal(hash), '$credentials.by'] }
  const next = { $cond: [isMark, marked, where(credentials, { $not: is(hash) })] }
  return [{ $set: { credentials: next } }, expiries]
}

/** Removes credentials. */
export function remove(hashes: string[]): Document[] {
  const kept = where(credentials, { $not: { $in: ['$$this.hash', literal(hashes)] } })
  return [{ $set: { credentials: kept } }, expiries]
}

/** The times by which a document is found once something of it has expired. */
const expiries: Document = {
  $set: {
    expiresAt: binding(
      { ends: '$credentials.keepUntil' },
      {
        $cond: [
          { $in: [null, '$$ends'] },
          null,
          // Of no credentials at all the end has come.
          { $toDate: { $toLong: { $min: [{ $ifNull: [{ $max: '$$ends' }, 0] }, lastDate] } } },
        ],
      },
    ),
    nextExpiry: { $min: '$credentials.keepUntil' },
  },
}

/**
 * Without what has been past for long, and without the oldest of what is too much. Going through
 * all of them takes its time: so it waits until something has expired, or a third can go.
 */
function trimmed(
  all: Document,
  redeemed: string[],
  added: CredentialRow[],
  { retentionMs, credentialsPerGrant }: Limits,
): Document {
  const horizon = Math.max(...added.map(({ createdAt }) => createdAt)) - retentionMs
  const isCrowded = { $gt: [{ $size: '$$all' }, credentialsPerGrant] }
  const isPast = { $and: [isSomething('$nextExpiry'), { $lt: ['$nextExpiry', horizon] }] }
  const rest = where('$$all', { $not: { $in: ['$$this.hash', '$$dropped'] } })
  const most = { $cond: [isCrowded, Math.floor(credentialsPerGrant / 3), credentialsPerGrant] }
  const kept = [...redeemed, ...added.map(({ hash }) => hash)]
  const dropped = binding({ most, marks: '$$all.by' }, tooMany(horizon, kept))
  const isDue = { $or: [isCrowded, isPast] }
  return binding({ all }, { $cond: [isDue, binding({ dropped }, rest), '$$all'] })
}

/** The hashes of what can go, of `$$all`, where `$$most` says how much stays of each kind. */
function tooMany(horizon: number, kept: string[]): Document {
  const past = where('$$all', {
    $and: [
      isSomething('$$this.keepUntil'),
      { $lt: ['$$this.keepUntil', horizon] },
      { $not: { $in: ['$$this.hash', literal(kept)] } },
    ],
  })
  const used = where('$$all', isSomething('$$this.by'))
  const access = where('$$all', {
    $and: [{ $eq: ['$$this.kind', 'access'] }, { $not: { $in: ['$$this.hash', '$$marks'] } }],
  })
  // Nothing but marks: they go with what they mark.
  const marks = where('$$all', {
    $and: [{ $eq: ['$$this.kind', 'used'] }, { $in: ['$$this.hash', '$$used.by'] }],
  })
  return binding(
    { past, used: beyondMost(used), access: beyondMost(access) },
    binding(
      { marks },
      { $concatArrays: ['$$past.hash', '$$used.hash', '$$access.hash', '$$marks.hash'] },
    ),
  )
}

/** The first of a list, as many as it has beyond `$$most`. */
function beyondMost(list: Document): Document {
  const surplus = { $subtract: [{ $size: '$$list' }, '$$most'] }
  return binding({ list }, { $cond: [{ $gt: [surplus, 0] }, { $slice: ['$$list', surplus] }, []] })
}

/** The later of both ends: a mark of use stays as long as what it marks. */
function later(end: string, { expiresAt }: CredentialRow): Document {
  const isNever = { $lte: [end, null] }
  return expiresAt === null ? literal(null) : { $cond: [isNever, null, { $max: [end, expiresAt] }] }
}

function areFree(rows: CredentialRow[]): Document {
  return { $eq: [taken(rows), []] }
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

function where(input: string, cond: Document): Document {
  return { $filter: { input, cond } }
}

function each(input: string, change: Document): Document {
  return { $map: { input, in: change } }
}

function first(list: Document): Document {
  return { $first: list }
}

function binding(vars: Document, value: unknown): Document {
  return { $let: { vars, in: value } }
}
