import { withCode } from '../errors/error-code'

/** Returns the error for a credential whose hash another credential has. */
export function hashTaken(): Error {
  return withCode('OAUTH2_KIT_EXISTS', new Error('A credential with that hash exists'))
}

/** Returns the error for a grant whose id another grant has. */
export function grantIdTaken(): Error {
  return withCode('OAUTH2_KIT_EXISTS', new Error('A grant with that id exists'))
}
