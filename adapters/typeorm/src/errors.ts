/** The members that drivers add to their errors. */
interface DriverError extends Error {
  /** A name of the driver, or the SQLSTATE on PostgreSQL. */
  code?: string
  /** MySQL's error number. */
  errno?: number
  /** MySQL's SQLSTATE. */
  sqlState?: string
}

/** An error with the codes by which the operator and the store identify what happened. */
export interface DatabaseError extends Error {
  code?: string
  errno?: number
}

/**
 * The codes of errors after which nothing has changed and the statement can succeed a moment later.
 */
const transient: ReadonlySet<unknown> = new Set([
  // PostgreSQL: serialization failure, deadlock.
  '40001',
  '40P01',
  // MySQL and MariaDB: deadlock, lock wait timeout, a row that has changed since it was read.
  1213,
  1205,
  1020,
])

/** Returns whether the database aborted something that can succeed if it is repeated. */
export function isTransient(error: unknown): boolean {
  const { code, errno } = error as DatabaseError
  return transient.has(code) || transient.has(errno) || /^SQLITE_(?:BUSY|LOCKED)/.test(code ?? '')
}

/**
 * Returns the same error without the statement, its parameters and the values that the database
 * quotes. They are password hashes and personal data, and errors end up in logs. Other errors are
 * returned unchanged.
 */
export function withoutValues(error: unknown): unknown {
  if (!isQueryFailed(error)) return error
  const { code, errno, sqlState, message } = error.driverError
  const reason = quotesValues(code, sqlState) ? 'the values were refused' : message
  const clean = new Error(`The database failed: ${reason} (${code ?? 'no code'})`)
  return Object.assign(clean, { code, errno }) satisfies DatabaseError
}

/**
 * Checks for the member: the errors of a driver may be of another `Error` class than that of this
 * program.
 */
function isQueryFailed(error: unknown): error is { driverError: DriverError } {
  return typeof error === 'object' && error !== null && 'driverError' in error
}

/**
 * Returns whether the message quotes values. Data exceptions do; on MySQL, so do duplicate keys and
 * general errors.
 */
function quotesValues(code = '', sqlState?: string): boolean {
  return sqlState === undefined ? /^22...$/.test(code) : /^(?:01|22|23|HY)/.test(sqlState)
}
