import type { Circumstances } from '../../src/audit/circumstances'
import type { Entry, Issued, Operation } from '../../src/log'

const second = 1000

/** Nothing broke, and every clock is right. */
export const calm: Circumstances = {
  deadlineMs: 5 * second,
  graceMs: 10 * second,
  broken: null,
  absences: [],
  steps: [],
}

/** A request about one grant. `at` is in seconds, and each request takes a tenth of a second. */
export function request(
  at: number,
  operation: Operation,
  presented: string | null,
  outcome: Partial<Entry> = {},
): Entry {
  const start = at * second
  return {
    operation,
    start,
    end: start + 100,
    provider: 0,
    grant: 'a grant',
    presented,
    status: 200,
    error: null,
    issued: [],
    ...outcome,
  }
}

/** A response that issues an access token and a refresh token with that name. */
export function issues(name: string): Pick<Entry, 'issued'> {
  const access: Issued = { kind: 'access', hash: `access ${name}`, lifetimeMs: 3600 * second }
  return { issued: [access, { kind: 'refresh', hash: name, lifetimeMs: null }] }
}

/** A response that issues a code. */
export const issuesCode: Pick<Entry, 'status' | 'issued'> = {
  status: 303,
  issued: [{ kind: 'code', hash: 'the code', lifetimeMs: 30 * second }],
}

export const refused: Pick<Entry, 'status' | 'error'> = { status: 400, error: 'invalid_grant' }
export const noToken: Pick<Entry, 'status' | 'error'> = { status: 401, error: 'invalid_token' }
export const away: Pick<Entry, 'status' | 'error'> = { status: 503, error: 'server_error' }
export const broke: Pick<Entry, 'status' | 'error'> = { status: 0, error: 'ECONNRESET' }

/** The beginning of a grant: its code, and its first tokens. */
export const begun: readonly Entry[] = [
  request(0, 'authorize', null, issuesCode),
  request(1, 'code', 'the code', issues('first')),
]

/** The deletion of an account by the harness. */
export function deletion(at: number, account: string): Entry {
  return { ...request(at, 'delete', null), provider: -1, grant: null, account }
}
