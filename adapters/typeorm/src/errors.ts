/** What drivers put on their errors. */
interface DriverError extends Error {
  /** A name of the driver's, or the SQLSTATE on PostgreSQL. */
  code?: string
  /** MySQL's number. */
  errno?: number
  /** MySQL's SQLSTATE. */
  sqlState?: string
}

/** The error codes by which an operator and the store tell what happened. */
export interface DatabaseError extends Error {
  code?: string
  errno?: number
}

/**
 * The same error without the statement, its parameters and what the database quotes of them: they
 * are hashes of passwords and personal data, and errors end up in logs. Others stay as they are.
 */
export function withoutValues(error: unknown): unknown {
  if (!isQueryFailed(error)) return error
  const { code, errno, sqlState, message } = error.driverError
  const told = quotesValues(code, sqlState) ? 'the values were refused' : message
  const clean = new Error(`The database failed: ${told} (${code ?? 'no code'})`)
  return Object.assign(clean, { code, errno }) satisfies DatabaseError
}

/** By what it has: a driver may make its errors from another class than this program's `Error`. */
function isQueryFailed(error: unknown): error is { driverError: DriverError } {
  return typeof error === 'object' && error !== null && 'driverError' in error
}

/** Data exceptions quote the data; MySQL does for a duplicate key, and in its general errors. */
function quotesValues(code = '', sqlState?: string): boolean {
  return sqlState === undefined ? /^22...$/.test(code) : /^(?:01|22|23|HY)/.test(sqlState)
}
