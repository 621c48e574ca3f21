import { hashTaken } from '@oauth2-kit/core/store-kit'
import type { Credential, Grant, GrantRef, NewCredential } from '@oauth2-kit/core'
import { namesOf } from './keys'
import type { GrantDocument, TokenRow, Tokens } from './schema'

/** The latest time of a Date, in milliseconds since the epoch. */
export const lastDate = 8.64e15

/** Returns a time as a Date, or `null` for never. A TTL index ignores values that are not dates. */
export function dateOf(milliseconds: number): Date
export function dateOf(milliseconds: number | null): Date | null
export function dateOf(milliseconds: number | null): Date | null {
  return milliseconds === null ? null : new Date(Math.min(milliseconds, lastDate))
}

type Kind = NewCredential['kind']

const letters: Record<Kind, string | undefined> = {
  access: undefined,
  code: 'c',
  refresh: 'r',
  used: 'u',
  answer: 'a',
}
const kinds = new Map(Object.entries(letters).map(([kind, letter]) => [letter, kind as Kind]))

/** A mark of use counts as redeemed. */
export const usedKind = letters.used

/** Copies the members by name, so that no other members of the object are stored. */
export function toRow({ kind, createdAt, expiresAt, data }: NewCredential): TokenRow {
  const letter = letters[kind]
  return {
    ...(letter !== undefined && { k: letter }),
    t: createdAt,
    l: expiresAt === null ? null : expiresAt - createdAt,
    ...(data !== '' && { d: data }),
  }
}

/** Returns when a credential expires, in milliseconds since the epoch; `null` = never. */
export function expiryOf({ t, l }: Pick<TokenRow, 't' | 'l'>): number | null {
  return l === null ? null : t + l
}

export function isRedeemed({ b, k }: TokenRow): boolean {
  return b !== undefined || k === usedKind
}

export function toDocument(grant: Grant, credentials: NewCredential[]): GrantDocument {
  const { id, clientId, userId, createdAt, data } = grant
  const names = credentials.map(({ hash }) => namesOf(hash))
  const rows = credentials.map(toRow)
  const tokens: Tokens = Object.fromEntries(rows.map((row, at) => [names[at]!.key, row]))
  // Two hashes with the same key: one in 2 ** 64.
  if (Object.keys(tokens).length < rows.length) throw hashTaken()
  return {
    _id: id,
    clientId,
    ...(userId !== null && { userId }),
    createdAt,
    data,
    hashes: names.map((name) => name.id),
    tokens,
    redeemed: rows.filter(isRedeemed).length,
    expiresAt: dateOf(lastExpiry(rows)),
    ...nextExpiryOf(rows),
  }
}

/** Returns when the last of the rows expires; `null` = never. */
export function lastExpiry(rows: readonly TokenRow[]): number | null {
  const ends = rows.map(expiryOf)
  return ends.includes(null) ? null : Math.max(...(ends as number[]))
}

/** Returns when the first of the rows expires, as a member; no member if none of them does. */
export function nextExpiryOf(rows: readonly TokenRow[]): { nextExpiry?: number } {
  const ends = rows.map(expiryOf).filter((end) => end !== null)
  return ends.length === 0 ? {} : { nextExpiry: Math.min(...ends) }
}

export function toCredential(hash: string, row: TokenRow, owner: Owner): Credential {
  const kind = kinds.get(row.k)!
  return { ...timesOf(row), hash, kind, grant: toRef(owner) }
}

/** Returns the sealed answer that an attempt has stored. */
export function toAnswer(
  hash: string,
  row: Pick<TokenRow, 't' | 'l' | 'd'>,
  owner: Owner,
): Credential {
  return { ...timesOf(row), hash, kind: 'answer', grant: toRef(owner) }
}

function timesOf(row: Pick<TokenRow, 't' | 'l' | 'd'>) {
  return { createdAt: row.t, expiresAt: expiryOf(row), data: row.d ?? '' }
}

export function toGrant(document: Owner & Pick<GrantDocument, 'createdAt' | 'data'>): Grant {
  const { createdAt, data } = document
  return { ...toRef(document), createdAt, data }
}

/** The members that identify a grant and its owner. */
export type Owner = Pick<GrantDocument, '_id' | 'clientId' | 'userId'>

function toRef({ _id, clientId, userId }: Owner): GrantRef {
  return { id: _id, clientId, userId: userId ?? null }
}
