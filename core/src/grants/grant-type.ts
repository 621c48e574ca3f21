import type { Context } from '../context'
import { InvalidGrantError } from '../errors/errors'
import { type OAuthRequest, longestParameter } from '../http/request'
import type { Settings } from '../options/settings'
import type { Client, Store } from '../contract/store'
import { longestId } from '../contract/ids'
import type { Storage, StorageClient, Presented } from '../storage/storage'
import type { ClientCredentials } from '../protocol/client-authentication'

/** The parameters of every token request, with their maximum lengths in characters. */
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
  /** The result of `presented.find`. */
  presented: Presented | null
  /**
   * The time for checks of expiry, in milliseconds since the epoch. Read after `presented.find` has
   * resolved.
   */
  at: number
}

/** The refusal of a request that also ends the grant of the presented code or token. */
export class EndingError extends InvalidGrantError {}

/** The tokens that a grant type allows. */
export interface Authorization {
  user: unknown
  scope: string
  /** The resources that the access token is for. Undefined means any. */
  resource?: readonly string[]
  /** Whether a refresh token may be issued too. @default true */
  refresh?: boolean
  /**
   * Accepts what the request may use once. Called when everything else has succeeded. Throws an
   * `OAuth2Error` if it was used before.
   */
  acceptOnce?: () => Promise<void>
}

/**
 * One grant type. Everything that depends on it derives from this definition and the registry in
 * `index.ts`: the form reader, the token endpoint, the checks of the options and of clients, and
 * the metadata. `P` are the parameters that it adds to the form.
 */
export interface GrantType<P extends string = string> {
  /** The value of the parameter `grant_type`. */
  readonly name: string
  /** The parameters that it adds to the form, with their maximum lengths in characters. */
  readonly parameters: Readonly<Record<P, number>>
  /** The code or token that the request presents, if the grant type redeems one. */
  readonly presented?: {
    /** The form parameter that contains the code or token. */
    readonly parameter: NoInfer<P>
    /** Resolves with the code or token, or with `null` if it is unknown. */
    find(storage: Storage, text: string): Promise<Presented | null>
  }
  /** Whether a public client can use it. @default true */
  readonly publicClients?: boolean
  /**
   * Whether a request uses nothing up before its tokens are issued, so that it can be checked again.
   * @default false
   */
  readonly isRepeatable?: boolean
  /**
   * Returns whether the server has what the grant type needs. If not, its name is that of an extension
   * grant. @default true
   */
  isEnabled?(settings: Settings): boolean
  /** Checks the request. Throws an `OAuth2Error` unless tokens may be issued. */
  check(request: GrantRequest<P>): Promise<Authorization>
  /** Throws an OptionError if a required option is missing. Called in profile 'oauth2.1' only. */
  assertSettings?(settings: Settings, store: Store): void
  /** Throws an OptionError if the client cannot be registered for the grant type. */
  assertClient?(client: Client): void
}

/** Returns the definition, with the names of its parameters inferred. */
export function grantType<P extends string = never>(definition: GrantType<P>): GrantType<P> {
  return definition
}
