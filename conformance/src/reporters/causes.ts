import { cases } from '../cases'
import type { Verdict } from '../case'
import type { Difference, Kind } from '../difference'
import { type Group, levels } from '../types'
import { knownErrorIn } from './known-errors'
import { failuresOf } from './reporter'

/** Failures that probably have one cause. */
export interface Cause {
  /** The case that shows the cause most directly. */
  readonly first: Verdict
  /** The other cases, the most direct ones first. */
  readonly followers: readonly Verdict[]
}

/** The cases that are about one kind of difference. */
export const specialists: Readonly<Partial<Record<Kind, readonly string[]>>> = {
  cut: ['value.large', 'value.length'],
  encoding: ['value.unicode'],
  factor: ['expiry.unit'],
  json: ['value.data'],
  overflow: ['expiry.precision'],
  rounded: ['expiry.precision'],
  type: ['shape.answers', 'shape.expires'],
  zone: ['expiry.timezone'],
}
/** The groups that are about one method. */
const homes: Readonly<Record<string, readonly Group[]>> = {
  ...of('client', 'createClient', 'deleteClient', 'getClient', 'listClients', 'updateClient'),
  ...of('user', 'createUser', 'deleteUser', 'getUser', 'getUserByUsername', 'listUsers'),
  ...of('user', 'updateUser'),
  ...of('record', 'addRecord', 'getRecord', 'takeRecord'),
  ...of('access', 'extend', 'revokeAccessToken'),
  ...of('issue', 'issue'),
  ...of('revoke', 'revoke', 'listGrants'),
  ...of('purge', 'purge'),
  find: ['access', 'expiry', 'value'],
  redeem: ['code', 'refresh'],
  isRedeemed: ['code', 'refresh'],
  // The functions of a model that a store does not have.
  ...of('client', 'getUserFromClient', 'grantTypeAllowed'),
  ...of('user', 'getUser'),
  ...of('access', 'saveAccessToken', 'getAccessToken'),
  ...of('code', 'saveAuthCode', 'getAuthCode'),
  ...of('refresh', 'saveRefreshToken', 'getRefreshToken', 'revokeRefreshToken', 'revokeToken'),
  ...of('access', 'saveToken', 'verifyScope'),
  ...of('code', 'saveAuthorizationCode', 'getAuthorizationCode', 'revokeAuthorizationCode'),
  ...of('client', 'validateScope', 'validateRedirectUri'),
}

/**
 * Returns the failures by their probable cause. What went wrong outside of a case comes first. Cases
 * that call the store come before those that run the engine on it, and lower levels before higher
 * ones.
 */
export function causesOf(verdicts: readonly Verdict[]): Cause[] {
  const found: { members: Verdict[]; clues: Set<string> }[] = []
  const order = new Map(cases().map(({ id }, n) => [id, n]))
  const failures = failuresOf({ verdicts }).toSorted(byRank((one) => layerOf(one, order)))
  for (const verdict of failures) {
    const clues = cluesOf(verdict)
    const same = found.find((cause) => clues.some((clue) => cause.clues.has(clue)))
    if (same) same.members.push(verdict)
    else found.push({ members: [verdict], clues: new Set() })
    for (const clue of clues) (same ?? found.at(-1)!).clues.add(clue)
  }
  return found
    .map(({ members }) => causeOf(members, order))
    .toSorted(byRank(({ first }) => layerOf(first, order)))
}

/** Returns the first case of its cause for each case that follows one. */
export function firstOf(causes: readonly Cause[]): Map<Verdict, Verdict> {
  return new Map(
    causes.flatMap(({ first, followers }) =>
      followers.map((one): [Verdict, Verdict] => [one, first]),
    ),
  )
}

/** Returns how many cases failed for how many causes, or '' if a single one failed. */
export function summaryOf(causes: readonly Cause[]): string {
  const failed = causes.reduce((sum, { followers }) => sum + 1 + followers.length, 0)
  if (failed < 2) return ''
  return `${failed} cases failed, probably for ${causes.length} ${causes.length === 1 ? 'cause' : 'causes'}`
}

/** Lists the ids of the cases that follow the first one of a cause, at most 30 of them. */
export function followersOf({ followers }: Cause): string {
  const most = 30
  const named = followers.slice(0, most).map((one) => one.case.id)
  const left = followers.length - named.length
  return `Probably the same cause: ${named.join(', ')}${left > 0 ? ` and ${left} more` : ''}`
}

function causeOf(members: readonly Verdict[], order: ReadonlyMap<string, number>): Cause {
  const common = mostCommon(members.flatMap((one) => marksOf(one)))
  const method = common?.method ?? members.find((one) => !one.usesEngine)?.lastCall?.method ?? ''
  const sorted = members.toSorted(
    byRank((one) => {
      const layer = layerOf(one, order)
      return [...layer.slice(0, 2), distance(one, method, common?.kind), ...layer.slice(2)]
    }),
  )
  const [first, ...followers] = sorted
  return { first: first!, followers }
}

