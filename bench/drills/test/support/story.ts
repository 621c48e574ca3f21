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

/** A request about one grant, by what matters of it; times are seconds, each takes a tenth of one. */
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
    family: 'a grant',
    presented,
    status: 200,
    error: null,
    issued: [],
    ...outcome,
  }
}

/** An answer that gives an access token and a refresh token, by one name. */
export function gives(name: string): Pick<Entry, 'issued'> {
  const access: Issued = { kind: 'access', hash: `access ${name}`, lifetimeMs: 3600 * second }
  return { issued: [access, { kind: 'refresh', hash: name, lifetimeMs: null }] }
}

/** An answer that gives a code. */
export const givesCode: Pick<Entry, 'status' | 'issued'> = {
  status: 303,
  issued: [{ kind: 'code', hash: 'the code', lifetimeMs: 30 * second }],
}

export const refused: Pick<Entry, 'status' | 'error'> = { status: 400, error: 'invalid_grant' }
export const noToken: Pick<Entry, 'status' | 'error'> = { status: 401, error: 'invalid_token' }
export const away: Pick<Entry, 'status' | 'error'> = { status: 503, error: 'server_error' }
export const broke: Pick<Entry, 'status' | 'error'> = { status: 0, error: 'ECONNRESET' }

/** A grant with its first tokens, each of which somebody asks about in the end. */
export const begun: readonly Entry[] = [
  request(0, 'authorize', null, givesCode),
  request(1, 'code', 'the code', gives('first')),
]

/** The deletion of what an account is, by the harness. */
export function deletion(at: number, account: string): Entry {
  return { ...request(at, 'delete', null), provider: -1, family: null, account }
}
