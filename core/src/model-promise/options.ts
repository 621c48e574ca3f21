import type { PromiseModel } from './model'
import { defaults as common, type ModelOnStoreOptions } from '../model-on-store'
import { passwordsRule } from '../options/passwords-rule'
import {
  type Rules,
  aBoolean,
  aFunction,
  orNull,
  seconds,
  timerMs,
  wholeNumber,
} from '../options/rules'
import type { Users } from '../options/server-options'
import { usersRule } from '../options/users-rule'
import type { MaybePromise } from '../async/maybe-promise'

/** Makes a token. `null` selects the generator of the model, 40 hexadecimal characters. */
type Generate<S extends string | string[]> = (
  client: unknown,
  user: unknown,
  scope: S,
) => MaybePromise<string | null>

/** Options of `toPromiseModel`. */
export interface ToPromiseModelOptions<
  S extends string | string[] = string[],
> extends ModelOnStoreOptions {
  /**
   * The form of scopes: `'array'` for `@node-oauth/oauth2-server` 5, `'string'` for its version 4 and
   * for `oauth2-server` 3. @default 'array'
   */
  scopeFormat?: S extends string ? 'string' : 'array'
  /** The users of the application. @default the store's own users */
  users?: Users
  /**
   * The maximum lifetime of a grant in seconds, including all refreshes. `null` means unlimited.
   * @default null
   */
  grantLifetime?: number | null
  /**
   * Seconds during which a refresh token that is presented again is refused without ending its grant,
   * as when two windows refresh at the same time. 0 ends the grant immediately. @default 10
   */
  refreshGrace?: number
  /**
   * The maximum number of refreshes of a grant per hour. `null` means no limit. @default 60
   */
  rotationsPerHour?: number | null
  /**
   * Whether confidential clients need PKCE (RFC 7636), as public ones do. A client's own
   * `requirePkce` comes first. Needs `@node-oauth/oauth2-server` 4.3 or later. @default false
   */
  requirePkce?: boolean
  /**
   * Whether a public client may use any port of a registered redirect URI with the host `localhost`,
   * as it may with `127.0.0.1` and `[::1]` (RFC 8252 7.3 and 8.3). @default false
   */
  anyLocalhostPort?: boolean
  /**
   * Returns the user that a client_credentials token is for, or `null` to refuse the request.
   * @default the client's `userId`, or no user
   */
  getUserFromClient?(client: unknown): MaybePromise<object | null>
  /** Returns an access token with at least 128 random bits. @default 40 hexadecimal characters */
  generateAccessToken?: Generate<S>
  /** Returns a refresh token with at least 128 random bits. @default 40 hexadecimal characters */
  generateRefreshToken?: Generate<S>
  /** Returns a code with at least 128 random bits. @default 40 hexadecimal characters */
  generateAuthorizationCode?: Generate<S>
  /**
   * Returns the scope to grant, or `false` to refuse it. Replaces the check against the `scopes` of
   * the client. @default that check
   */
  validateScope?(
    user: unknown,
    client: unknown,
    scope: S | undefined,
  ): MaybePromise<S | false | null>
  /** Returns whether a token has the needed scopes. @default whether it has all of them */
  verifyScope?(
    token: Parameters<PromiseModel<S>['verifyScope']>[0],
    scope: S,
  ): MaybePromise<boolean>
}

/** Every option with its rule. */
export const rules: Rules<ToPromiseModelOptions> = {
  scopeFormat: [
    (value) => value === 'array' || value === 'string',
    "must be 'array' for version 5 of the server, or 'string' for versions 3 and 4",
  ],
  users: usersRule,
  grantLifetime: orNull(seconds, 'no limit'),
  refreshGrace: seconds,
  rotationsPerHour: orNull(wholeNumber(1), 'no limit'),
  requirePkce: aBoolean,
  anyLocalhostPort: aBoolean,
  getUserFromClient: aFunction,
  generateAccessToken: aFunction,
  generateRefreshToken: aFunction,
  generateAuthorizationCode: aFunction,
  validateScope: aFunction,
  verifyScope: aFunction,
  passwords: passwordsRule,
  storeTimeout: timerMs,
  now: aFunction,
}

/** The defaults of the options that have one. */
export const defaults = Object.freeze({
  ...common,
  scopeFormat: 'array',
  grantLifetime: null,
  refreshGrace: 10,
  rotationsPerHour: 60,
  requirePkce: false,
  anyLocalhostPort: false,
} satisfies Partial<ToPromiseModelOptions>)
