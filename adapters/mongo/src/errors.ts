import { withCode } from '@oauth2-kit/core/store-kit'
const duplicateKey = 11000
/** BSONObjectTooLarge, and what an update says of the document that it would make. */
const tooLarge: unknown[] = [10334, 17419, 17420]

/** What is used of an error of MongoDB. */
interface ServerError {
  code?: unknown
  keyPattern?: object
  message?: string
}

export function isDuplicate(error: unknown): boolean {
  return (error as ServerError | null)?.code === duplicateKey
}

/** Whether the duplicate is the id of a document. */
export function isDuplicateId(error: unknown): boolean {
  const { keyPattern, message = '' } = error as ServerError
  return isDuplicate(error) && (keyPattern ? '_id' in keyPattern : message.includes('index: _id_ '))
}

/** Waits for a write of credentials. */
export async function writing<T>(write: Promise<T>): Promise<T> {
  try {
    return await write
  } catch (error) {
    throw reported(error, hashTaken)
  }
}

/** Waits for a new grant to be written. */
export async function inserting<T>(write: Promise<T>): Promise<T> {
  try {
    return await write
  } catch (error) {
    throw reported(error, isDuplicateId(error) ? idTaken : hashTaken)
  }
}

/** Without a cause: what MongoDB says about a duplicate would tell its value. */
function reported(error: unknown, taken: () => Error): unknown {
  if (isDuplicate(error)) return taken()
  return isTooLarge(error) ? grantFull() : error
}

function isTooLarge(error: unknown): boolean {
  return tooLarge.includes((error as ServerError | null)?.code)
}

export function hashTaken(): Error {
  return withCode('OAUTH2_KIT_EXISTS', new Error('A credential with that hash exists'))
}

function idTaken(): Error {
  return withCode('OAUTH2_KIT_EXISTS', new Error('A grant with that id exists'))
}

function grantFull(): Error {
  return withCode(
    'OAUTH2_KIT_STORE',
    new Error(
      'The document of the grant would be larger than the 16 MB that MongoDB allows: it has too many access tokens that have not expired. Nothing was changed',
    ),
  )
}

/** An index over all documents says nothing about one of them. */
export function assertDistinct(credentials: readonly { hash: string }[]): void {
  const hashes = new Set(credentials.map(({ hash }) => hash))
  if (hashes.size < credentials.length) throw hashTaken()
}

/** Text and nothing else is ever asked for: an object could be an operator. */
export function isText(value: unknown): value is string {
  return typeof value === 'string'
}
