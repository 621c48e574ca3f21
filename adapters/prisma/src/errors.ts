import { withCode } from '@oauth2-kit/core/store-kit'
// What the driver adapters of Prisma make of a failure. All of them agree on Prisma's own codes, but
// for what they don't know: there the code of the database stands deeper inside.

interface PrismaError {
  name?: unknown
  code?: unknown
  meta?: { driverAdapterError?: { cause?: { originalCode?: unknown; originalMessage?: unknown } } }
}

const duplicate = 'P2002'
const missingParent = 'P2003'
const missingValue = 'P2011'
const missingTableOrColumn: readonly unknown[] = ['P2021', 'P2022']
/** A deadlock or a serialization failure; SQLite's SQLITE_BUSY. */
const transientCodes: readonly unknown[] = ['P2034', 'P1008']
/** MariaDB and MySQL: a lock was waited for too long; the row has changed since it was read. */
const transientOriginalCodes: readonly unknown[] = ['1205', '1020']
const incorrectString = '1366'

/** Whether the database broke off what can succeed another time. */
export function isTransient(error: unknown): boolean {
  const { code } = shapeOf(error)
  return transientCodes.includes(code) || transientOriginalCodes.includes(originalCodeOf(error))
}

/** Whether a foreign key refused the rows. */
export function isMissingParent(error: unknown): boolean {
  return shapeOf(error).code === missingParent
}

/** Whether a column took no NULL. */
export function isMissingValue(error: unknown): boolean {
  return shapeOf(error).code === missingValue
}

/** Whether a table or column is not there. */
export function isMissing(error: unknown): boolean {
  const { code, meta } = shapeOf(error)
  const { originalMessage } = meta?.driverAdapterError?.cause ?? {}
  // The adapter for libSQL knows SQLite's messages, but not as libSQL begins them.
  const text = typeof originalMessage === 'string' ? originalMessage : ''
  return (
    missingTableOrColumn.includes(code) || /no such (table|column)|has no column named/.test(text)
  )
}

/** A unique index refused the rows. The database's own message would tell the values. */
export class DuplicateError extends Error {
  override readonly name = 'DuplicateError'

  constructor() {
    super('An entry with that id or hash exists')
  }
}

/** The character set of a column lacks a character. The database's own message would show it. */
export class CharacterSetError extends Error {
  override readonly name = 'CharacterSetError'

  constructor() {
    super("The database can't keep that text: the columns need a character set with all of Unicode")
  }
}

/**
 * The error as it may be passed on. Three kinds of Prisma's messages have values in them, which may be
 * hashes or personal data, and are replaced.
 */
export function withoutValues(error: unknown): unknown {
  const { name, code } = shapeOf(error)
  if (code === duplicate) return new DuplicateError()
  if (originalCodeOf(error) === incorrectString) return new CharacterSetError()
  if (name === 'PrismaClientValidationError') {
    const lines = (error as Error).message.trimEnd().split('\n')
    // The last line names the argument; what stands before it are all the arguments.
    const reason = lines.at(-1)?.replace(/(Invalid value for argument `\w+`).*/, '$1')
    return withCode(
      'OAUTH2_KIT_STORE',
      new TypeError(
        `Prisma refused the query: ${reason} The store's check() says what the models lack`,
      ),
    )
  }
  return error
}

function originalCodeOf(error: unknown): unknown {
  return shapeOf(error).meta?.driverAdapterError?.cause?.originalCode
}

function shapeOf(error: unknown): PrismaError {
  return typeof error === 'object' && error !== null ? error : {}
}
