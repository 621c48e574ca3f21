import { withCode } from '@oauth2-kit/core/store-kit'

// How the driver adapters of Prisma report a failure. They all use Prisma's own codes. For failures
// without such a code, the code of the database is deeper inside the error.

interface PrismaError {
  name?: unknown
  code?: unknown
  meta?: { driverAdapterError?: { cause?: { originalCode?: unknown; originalMessage?: unknown } } }
}

const duplicate = 'P2002'
const missingParent = 'P2003'
const missingValue = 'P2011'
const missingTableOrColumn: readonly unknown[] = ['P2021', 'P2022']
/** A deadlock or a serialization failure (P2034); SQLITE_BUSY of SQLite (P1008). */
const transientCodes: readonly unknown[] = ['P2034', 'P1008']
/** MariaDB and MySQL: lock wait timeout (1205); the row has changed since it was read (1020). */
const transientOriginalCodes: readonly unknown[] = ['1205', '1020']
const incorrectString = '1366'

/** Returns whether the database aborted a query that can succeed if it is repeated. */
export function isTransient(error: unknown): boolean {
  const { code } = shapeOf(error)
  return transientCodes.includes(code) || transientOriginalCodes.includes(originalCodeOf(error))
}

/** Returns whether a foreign key refused the rows. */
export function isMissingParent(error: unknown): boolean {
  return shapeOf(error).code === missingParent
}

/** Returns whether a column refused NULL. */
export function isMissingValue(error: unknown): boolean {
  return shapeOf(error).code === missingValue
}

/** Returns whether a table or column is missing. */
export function isMissing(error: unknown): boolean {
  const { code, meta } = shapeOf(error)
  const { originalMessage } = meta?.driverAdapterError?.cause ?? {}
  // The adapter for libSQL recognizes SQLite's messages, but not with the prefix that libSQL adds.
  const text = typeof originalMessage === 'string' ? originalMessage : ''
  return (
    missingTableOrColumn.includes(code) || /no such (table|column)|has no column named/.test(text)
  )
}

/** A unique index refused the rows. The database's own message would contain their values. */
export class DuplicateError extends Error {
  override readonly name = 'DuplicateError'

  constructor() {
    super('An entry with that id or hash exists')
  }
}

/** The character set of a column lacks a character. The database's own message would contain it. */
export class CharacterSetError extends Error {
  override readonly name = 'CharacterSetError'

  constructor() {
    super(
      'The database cannot store this text: the columns need a character set with all of Unicode',
    )
  }
}

/**
 * Returns the error in a form that can be passed on. Three kinds of messages are replaced, because
 * they contain values, which may be hashes or personal data.
 */
export function withoutValues(error: unknown): unknown {
  if (shapeOf(error).code === duplicate) return new DuplicateError()
  if (originalCodeOf(error) === incorrectString) return new CharacterSetError()
  if (isRefused(error)) {
    return withCode(
      'OAUTH2_KIT_STORE',
      new TypeError(
        `Prisma refused the query: ${refusalOf(error)} Call the store's check() to find what the models lack`,
      ),
    )
  }
  return error
}

/** Returns whether Prisma refused the arguments of a query, which it then did not send. */
export function isRefused(error: unknown): boolean {
  return shapeOf(error).name === 'PrismaClientValidationError'
}

/** Returns why a query failed, in one line without values. */
export function refusalOf(error: unknown): string {
  const { message } = error as Error
  if (!isRefused(error)) return message
  // The last line names the wrong argument. The lines before it contain all arguments.
  const [last = ''] = message.trimEnd().split('\n').slice(-1)
  return last.replace(/(Invalid value for argument `\w+`).*/, '$1')
}

/**
 * Returns whether the database failed, or the connection to it. Other failures are those of the
 * client: Prisma has refused the arguments, or an extension has thrown an error.
 */
export function isOfDatabase(error: unknown): boolean {
  const { name, code } = shapeOf(error)
  if (isRefused(error)) return false
  return (
    /^(?:PrismaClient|DriverAdapter)/.test(String(name)) ||
    /^(?:P\d{4}|E[A-Z]+)$/.test(String(code))
  )
}

function originalCodeOf(error: unknown): unknown {
  return shapeOf(error).meta?.driverAdapterError?.cause?.originalCode
}

function shapeOf(error: unknown): PrismaError {
  return typeof error === 'object' && error !== null ? error : {}
}
