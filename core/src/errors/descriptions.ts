import type { OAuth2Error, OAuthErrorCode } from './errors'

// What is wrong, and what to do, for an error without a description of its own.
const descriptions = {
  access_denied: 'The request was denied: ask the user again only if the user wants it',
  authorization_pending: 'The user has not decided yet: ask again after the interval',
  consent_required: 'The user must be asked for consent: send the request without prompt=none',
  expired_token: 'The device code has expired: begin again',
  insufficient_scope: 'The access token lacks a scope: request one with the scope',
  invalid_client: 'Client authentication failed: check the client id, the secret and the method',
  invalid_client_metadata: 'The metadata of the client is not acceptable',
  invalid_dpop_proof: 'The DPoP proof is not valid: make a new one for each request',
  invalid_grant: 'The code, token or password is not valid: let the user sign in again',
  invalid_redirect_uri: 'A redirect URI of the client is not acceptable',
  invalid_request: 'The request is malformed: check its parameters',
  invalid_request_uri: 'The pushed request is not valid: push the request again',
  invalid_scope: 'The scope is not allowed: request a part of the scopes of the client',
  invalid_software_statement: 'The software statement is not acceptable',
  invalid_target: 'The resource is not allowed: request one of the resources of the server',
  invalid_token: 'The access token is not valid: get another one',
  login_required: 'No user is signed in: send the request without prompt=none',
  request_not_supported:
    'The server does not support request objects: send the parameters themselves',
  request_uri_not_supported:
    'The server fetches no request objects: push the request, or send its parameters',
  server_error: 'The server has failed: try again later, or tell its operator',
  slow_down: 'The device asks too often: wait five seconds longer between two requests',
  temporarily_unavailable:
    'The server is not available at present: send the same request again later',
  unapproved_software_statement: 'The server does not approve the software statement',
  unauthorized_client: 'The client may not make this request: change its registration',
  unsupported_grant_type: 'The server does not support this grant type: see its metadata',
  unsupported_response_type: 'The server does not support this response type: use "code"',
  use_dpop_nonce:
    'The DPoP proof needs the nonce of the header DPoP-Nonce: send the request again with it',
} satisfies Record<OAuthErrorCode, string>

const byCode: ReadonlyMap<string, string> = new Map(Object.entries(descriptions))

/**
 * Returns the description of an error for a client. As in 2.4, an error without one has its code
 * there, which tells a person nothing.
 */
export function descriptionOf({ error, error_description }: OAuth2Error): string {
  return (error_description === error ? byCode.get(error) : undefined) ?? error_description
}
