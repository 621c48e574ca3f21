/**
 * The `code` of every error that is thrown on purpose and is not an `OAuth2Error`.
 *
 * - `OAUTH2_KIT_OPTION`: an option, argument or property is missing, unknown or wrong (`OptionError`)
 * - `OAUTH2_KIT_EXISTS`: a client, user, grant or credential with that id, name or hash exists
 * - `OAUTH2_KIT_NOT_FOUND`: no client or user with that id or name exists
 * - `OAUTH2_KIT_CONFLICT`: it is changed by others all the time
 * - `OAUTH2_KIT_REVOKED`: a client, user or grant was deleted or revoked while it was used
 * - `OAUTH2_KIT_TIMEOUT`: a store, a model or a hash function did not answer in time
 * - `OAUTH2_KIT_BUSY`: too many calls are waiting
 * - `OAUTH2_KIT_STORE`: a store, a model or its database does not do what the contract says
 * - `OAUTH2_KIT_HOOK`: a function of the application returned something else than it may
 */
export type ErrorCode =
  | 'OAUTH2_KIT_OPTION'
  | 'OAUTH2_KIT_EXISTS'
  | 'OAUTH2_KIT_NOT_FOUND'
  | 'OAUTH2_KIT_CONFLICT'
  | 'OAUTH2_KIT_REVOKED'
  | 'OAUTH2_KIT_TIMEOUT'
  | 'OAUTH2_KIT_BUSY'
  | 'OAUTH2_KIT_STORE'
  | 'OAUTH2_KIT_HOOK'

/** Returns the error with its code. */
export function withCode<E extends Error>(code: ErrorCode, error: E): E & { code: ErrorCode } {
  return Object.assign(error, { code })
}
