/**
 * The `code` of every error that this library throws deliberately and that is not an `OAuth2Error`.
 *
 * - `OAUTH2_KIT_OPTION`: an option, argument or property is missing, unknown or invalid
 *   (`OptionError`)
 * - `OAUTH2_KIT_EXISTS`: a client, user, grant or credential with that id, name or hash already
 *   exists
 * - `OAUTH2_KIT_NOT_FOUND`: no client or user with that id or name exists
 * - `OAUTH2_KIT_CONFLICT`: concurrent changes by others prevented the change
 * - `OAUTH2_KIT_LOCKED`: another store uses the file of a memory store, or the store is closed
 * - `OAUTH2_KIT_REVOKED`: a client, user or grant was deleted or revoked while it was in use
 * - `OAUTH2_KIT_TIMEOUT`: a store, a model or a hash function did not respond in time
 * - `OAUTH2_KIT_BUSY`: too many calls are waiting
 * - `OAUTH2_KIT_STORE`: a store, a model or its database violates the contract
 * - `OAUTH2_KIT_HOOK`: a function of the application returned a value that is not allowed
 * - `OAUTH2_KIT_FETCH`: a document of another server, such as a key set, cannot be fetched or is not
 *   valid
 * - `OAUTH2_KIT_NODE`: this release of Node.js is too old
 */
export type ErrorCode =
  | 'OAUTH2_KIT_OPTION'
  | 'OAUTH2_KIT_EXISTS'
  | 'OAUTH2_KIT_NOT_FOUND'
  | 'OAUTH2_KIT_CONFLICT'
  | 'OAUTH2_KIT_LOCKED'
  | 'OAUTH2_KIT_REVOKED'
  | 'OAUTH2_KIT_TIMEOUT'
  | 'OAUTH2_KIT_BUSY'
  | 'OAUTH2_KIT_STORE'
  | 'OAUTH2_KIT_HOOK'
  | 'OAUTH2_KIT_FETCH'
  | 'OAUTH2_KIT_NODE'

/** Sets the `code` of an error and returns the error. */
export function withCode<E extends Error>(code: ErrorCode, error: E): E & { code: ErrorCode } {
  return Object.assign(error, { code })
}
