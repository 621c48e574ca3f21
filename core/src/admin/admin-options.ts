import type { Events } from '../events'
import { EventEmitter } from 'node:events'
import { type Rules, wholeNumber } from '../options/rules'
import { type Passwords, scryptPasswords } from '../crypto/password'
import { passwordsRule } from '../options/passwords-rule'

/** How the password of a user, or a chosen secret of a client, is hashed. */
export interface PasswordOptions {
  /** @default scrypt */
  passwords?: Passwords
}

/** How a list is fetched. */
export interface ListOptions {
  /** Entries that are fetched at a time. @default 100 */
  pageSize?: number
}

/** Options of the functions that revoke. */
export interface AdminOptions {
  /** The events of the server, to be told there as `grant.revoked`: `oauth.events`. @default none */
  events?: Events
}

/** The defaults of `PasswordOptions`. */
export const passwordDefaults = Object.freeze({ passwords: scryptPasswords })

/** The rules of `PasswordOptions`. */
export const passwordRules: Rules<PasswordOptions> = { passwords: passwordsRule }

/** The rules of `ListOptions`. */
export const listRules: Rules<ListOptions> = {
  pageSize: wholeNumber(1),
}

/** The rules of `AdminOptions`. */
export const adminRules: Rules<AdminOptions> = {
  events: [
    (value) => value instanceof EventEmitter,
    'must be the events of the server, as in { events: oauth.events }',
  ],
}
