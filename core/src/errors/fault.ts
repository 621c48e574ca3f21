import { isObject } from '../values/is-object'

// Every attempt will fail in the same way until somebody changes the program, its configuration or
// the database. An outage ends by itself.

const faults = [TypeError, ReferenceError, RangeError, SyntaxError]
const ownCodes = ['OAUTH2_KIT_OPTION', 'OAUTH2_KIT_STORE', 'OAUTH2_KIT_HOOK']

/** SQLSTATE classes: data, integrity, credentials, unknown database or schema, and SQL text. */
const sqlStates = /^(?:22|23|28|3D|3F|42)[0-9A-Z]{3}$/
// "Too many connections of this user" has an SQLSTATE of class 42 in MySQL and MariaDB.
const busyErrnos = [1203, 1226]
// Prisma's errors, without those about connections, timeouts and conflicts.
const prismaCodes = /^P(?:1000|1003|1010|1012|20(?!10|24|28|34|37|39)\d\d)$/
// MongoDB: Unauthorized and AuthenticationFailed.
const mongoCodes = [13, 18]
// Redis: a wrong password, a missing permission, a key of another type, an unknown command.
const redisReplies = /^(?:NOAUTH|WRONGPASS|NOPERM|WRONGTYPE|ERR unknown command)\b/

/**
 * Returns whether an error of an application function is permanent: a fault in the code, the
 * configuration or the schema. Any other error counts as an outage.
 */
export function isFault(error: unknown): boolean {
  return isCodeFault(error) || isPermanent(error)
}

/**
 * Returns whether an error of a store or model is permanent. A TypeError is not: some drivers throw
 * one while their database is away.
 */
export function isPermanent(error: unknown): boolean {
  try {
    return chainOf(error).some(saysPermanent)
  } catch {
    // A getter of the error has thrown.
    return false
  }
}

function isCodeFault(error: unknown): boolean {
  try {
    // On a network failure, fetch() throws a TypeError that has a cause.
    const isOne = faults.some((fault) => error instanceof fault)
    return isOne && (error as Error).cause === undefined
  } catch {
    return false
  }
}

function saysPermanent(error: Record<string, unknown>): boolean {
  const { code, sqlState, originalCode, errno, name, message } = error
  if (busyErrnos.includes(errno as number)) return false
  if (name === 'PrismaClientValidationError') return true
  if (typeof code === 'number') return mongoCodes.includes(code)
  if (code === 'SQLITE_ERROR' || ownCodes.includes(code as string)) return true
  if (name === 'ReplyError' && redisReplies.test(String(message))) return true
  return [code, sqlState, originalCode].some(
    (one) => typeof one === 'string' && (sqlStates.test(one) || prismaCodes.test(one)),
  )
}

/** Returns the error and what libraries wrap in it, at most four levels deep. */
function chainOf(error: unknown, depth = 4): Record<string, unknown>[] {
  if (!isObject(error) || depth === 0) return []
  const { cause, driverError, meta, driverAdapterError } = error
  const inner = [cause, driverError, meta, driverAdapterError]
  return [error, ...inner.flatMap((one) => chainOf(one, depth - 1))]
}
