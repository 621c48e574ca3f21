import type { Entry } from '../log'
import { type Circumstances, aheadDuring } from './circumstances'

/** Something that ends a grant: when it may have at the earliest, and when it surely had. */
export interface End {
  from: number
  /** `null` = nobody has acknowledged it. */
  known: number | null
}

/** A code or refresh token, and every attempt to redeem it, in the order in which they began. */
export interface Redeemable {
  kind: 'code' | 'refresh'
  hash: string
  attempts: Entry[]
}

/** What the log knows about one grant. */
export interface Family {
  entries: Entry[]
  /** The answer that each credential came with, by its hash. */
  origins: Map<string, Entry>
  redeemables: Redeemable[]
  ends: End[]
}

/** Reads from the log what may have ended a grant, and what must have. */
export function familyOf(entries: readonly Entry[], circumstances: Circumstances): Family {
  const sorted = entries.toSorted((a, b) => a.start - b.start)
  const origins = new Map<string, Entry>()
  for (const entry of sorted) {
    for (const { hash } of entry.issued) if (!origins.has(hash)) origins.set(hash, entry)
  }
  const redeemables = redeemablesOf(sorted)
  const ends = [
    ...sorted.filter(({ operation }) => operation === 'revoke').map(endOfRevocation),
    ...redeemables.flatMap((one) => endsOfReplays(one, redeemables, circumstances)),
  ]
  return { entries: sorted, origins, redeemables, ends }
}

function redeemablesOf(entries: readonly Entry[]): Redeemable[] {
  const found = new Map<string, Redeemable>()
  for (const entry of entries) {
    const { operation, presented: hash } = entry
    if ((operation !== 'code' && operation !== 'refresh') || hash === null) continue
    const known = found.get(hash)
    if (known) known.attempts.push(entry)
    else found.set(hash, { kind: operation, hash, attempts: [entry] })
  }
  return [...found.values()]
}

/** The load revokes refresh tokens only, and with one its grant (RFC 7009 2.1). */
function endOfRevocation({ start, end, status }: Entry): End {
  return { from: start, known: status === 200 ? end : null }
}

/**
 * Whoever presents a code again, or a refresh token whose successor was used or whose grace is over,
 * ends the grant. A refusal acknowledges that, where another attempt has been answered.
 */
function endsOfReplays(
  { kind, attempts }: Redeemable,
  all: readonly Redeemable[],
  circumstances: Circumstances,
): End[] {
  const answered = attempts.filter(({ status }) => status === 200)
  const successors = new Set(answered.map(refreshIn))
  const spent = all.filter(({ hash }) => successors.has(hash)).flatMap((one) => one.attempts)
  return attempts.flatMap((attempt, n): End[] => {
    if (n === 0 && kind === 'refresh') return []
    const earlier = attempts.slice(0, n)
    const inGrace =
      kind === 'refresh' &&
      earlier.every((one) => isWithinGrace(one, attempt, circumstances)) &&
      !spent.some(({ start }) => start <= attempt.end)
    const isReplay = kind === 'code' ? attempts.length > 1 : !inGrace
    if (!isReplay) return []
    const refused = attempt.status === 400 && answered.length > 0
    // The first of two that overlap may be the one that lost.
    const from = Math.min(attempt.start, attempts[1]?.start ?? attempt.start)
    return [
      { from: n === 0 ? Math.max(attempt.start, from) : from, known: refused ? attempt.end : null },
    ]
  })
}

/** Whether the grace surely held between two attempts, by the clocks of those who judge it. */
export function isWithinGrace(first: Entry, again: Entry, circumstances: Circumstances): boolean {
  const { graceMs } = circumstances
  const one = aheadDuring(circumstances, first.provider, first.start, first.end)
  const other = aheadDuring(circumstances, again.provider, again.start, again.end)
  return (
    Math.max(
      again.end - first.start + other.most - one.least,
      first.end - again.start + one.most - other.least,
    ) < graceMs
  )
}

/** The refresh token that an answer gave. */
export function refreshIn({ issued }: Entry): string | undefined {
  return issued.find(({ kind }) => kind === 'refresh')?.hash
}
