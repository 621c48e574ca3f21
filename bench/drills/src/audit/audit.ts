import type { Entry, Operation } from '../log'
import { checkAnswer } from './answers'
import { type Circumstances, aheadDuring } from './circumstances'
import { type Family, familyOf, isRepetition, refreshIn } from './family'
import { machineOf } from './machine'
import { repeatedIn } from './repeated'
import type { Violation, ViolationKind } from './violation'

/** The clocks of processes on one machine differ by at most this many milliseconds. */
const blurMs = 50
/** The operations for which a client authenticates. */
const withSecret: readonly Operation[] = ['code', 'refresh', 'revoke', 'introspect']

/** Returns every violation in the log. */
export function audit(entries: readonly Entry[], circumstances: Circumstances): Violation[] {
  const machine = machineOf(entries)
  const isRepeated = repeatedIn(entries)
  return [
    ...entries.flatMap((entry) => checkAnswer(entry, circumstances, machine, isRepeated)),
    ...entries.flatMap((entry) => checkSecret(entry, circumstances)),
    ...familiesIn(entries).flatMap((its) => checkFamily(its, circumstances)),
  ]
}

/** Returns the entries of each grant. */
export function familiesIn(entries: readonly Entry[]): Entry[][] {
  const found = new Map<string, Entry[]>()
  for (const entry of entries) {
    if (entry.family === null) continue
    const its = found.get(entry.family)
    if (its) its.push(entry)
    else found.set(entry.family, [entry])
  }
  return [...found.values()]
}

function checkFamily(entries: readonly Entry[], circumstances: Circumstances): Violation[] {
  const family = familyOf(entries, circumstances)
  return [
    ...checkOnce(family, circumstances),
    ...family.entries.flatMap((entry) => checkRefused(entry, family, circumstances)),
    ...family.entries.flatMap((entry) => checkAfterEnd(entry, family)),
    ...checkAllAsked(family),
  ]
}

/**
 * Checks that after the acknowledged replacement of a secret no request with the old one succeeds.
 */
function checkSecret(entry: Entry, { changes = [] }: Circumstances): Violation[] {
  const { account, secret = 0, start, status } = entry
  const { operation } = entry
  if (status !== 200 || !withSecret.includes(operation)) return []
  const isReplaced = changes.some(
    (change) =>
      change.operation === 'rotate-secret' &&
      change.account === account &&
      change.status === 200 &&
      change.secret! > secret &&
      change.end + blurMs < start,
  )
  return isReplaced ? [violation('resurrected', 'its secret had been replaced', entry)] : []
}

/**
 * Checks that each code and refresh token was redeemed once. A repetition may get the same tokens;
 * other tokens are a second redemption. A code may be repeated only if it was answered with a 503
 * before.
 */
function checkOnce({ redeemables }: Family, circumstances: Circumstances): Violation[] {
  return redeemables.flatMap(({ kind, attempts }) => {
    const [first, ...others] = attempts.filter(({ status }) => status === 200)
    if (!first) return []
    const mayRepeat =
      kind === 'refresh' ||
      attempts.some(({ status, start }) => status === 503 && start <= first.end)
    const successor = redeemables.find(({ hash }) => hash === refreshIn(first))?.attempts ?? []
    return others.flatMap((entry) => {
      if (!mayRepeat || tokensIn(entry) !== tokensIn(first))
        return [violation('double', `this ${kind} was redeemed before`, entry)]
      if (successor.some(({ status, end }) => status === 200 && end + blurMs < entry.start))
        return [violation('double', 'the refresh token of this answer had been used', entry)]
      return isSurelyOver(first, entry, attempts, circumstances)
        ? [violation('double', 'the grace of this answer was over', entry)]
        : []
    })
  })
}

/** Returns the tokens of an answer as one text. */
function tokensIn({ issued }: Entry): string {
  return issued
    .map(({ hash }) => hash)
    .toSorted()
    .join()
}

/**
 * Returns whether no process can have kept the answer that long, by the clocks of both, and no
 * attempt had an unknown outcome.
 */
function isSurelyOver(
  first: Entry,
  again: Entry,
  attempts: readonly Entry[],
  circumstances: Circumstances,
): boolean {
  const one = aheadDuring(circumstances, first.provider, first.start, first.end)
  const other = aheadDuring(circumstances, again.provider, again.start, again.end)
  const least = again.start - first.end + other.least - one.most
  return (
    attempts.every(({ status }) => status === 200 || status === 400) &&
    least > circumstances.graceMs + blurMs
  )
}

/** Checks that there is a reason for everything that was refused or gone. */
function checkRefused(entry: Entry, family: Family, circumstances: Circumstances): Violation[] {
  const { operation, presented, status, active } = entry
  const refused =
    (operation === 'bearer' && status === 401) ||
    ((operation === 'code' || operation === 'refresh') && status === 400) ||
    active === false
  const origin = presented === null ? undefined : family.origins.get(presented)
  if (!refused || !origin) return []
  if (family.ends.some(({ from }) => from <= entry.end)) return []
  const before = family.redeemables
    .find(({ hash }) => hash === presented)
    ?.attempts.filter((one) => one !== entry && one.start <= entry.end)
  if (hasExpired(entry, origin, circumstances)) {
    const first = before?.find(({ status }) => status === 503)
    const wasInTime = first && !hasExpired(first, origin, circumstances)
    return wasInTime && isRepetition(before!, entry, circumstances)
      ? [violation('lost', 'presented in time, and answered by 503 until it had expired', entry)]
      : []
  }
  if (operation === 'introspect' && before?.length) return []
  if (!before?.length || before.some(({ status }) => status === 200)) {
    return [violation('lost', 'acknowledged before, and nothing has ended its grant', entry)]
  }
  return isRepetition(before, entry, circumstances)
    ? [violation('lost reply', 'the same request again, within the grace or after a 503', entry)]
    : []
}

/** Returns whether the provider considered it expired, by the clocks of both processes. */
function hasExpired(entry: Entry, origin: Entry, circumstances: Circumstances): boolean {
  const issued = origin.issued.find(({ hash }) => hash === entry.presented)
  if (!issued || issued.lifetimeMs === null) return false
  const made = aheadDuring(circumstances, origin.provider, origin.start, origin.end)
  const asked = aheadDuring(circumstances, entry.provider, entry.start, entry.end)
  const madeAt = origin.start + made.least
  const askedAt = entry.end + asked.most
  return madeAt + issued.lifetimeMs / (circumstances.clockRate ?? 1) <= askedAt + blurMs
}

/** Checks that nothing of the grant works after its acknowledged end. */
function checkAfterEnd(entry: Entry, { ends }: Family): Violation[] {
  const { operation, start, status, active, issued } = entry
  const isGood =
    (['bearer', 'code', 'refresh'].includes(operation) && status === 200) ||
    (operation === 'authorize' && issued.length > 0) ||
    active === true
  const ended = ends.some(({ known }) => known !== null && known + blurMs < start)
  return isGood && ended ? [violation('resurrected', 'its grant had ended', entry)] : []
}

/** Checks that every issued token was presented, or was asked about at the end. */
function checkAllAsked({ entries, origins }: Family): Violation[] {
  const asked = new Set(entries.map(({ presented }) => presented))
  return [...origins].flatMap(([hash, entry]) =>
    asked.has(hash) ? [] : [violation('unchecked', 'it was never checked', entry)],
  )
}

function violation(kind: ViolationKind, text: string, entry: Entry): Violation {
  return { kind, text, entry }
}
