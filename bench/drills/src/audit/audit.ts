import type { Entry, Operation } from '../log'
import { checkAnswer } from './answers'
import { type Circumstances, aheadDuring } from './circumstances'
import { type Grant, grantOf, isRepetition, refreshIn } from './grant'
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
    ...grantsIn(entries).flatMap((its) => checkGrant(its, circumstances)),
  ]
}

/** Returns the entries of each grant. */
export function grantsIn(entries: readonly Entry[]): Entry[][] {
  const found = new Map<string, Entry[]>()
  for (const entry of entries) {
    if (entry.grant === null) continue
    const its = found.get(entry.grant)
    if (its) its.push(entry)
    else found.set(entry.grant, [entry])
  }
  return [...found.values()]
}

function checkGrant(entries: readonly Entry[], circumstances: Circumstances): Violation[] {
  const grant = grantOf(entries, circumstances)
  return [
    ...checkOnce(grant, circumstances),
    ...grant.entries.flatMap((entry) => checkRefused(entry, grant, circumstances)),
    ...grant.entries.flatMap((entry) => checkAfterEnd(entry, grant)),
    ...checkAllPresented(grant),
  ]
}

/** Checks that no request with an old secret succeeds after its replacement was acknowledged. */
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
 * Checks that each code and refresh token was redeemed once. A repetition may return the same
 * tokens; different tokens are a second redemption. A code may be repeated only after a 503.
 */
function checkOnce({ redeemables }: Grant, circumstances: Circumstances): Violation[] {
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
        return [violation('double', 'the refresh token of this response had been used', entry)]
      return isSurelyOver(first, entry, attempts, circumstances)
        ? [violation('double', 'the grace period of this response was over', entry)]
        : []
    })
  })
}

/** Returns the hashes of the tokens in a response, as one string. */
function tokensIn({ issued }: Entry): string {
  return issued
    .map(({ hash }) => hash)
    .toSorted()
    .join()
}

/**
 * Returns whether the grace period of the first response was certainly over, by the clocks of both
 * processes, and no attempt had an unknown outcome.
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

/** Checks that the log shows a reason for every credential that was refused or missing. */
function checkRefused(entry: Entry, grant: Grant, circumstances: Circumstances): Violation[] {
  const { operation, presented, status, active } = entry
  const refused =
    (operation === 'bearer' && status === 401) ||
    ((operation === 'code' || operation === 'refresh') && status === 400) ||
    active === false
  const origin = presented === null ? undefined : grant.origins.get(presented)
  if (!refused || !origin) return []
  if (grant.ends.some(({ from }) => from <= entry.end)) return []
  const before = grant.redeemables
    .find(({ hash }) => hash === presented)
    ?.attempts.filter((one) => one !== entry && one.start <= entry.end)
  if (hasExpired(entry, origin, circumstances)) {
    const first = before?.find(({ status }) => status === 503)
    const wasInTime = first && !hasExpired(first, origin, circumstances)
    return wasInTime && isRepetition(before!, entry, circumstances)
      ? [violation('lost', 'presented in time, but answered with 503 until it expired', entry)]
      : []
  }
  if (operation === 'introspect' && before?.length) return []
  if (!before?.length || before.some(({ status }) => status === 200)) {
    return [violation('lost', 'acknowledged before, and nothing ended its grant', entry)]
  }
  return isRepetition(before, entry, circumstances)
    ? [violation('lost reply', 'repeated within the grace period or after a 503', entry)]
    : []
}

/**
 * Returns whether the presented credential may have expired, by the clocks of the process that
 * issued it and of the process that received it.
 */
function hasExpired(entry: Entry, origin: Entry, circumstances: Circumstances): boolean {
  const issued = origin.issued.find(({ hash }) => hash === entry.presented)
  if (!issued || issued.lifetimeMs === null) return false
  const issuer = aheadDuring(circumstances, origin.provider, origin.start, origin.end)
  const receiver = aheadDuring(circumstances, entry.provider, entry.start, entry.end)
  const issuedAt = origin.start + issuer.least
  const receivedAt = entry.end + receiver.most
  return issuedAt + issued.lifetimeMs / (circumstances.clockRate ?? 1) <= receivedAt + blurMs
}

/** Checks that nothing of the grant works after its acknowledged end. */
function checkAfterEnd(entry: Entry, { ends }: Grant): Violation[] {
  const { operation, start, status, active, issued } = entry
  const isGood =
    (['bearer', 'code', 'refresh'].includes(operation) && status === 200) ||
    (operation === 'authorize' && issued.length > 0) ||
    active === true
  const ended = ends.some(({ known }) => known !== null && known + blurMs < start)
  return isGood && ended ? [violation('resurrected', 'its grant had ended', entry)] : []
}

/** Checks that every issued credential was presented, introspected or looked up later. */
function checkAllPresented({ entries, origins }: Grant): Violation[] {
  const checked = new Set(entries.map(({ presented }) => presented))
  return [...origins].flatMap(([hash, entry]) =>
    checked.has(hash) ? [] : [violation('unchecked', 'it was never checked', entry)],
  )
}

function violation(kind: ViolationKind, text: string, entry: Entry): Violation {
  return { kind, text, entry }
}
