import { withCode } from '../errors/error-code'

/** Returns an error for a document that cannot be fetched now. Another attempt may succeed. */
export function fetchError(message: string, cause?: unknown): Error {
  return withCode('OAUTH2_KIT_FETCH', new Error(message, { cause }))
}

/**
 * A document that is not accepted, or that must not be fetched. Another attempt fails too, until its
 * owner has changed it.
 */
export class RefusedDocumentError extends Error {
  override readonly name = 'RefusedDocumentError'
  readonly code = 'OAUTH2_KIT_FETCH'
}
