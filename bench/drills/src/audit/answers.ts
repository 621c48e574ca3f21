import type { Entry, Operation } from '../log'
import { type Circumstances, wasAway } from './circumstances'
import type { Machine } from './machine'
import type { IsRepeated } from './repeated'
import type { Violation } from './violation'

/** How long service may be unavailable after the cause of a fault is gone, in milliseconds. */
export const backWithinMs = 5_000
/**
 * For this long after its last failed call, a process responds with 503 to a code or refresh token
 * that was presented before, because another process may still learn the outcome. In milliseconds.
 */
const inDoubtMs = 5_000
const graceOfDeadlineMs = 1_000
/**
 * A request to a provider passes through more processes than a request to a bare server, so the
 * machine's delay is subtracted this many times.
 */
const legs = 2
/**
 * If a bare server takes this long, the drivers' timeouts of one or two seconds may expire without
 * a fault. In milliseconds.
 */
const busyMs = 500

/** The specified statuses of each request, with the OAuth error for each. */
const specified: Readonly<Record<Operation, Readonly<Record<number, string | null>>>> = {
  'sign-in': { 200: null, 303: null },
  authorize: { 303: null },
  code: { 200: null, 400: 'invalid_grant' },
  refresh: { 200: null, 400: 'invalid_grant' },
  bearer: { 200: null, 401: 'invalid_token' },
  revoke: { 200: null },
  introspect: { 200: null },
  database: { 200: null },
  delete: { 200: null },
  'rotate-secret': { 200: null },
  control: {},
}

/** Returns whether the service was unavailable to that request, as a client sees it. */
export function isOutage({ status, error }: Entry): boolean {
  return status === 0 || status === 503 || (status === 303 && isOutageError(error))
}

/** Returns the violations that one response shows without the rest of the log. */
export function checkAnswer(
  entry: Entry,
  circumstances: Circumstances,
  machine: Machine,
  isRepeated: IsRepeated,
): Violation[] {
  const { operation, start, end } = entry
  if (operation === 'control') return []
  const took = end - start - legs * machine(start, end)
  // A sign-in hashes a password, so its duration depends on how busy the machine is.
  const late: Violation[] =
    operation !== 'sign-in' && took > circumstances.deadlineMs + graceOfDeadlineMs
      ? [{ kind: 'late', text: `it took ${Math.round(end - start)} ms`, entry }]
      : []
  return [...late, ...checkStatus(entry, circumstances, machine, isRepeated)]
}

function checkStatus(
  entry: Entry,
  circumstances: Circumstances,
  machine: Machine,
  isRepeated: IsRepeated,
): Violation[] {
  const { operation, provider, start, end, status, error } = entry
  const { broken, absences } = circumstances
  const away = wasAway(circumstances, provider, start, end)
  if (status === 0) {
    // This counts only as late.
    if (error === 'ABORT_ERR') return []
    // A process that gets no CPU for seconds closes its idle connections, even one with a request
    // in it.
    if (machine(start, end) > busyMs) return []
    return away ? [] : [{ kind: 'connection', text: error ?? 'it broke', entry }]
  }
  if (isOutage(entry)) {
    // The last call that can fail starts within `backWithinMs`, and ends by its deadline.
    const settling = isRepeated(entry) ? circumstances.deadlineMs + inDoubtMs : 0
    const excused = broken && broken.from <= end && start <= broken.to + backWithinMs + settling
    const busy = machine(start, end) > busyMs
    const after = broken ? `, ${Math.round(start - broken.to)} ms after the fix` : ''
    return excused || away || busy
      ? []
      : [{ kind: 'unavailable', text: `${status}${after}`, entry }]
  }
  // The form belongs to a session that was lost with its process.
  const wasRestarted = absences.some((one) => one.provider === provider && one.from <= start)
  if (operation === 'authorize' && status === 403 && wasRestarted) return []
  const expected = specified[operation][status]
  if (expected === error || isRefusedChange(entry, circumstances)) return []
  return [{ kind: 'answer', text: `${status} ${error ?? ''}`.trim(), entry }]
}

/**
 * Returns whether the request was refused because the harness had changed its account or was
 * changing it.
 */
function isRefusedChange(entry: Entry, { changes = [] }: Circumstances): boolean {
  const { operation, end, account, status, error, secret = 0 } = entry
  const its = changes.filter((change) => change.account === account && change.start <= end)
  const isDeleted = its.some((change) => change.operation === 'delete')
  // The pages have their own messages.
  if (operation === 'authorize' || operation === 'sign-in') return isDeleted && status < 500
  if (status !== 401 || error !== 'invalid_client') return false
  return isDeleted || its.some((change) => (change.secret ?? 0) > secret)
}

function isOutageError(error: string | null): boolean {
  return error === 'temporarily_unavailable' || error === 'server_error'
}
