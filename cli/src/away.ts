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
  // Prisma: unreachable, timeout, closed connection, and no free connection.
  'P1001',
  'P1002',
  'P1008',
  'P1017',
  'P2024',
]
// PostgreSQL: connection exceptions, and a server that starts or shuts down.
const sqlStates = /^(?:08[0-9A-Z]{3}|57P0[123])$/
const names =
  /^(?:Mongo(?:ose)?(?:Network|NetworkTimeout|NotConnected|ServerSelection|TopologyClosed)Error|MaxRetriesPerRequestError)$/
// ioredis and pg set no code on these errors.
const messages =
  /^(?:Connection is closed|Command timed out|Connection terminated|timeout expired|timeout exceeded when trying to connect|Query read timeout)/

/**
 * Returns what a store's error says about an unreachable database, in one line. Returns `undefined`
 * if the error has another reason.
 */
export function awayReason(error: unknown): string | undefined {
  const found = chainOf(error).findLast(saysAway)
  if (!found) return undefined
  // Prisma begins with the call that failed.
  const line = String(found['message']).trim().split('\n').at(-1) ?? ''
  return line === '' ? String(found['code']) : line
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

/** Returns the error and what libraries wrap in it, at most four levels deep. */
function chainOf(error: unknown, depth = 4): Record<string, unknown>[] {
  if (typeof error !== 'object' || error === null || depth === 0) return []
  const { cause, driverError, errors } = error as Record<string, unknown>
  const inner = [cause, driverError, ...(Array.isArray(errors) ? (errors as unknown[]) : [])]
  return [error as Record<string, unknown>, ...inner.flatMap((one) => chainOf(one, depth - 1))]
}
