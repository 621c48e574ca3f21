/** A function of a promise model, with the parameters and result of any version. */
// oxlint-disable-next-line no-explicit-any -- the types of each version differ
type ModelFunction = (...args: any[]) => unknown

/**
 * A model of `oauth2-server` 3 or of `@node-oauth/oauth2-server` 4 and 5: its functions return their
 * result, or a promise of it.
 */
export interface PromiseModel {
  getClient?: ModelFunction
  getUser?: ModelFunction
  getUserFromClient?: ModelFunction
  saveToken?: ModelFunction
  getAccessToken?: ModelFunction
  getRefreshToken?: ModelFunction
  revokeToken?: ModelFunction
  saveAuthorizationCode?: ModelFunction
  getAuthorizationCode?: ModelFunction
  revokeAuthorizationCode?: ModelFunction
  validateScope?: ModelFunction
  verifyScope?: ModelFunction
  validateRedirectUri?: ModelFunction
  generateAccessToken?: ModelFunction
  generateRefreshToken?: ModelFunction
  generateAuthorizationCode?: ModelFunction
}
