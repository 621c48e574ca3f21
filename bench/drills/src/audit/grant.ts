import type { Entry } from '../log'
import { type Circumstances, aheadDuring } from './circumstances'

/** The status of a response that makes the client try again. */
const unavailable = 503
/** How long a store may hang without costing a grant, in milliseconds. */
const stallMs = 60_000
/**
 * The latest time after a 503 at which a client that obeys its `Retry-After` of one second tries
 * again, in milliseconds.
 */
const soonMs = 5_000

/** An event that ends a grant. */
export interface End {
  /** The earliest time at which it can have taken effect. */
  from: number
  /** When it had certainly taken effect. `null` means that no response acknowledged it. */
  known: number | null
}

/** A code or refresh token, with all attempts to redeem it, in the order in which they began. */
export interface Redeemable {
  kind: 'code' | 'refresh'
  hash: string
  attempts: Entry[]
}

/** Everything in the log about one grant. */
export interface Grant {
  entries: Entry[]
  /** The response that issued each credential, by the credential's hash. */
  origins: Map<string, Entry>
  redeemables: Redeemable[]
  ends: End[]
}

/** Collects what the log shows about one grant, including everything that may have ended it. */
export function grantOf(entries: readonly Entry[], circumstances: Circumstances): Grant {
  const sorted = entries.toSorted((a, b) => a.start - b.start)
  const origins = new Map<string, Entry>()
  for (const entry of sorted) {
    for (const { hash } of entry.issued) if (!origins.has(hash)) origins.set(hash, entry)
  }
  const redeemables = redeemablesOf(sorted)
  const { changes = [] } = circumstances
  const account = sorted[0]?.account
  const deletions = changes.filter(
    (change) => change.operation === 'delete' && change.account === account,
  )
  const ends = [
    ...[...sorted.filter(({ operation }) => operation === 'revoke'), ...deletions].map(endOf),
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

/**
 * Returns the end by a revocation, or by the deletion of the client or user. The load revokes only
 * refresh tokens, and revoking one ends its grant (RFC 7009 2.1).
 */
function endOf({ start, end, status }: Entry): End {
  return { from: start, known: status === 200 ? end : null }
}

/**
 * Returns the ends by replays. A code that is presented again ends the grant. So does a refresh
 * token whose successor was used or whose grace period is over, unless all earlier attempts were
 * answered with a 503. A refusal acknowledges the end if another attempt succeeded, unless it may have
 * come before that, for example from a process by whose clock the code had expired.
 */
function endsOfReplays(
  { kind, attempts }: Redeemable,
  all: readonly Redeemable[],
  circumstances: Circumstances,
): End[] {
  const answered = attempts.filter(({ status }) => status === 200)
  const successors = new Set(answered.map(refreshIn))
  const ofSuccessors = all.filter(({ hash }) => successors.has(hash)).flatMap((one) => one.attempts)
  return attempts.flatMap((attempt, n): End[] => {
    if (n === 0 && kind === 'refresh') return []
    const earlier = attempts.slice(0, n)
    const isReplay =
      kind === 'code'
        ? attempts.length > 1 && !isRetryOfCode(attempts, n, circumstances)
        : !isRepetition(earlier, attempt, circumstances) ||
          ofSuccessors.some(({ start }) => start <= attempt.end)
    if (!isReplay) return []
    const mayBeEarlier = (winner: Entry) =>
      attempt.start <= winner.end && clockDifference(winner, attempt, circumstances) > 0
    const refused = attempt.status === 400 && answered.length > 0 && !answered.some(mayBeEarlier)
    // If two attempts overlap, the first one may be the one that lost.
    const from = Math.min(attempt.start, attempts[1]?.start ?? attempt.start)
    return [
      { from: n === 0 ? Math.max(attempt.start, from) : from, known: refused ? attempt.end : null },
    ]
  })
}

/**
 * Returns whether no other request presented the code at the same time, and all earlier ones were
 * answered with a 503.
 */
function isRetryOfCode(
  attempts: readonly Entry[],
  n: number,
  circumstances: Circumstances,
): boolean {
  const attempt = attempts[n]!
  const isAlone = attempts.every(
    (one, other) => other === n || one.end <= attempt.start || attempt.end <= one.start,
  )
  const earlier = attempts.slice(0, n)
  return (
    isAlone &&
    earlier.every(({ status }) => status === unavailable) &&
    isRepetition(earlier, attempt, circumstances)
  )
}

/**
 * Returns whether an attempt is certainly a permitted repetition: it was made within the grace
 * period, or soon after each 503 while the store may have hung (up to a minute).
 */
export function isRepetition(
  earlier: readonly Entry[],
  attempt: Entry,
  circumstances: Circumstances,
): boolean {
  const { graceMs } = circumstances
  const last = earlier.reduce((most, { end }) => Math.max(most, end), 0)
  const isSoon = attempt.start - last < soonMs
  return earlier.every(
    (one) =>
      isWithinGrace(one, attempt, circumstances) ||
      (isSoon &&
        one.status === unavailable &&
        attempt.start - one.start < stallMs + graceMs &&
        // If the clocks differed, only the grace period counts.
        clockDifference(one, attempt, circumstances) === 0),
  )
}

/**
 * Returns whether the second attempt was certainly within the grace period of the first, by the
 * clocks of the processes that received them.
 */
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

/** Returns the maximum difference between the clocks during two attempts, in milliseconds. */
function clockDifference(first: Entry, again: Entry, circumstances: Circumstances): number {
  const one = aheadDuring(circumstances, first.provider, first.start, first.end)
  const other = aheadDuring(circumstances, again.provider, again.start, again.end)
  return Math.max(other.most - one.least, one.most - other.least)
}

/** Returns the hash of the refresh token that a response issued. */
export function refreshIn({ issued }: Entry): string | undefined {
  return issued.find(({ kind }) => kind === 'refresh')?.hash
}
