import { grantIdTaken, hashTaken, withCode } from '@oauth2-kit/core/store-kit'

const duplicateKey = 11000
/** BSONObjectTooLarge, and the codes of an update that would make the document too large. */
const tooLarge: unknown[] = [10334, 17419, 17420]

/** The members that are used of a MongoDB error. */
interface ServerError {
  code?: unknown
  keyPattern?: object
  message?: string
}

export function isDuplicate(error: unknown): boolean {
  return (error as ServerError | null)?.code === duplicateKey
}

/** Returns whether the duplicate key is the `_id` of a document. */
export function isDuplicateId(error: unknown): boolean {
  const { keyPattern, message = '' } = error as ServerError
  return isDuplicate(error) && (keyPattern ? '_id' in keyPattern : message.includes('index: _id_ '))
}

/**
 * Waits for a write of credentials. Rejects with an error that is safe to report, see `reported`.
 */
export async function writing<T>(write: Promise<T>): Promise<T> {
  try {
    return await write
  } catch (error) {
    throw reported(error, hashTaken)
  }
}

/**
 * Waits for the insertion of a grant. Rejects with an error that is safe to report, see `reported`.
 */
export async function inserting<T>(write: Promise<T>): Promise<T> {
  try {
    return await write
  } catch (error) {
    throw reported(error, isDuplicateId(error) ? grantIdTaken : hashTaken)
  }
}

/**
 * Returns the error to report. It has no `cause`, because MongoDB's message about a duplicate
 * contains the value.
 */
function reported(error: unknown, taken: () => Error): unknown {
  if (isDuplicate(error)) return taken()
  return isTooLarge(error) ? grantFull() : error
}

/** Returns whether a write would make a document larger than MongoDB allows. */
export function isTooLarge(error: unknown): boolean {
  return tooLarge.includes((error as ServerError | null)?.code)
}

function grantFull(): Error {
  return withCode(
    'OAUTH2_KIT_STORE',
    new Error(
      'The document of the grant would be larger than the 16 MB that MongoDB allows: it has too many access tokens that have not expired. Nothing was changed',
    ),
  )
}
