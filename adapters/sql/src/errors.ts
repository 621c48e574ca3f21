/** An error with the codes by which the operator and the store identify what happened. */
interface DatabaseError extends Error {
  /** A name of the driver, or the SQLSTATE on PostgreSQL. */
  code?: string
  /** MySQL's error number, or SQLite's extended result code. */
  errno?: number
}

/** The members that drivers add to their errors. */
interface DriverError extends DatabaseError {
  /** SQLite's extended result code, from `node:sqlite`. */
  errcode?: number
  /** MySQL's SQLSTATE. */
  sqlState?: string
  /** The message of MySQL, without the statement that a driver may add to it. */
  sqlMessage?: string | null
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

/** SQLITE_BUSY and SQLITE_LOCKED, the lowest byte of SQLite's extended result codes. */
const sqliteBusy = [5, 6]

/** How many errors that caused another one are looked at. */
const deepest = 5

/**
 * Returns the error of the driver, which query builders wrap: as `cause`, or as `driverError` in
 * TypeORM. Returns null if none of them is of a driver.
 */
function driverErrorIn(error: unknown): DriverError | null {
  let found: DriverError | null = null
  let innermost: DriverError | null = null
  let one = error
  for (let depth = 0; depth < deepest && typeof one === 'object' && one !== null; depth++) {
    const { code, errno, sqlState, driverError, cause } = one as DriverError & {
      driverError?: unknown
    }
    if (code !== undefined || errno !== undefined || sqlState !== undefined)
      found = one as DriverError
    innermost = one as DriverError
    one = driverError ?? cause
  }
  return found ?? innermost
}

/** Returns whether the database aborted something that can succeed if it is repeated. */
export function isTransient(error: unknown): boolean {
  const { code = '', errno, errcode } = driverErrorIn(error) ?? {}
  if (code === 'ERR_SQLITE_ERROR') return sqliteBusy.includes(Number(errcode ?? errno) & 0xff)
  return transient.has(code) || transient.has(errno) || /^SQLITE_(?:BUSY|LOCKED)/.test(code)
}

const duplicateEntry = 1062

/** Returns whether MySQL refused a row because another one has the same key. */
export function isDuplicateOnMysql(error: unknown): boolean {
  return driverErrorIn(error)?.errno === duplicateEntry
}

/**
 * Returns an error that shows neither the statement and its parameters nor the values that the
 * database quotes. They are password hashes and personal data, and errors end up in logs. An error
 * without them, such as one of the connection, is returned unchanged.
 */
export function withoutValues(error: unknown, text: string, values: readonly unknown[]): unknown {
  const found: Partial<DriverError> = driverErrorIn(error) ?? {}
  const { code, errno, errcode, sqlState } = found
  const message = found.sqlMessage ?? found.message ?? ''
  const isQuoted = quotesValues(code, sqlState)
  if (!isQuoted && isFree(shownOf(error, deepest), text, values)) return error
  const reason = isQuoted || !isFree(message, text, values) ? 'the values were refused' : message
  const clean = new Error(`The database failed: ${reason} (${code ?? 'no code'})`)
  return Object.assign(clean, { code, errno: errno ?? errcode }) satisfies DatabaseError
}

/** A value that is shorter could be part of a message by chance. */
const shortestSecret = 4
/** Drivers cut long statements. */
const beginning = 40

/** Returns whether a text has neither the statement nor one of its values. */
function isFree(shown: string, text: string, values: readonly unknown[]): boolean {
  return ![text.slice(0, beginning), ...values].some(
    (value) => typeof value === 'string' && value.length >= shortestSecret && shown.includes(value),
  )
}

/** Returns the texts that a log could show of an error, also of members that are not enumerable. */
function shownOf(error: unknown, depth: number): string {
  if (typeof error !== 'object' || error === null || depth === 0) return String(error)
  const { message, stack, cause } = error as Error
  const members = Object.getOwnPropertyNames(error)
    .flatMap((name) => (error as Record<string, unknown>)[name])
    .filter((one) => typeof one === 'string')
  return [message, stack, ...members, ...(cause ? [shownOf(cause, depth - 1)] : [])].join('\n')
}

/**
 * Returns whether the message quotes values. Data exceptions do; on MySQL, so do duplicate keys and
 * general errors.
 */
function quotesValues(code = '', sqlState?: string): boolean {
  return sqlState === undefined ? /^22...$/.test(code) : /^(?:01|22|23|HY)/.test(sqlState)
}
