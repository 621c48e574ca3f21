import type { Context } from '../context'
import { type OAuthRequest, longestParameter } from '../http/request'
import type { Settings } from '../options/settings'
import type { Client, Store } from '../contract/store'
import { longestId } from '../contract/ids'
import type { Storage, StorageClient, Presented } from '../storage/storage'
import type { ClientCredentials } from '../protocol/client-authentication'

/** The parameters of every token request, with the most characters that each may have. */
export const commonParameters = Object.freeze({
  grant_type: longestParameter,
  client_id: longestId,
  client_secret: longestParameter,
  scope: longestParameter,
})

/**
 * The parameters of a token request. Each is undefined or one string, except `resource`, which may
 * be repeated (RFC 8707 2).
 */
export type TokenForm<P extends string = never> = Readonly<
  Record<keyof typeof commonParameters, string | undefined> &
    Record<P, string | undefined> & { resource: readonly string[] }
>

/** A token request of an authenticated client that may use the grant type. */
export interface GrantRequest<P extends string = never> {
  context: Context
  request: OAuthRequest
  form: TokenForm<P>
  credentials: ClientCredentials
  client: StorageClient
  /** What `presented.find` returned. */
  presented: Presented | null
  /** When `presented.find` had answered, in milliseconds since the epoch. Expiry is judged by it. */
  at: number
}

/** What a grant type allows. */
export interface Authorization {
  user: unknown
  scope: string
  /** The resources that the access token is for. Undefined means any. */
  resource?: readonly string[]
  /** Whether a refresh token may be issued too. @default true */
  refresh?: boolean
}

/**
 * One grant type. Everything that depends on it derives from this definition and the registry in
 * `index.ts`: the form reader, the token endpoint, the checks of the options and of clients, and the
 * metadata. `P` are the parameters that it adds to the form.
 */
export interface GrantType<P extends string = string> {
  /** The value of the parameter `grant_type`. */
  readonly name: string
  /** The parameters that it adds to the form, with the most characters that each may have. */
  readonly parameters: Readonly<Record<P, number>>
  /** The code or token that the request presents, if the grant type redeems one. */
  readonly presented?: {
    /** The parameter that carries it. */
    readonly parameter: NoInfer<P>
    /** Looks it up. Resolves with `null` if it is unknown. */
    find(storage: Storage, text: string): Promise<Presented | null>
  }
  /** Whether a public client can use it. @default true */
  readonly publicClients?: boolean
  /** Checks the request. Throws an `OAuth2Error` unless tokens may be issued. */
  check(request: GrantRequest<P>): Promise<Authorization>
  /** Throws a TypeError if an option that the grant type needs is missing. Profile 'oauth2.1' only. */
  assertSettings?(settings: Settings, store: Store): void
  /** Throws a TypeError if a client can't be registered for the grant type. */
  assertClient?(client: Client): void
}

/** Returns the definition, with the names of its parameters inferred. */
export function grantType<P extends string = never>(definition: GrantType<P>): GrantType<P> {
  return definition
}
