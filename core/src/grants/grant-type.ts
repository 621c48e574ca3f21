import type { Server } from '../endpoints/server'
import type { OAuthRequest } from '../http/request'
import type { ClientCredentials, Port, PortClient, Presented } from '../store/port'

/**
 * The parameters of a token request: each one is left out or exactly one string, but for
 * `resource`, which may be repeated (RFC 8707 2).
 */
export type TokenForm = Readonly<
  Record<
    | 'grant_type'
    | 'client_id'
    | 'client_secret'
    | 'code'
    | 'redirect_uri'
    | 'code_verifier'
    | 'refresh_token'
    | 'scope'
    | 'username'
    | 'password',
    string | undefined
  > & { resource: readonly string[] }
>

/** A token request of an authenticated client that may use the grant type. */
export interface GrantRequest {
  server: Server
  request: OAuthRequest
  form: TokenForm
  credentials: ClientCredentials
  client: PortClient
  /** What `find` found. */
  presented: Presented | null
  /** When `find` had answered, by which expiry is judged: milliseconds since the epoch. */
  at: number
}

/** What a grant type allows. */
export interface Authorization {
  user: unknown
  scope: string
  /** The resources that the access token is for; left out = any. */
  resource?: readonly string[]
  /** Whether a refresh token may go with it. @default true */
  refresh?: boolean
}

/** One grant type: what it looks up, and what it checks before tokens are made. */
export interface GrantType {
  /** The code or token that the client presents, if it does. */
  presented?(form: TokenForm): string | undefined
  /** Looks it up. */
  find?(port: Port, form: TokenForm): Promise<Presented | null> | undefined
  /** Throws an `OAuth2Error` unless tokens may be issued. */
  check(request: GrantRequest): Promise<Authorization>
}