/** Returns how far a case is from what failed: 0 if it is about exactly that. */
function distance({ case: { id, group } }: Verdict, method: string, kind?: Kind): number {
  if (kind && specialists[kind]?.includes(id)) return 0
  return homes[method]?.includes(group) ? 1 : 2
}

function layerOf(verdict: Verdict, order: ReadonlyMap<string, number>): number[] {
  const { case: one, outside, usesEngine, reason = '' } = verdict
  const layer = outside ? 0 : usesEngine ? 2 : 1
  // A call that has hung before had a short limit.
  const isLater = reason.includes(', which hung before ') ? 1 : 0
  return [layer, isLater, levels.indexOf(one.level), order.get(one.id) ?? order.size]
}

/** What is wrong with the results of one method. */
interface Mark {
  method: string
  kind: Kind
  clue: string
}

/** Returns what two failures with the same cause have in common. */
function cluesOf(verdict: Verdict): string[] {
  const { reason = '', lastCall, outside, usesEngine, observed = [] } = verdict
  const known = knownErrorIn(verdict)
  if (known) return [known.clue]
  if (outside)
    return [`message ${withoutIds(outside.reason.replace(/^create\(\) of.*? threw/, ''))}`]
  const clues = marksOf(verdict).map(({ clue }) => clue)
  for (const { method, differences } of observed)
    if (differences.length === 0) clues.push(`${method} rejects`)
  if (!usesEngine && lastCall?.outcome === 'hung') clues.push(`${lastCall.method} hangs`)
  const late = /^(\w+) did not answer within/.exec(reason)?.[1]
  if (late) clues.push(`${late} hangs`)
  if (!usesEngine && lastCall?.outcome === 'rejected' && reason.startsWith('It threw'))
    clues.push(`${lastCall.method} rejects`)
  // The message of a case that calls many methods names the one whose result is wrong.
  const [, method, wrong] = /^(\w+)\(.*?\).*? returned (undefined$)?/.exec(reason) ?? []
  if (method) clues.push(clueOf(method, '', wrong ? 'got undefined, expected null' : 'not null'))
  if (reason.endsWith(', which is not a valid Date')) clues.push('"expires" is not a valid Date')
  const absent = /\b(\w+)(?:\(\) is missing| is not a function)/.exec(reason)?.[1]
  if (absent) clues.push(`${absent} is missing`)
  // A message of the engine is the same for many causes.
  if (!usesEngine || clues.length === 0) clues.push(`message ${withoutIds(reason)}`)
  return clues
}

function marksOf({ differences = [], observed = [], lastCall, usesEngine }: Verdict): Mark[] {
  const marks = observed.flatMap((one) => one.differences.map((each) => markOf(one.method, each)))
  // The engine's responses say nothing about one method.
  const isSeen = !usesEngine && lastCall?.outcome === 'resolved'
  return isSeen ? [...marks, ...differences.map((one) => markOf(lastCall.method, one))] : marks
}

function markOf(method: string, { path, kind, text }: Difference): Mark {
  const place = path.replaceAll(/\[\d+\]/g, '').replace(/^\./, '')
  const detail =
    kind === 'type'
      ? text.split(':')[0]!
      : place === '' && kind === 'value'
        ? withoutIds(text)
        : kind
  return { method, kind, clue: clueOf(method, place, detail) }
}

function clueOf(method: string, place: string, detail: string): string {
  return `${method} "${place}" ${detail}`
}

function mostCommon(marks: readonly Mark[]): Mark | undefined {
  const counts = new Map<string, number>()
  for (const { clue } of marks) counts.set(clue, (counts.get(clue) ?? 0) + 1)
  return marks.toSorted((a, b) => counts.get(b.clue)! - counts.get(a.clue)!)[0]
}

/** Replaces random ids and numbers, so that the messages of two cases can be compared. */
function withoutIds(text: string): string {
  return text
    .replace(/ \(and \d+ more\)$/, '')
    .replaceAll(/[0-9a-f]{8,}/g, '#')
    .replaceAll(/\d+/g, '#')
}

function of(group: Group, ...methods: readonly string[]): Record<string, Group[]> {
  return Object.fromEntries(methods.map((method) => [method, [group]]))
}

function byRank<T>(rankOf: (one: T) => readonly number[]): (a: T, b: T) => number {
  return (a, b) => {
    const [one, other] = [rankOf(a), rankOf(b)]
    const at = one.findIndex((rank, n) => rank !== other[n])
    return at === -1 ? 0 : one[at]! - other[at]!
  }
}
