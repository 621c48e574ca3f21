import type { Events } from '../events'
import { EventEmitter } from 'node:events'
import { type Rules, wholeNumber } from '../options/rules'
import { type Passwords, scryptPasswords } from '../crypto/password'
import { passwordsRule } from '../options/passwords-rule'
import { privateUseSchemesRule } from '../options/private-use-schemes'

/** The options of functions that hash the password of a user or a chosen secret of a client. */
export interface PasswordOptions {
  /** The functions that hash and verify. @default scrypt */
  passwords?: Passwords
}

/** The options of functions that check the redirect URIs of a client. */
export interface RedirectUriOptions {
  /**
   * The private-use URI schemes that redirect URIs of apps may have although they are no reversed
   * domain name, such as `['cursor', 'vscode']` (RFC 8252 7.1). Another app can claim the same
   * scheme. @default none
   */
  privateUseSchemes?: readonly string[]
}

/** The options of functions that list clients or users. */
export interface ListOptions {
  /** The number of entries per query. @default 100 */
  pageSize?: number
}

/** The options of functions that revoke grants. */
export interface AdminOptions {
  /** The `oauth.events` of the server, which then emits `grant.revoked`. @default none */
  events?: Events
}

/** The defaults of `PasswordOptions`. */
export const passwordDefaults = Object.freeze({ passwords: scryptPasswords })

/** The rules of `PasswordOptions`. */
export const passwordRules: Rules<PasswordOptions> = { passwords: passwordsRule }

/** The rules of `RedirectUriOptions`. */
export const redirectUriRules: Rules<RedirectUriOptions> = {
  privateUseSchemes: privateUseSchemesRule,
}

/** The rules of `ListOptions`. */
export const listRules: Rules<ListOptions> = {
  pageSize: wholeNumber(1),
}

/** The rules of `AdminOptions`. */
export const adminRules: Rules<AdminOptions> = {
  events: [
    (value) => value instanceof EventEmitter,
    'must be the events of the server: pass { events: oauth.events }',
  ],
}
