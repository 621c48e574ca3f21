// Each database driver says in its own way that the database can't be reached.

const codes = [
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'OAUTH2_KIT_BUSY',
  'OAUTH2_KIT_TIMEOUT',
  // Prisma: unreachable, timeout, closed connection, no free connection, and no transaction in time.
  'P1001',
  'P1002',
  'P1008',
  'P1017',
  'P2024',
  'P2028',
]
// PostgreSQL: connection exceptions, and a server that starts or shuts down.
const sqlStates = /^(?:08[0-9A-Z]{3}|57P0[123])$/
const names =
  /^(?:Mongo(?:ose)?(?:Network|NetworkTimeout|NotConnected|ServerSelection|TopologyClosed)Error|MaxRetriesPerRequestError)$/
// ioredis, pg and mariadb set no code on these errors, or one of their own.
const messages =
  /^(?:Connection is closed|Command timed out|Connection terminated|timeout expired|timeout exceeded when trying to connect|Query read timeout|pool timeout)/

/**
 * Returns what a store's error says about an unreachable database, in one line. Returns `undefined`
 * if the error has another reason.
 */
export function awayReason(error: unknown): string | undefined {
  const found = chainOf(error).findLast(saysAway)
  if (!found) return undefined
  // Prisma begins with the call that failed, and mariadb ends with the state of its pool.
  const lines = String(found['message'])
    .split('\n')
    .map((line) => line.trim())
  return lines.findLast((line) => line !== '' && !line.startsWith('(')) ?? String(found['code'])
}

function saysAway({ code, name, message, syscall }: Record<string, unknown>): boolean {
  // The socket file of a database.
  if (code === 'ENOENT') return syscall === 'connect'
  return (
    codes.includes(String(code)) ||
    sqlStates.test(String(code)) ||
    names.test(String(name)) ||
    messages.test(String(message))
  )
}

/** Returns the error and what libraries wrap in it, at most six levels deep. */
function chainOf(error: unknown, depth = 6): Record<string, unknown>[] {
  if (typeof error !== 'object' || error === null || depth === 0) return []
  const { cause, driverError, driverAdapterError, errors, meta } = error as Record<string, unknown>
  const several = Array.isArray(errors) ? (errors as unknown[]) : []
  const inner = [cause, driverError, driverAdapterError, meta, ...several]
  return [error as Record<string, unknown>, ...inner.flatMap((one) => chainOf(one, depth - 1))]
}
