import { timeoutAfter } from '../async/timeout'
import type { Credential, Store, User } from '../contract/store'
import { type Passwords, scryptPasswords } from '../crypto/password'
import { dataOf } from '../storage/parsed-data'
import { reading } from '../storage/reading'
import { authenticateUser } from '../storage/users'
import { storeWithTimeout } from '../storage/with-timeout'
import { clientsOnStore } from './clients'
import { grantsOnStore } from './grants'
import { isIdText, isText } from './text'

// What a model of oauth2-server 2.4 and one of versions 3 to 5 have in common on a store.

/** The options that both models have. */
export interface ModelOnStoreOptions {
  /** Hashes and verifies passwords and chosen client secrets. @default scrypt */
  passwords?: Passwords
  /** Milliseconds after which a call of the store times out. @default 5000 */
  storeTimeout?: number
  /** The clock, in milliseconds since the epoch. @default Date.now */
  now?: () => number
}

/** The defaults of the options that both models have. */
export const defaults = Object.freeze({
  passwords: scryptPasswords,
  storeTimeout: 5000,
  now: () => Date.now(),
} satisfies Required<ModelOnStoreOptions>)

/** Returns what a model needs of a store: look-ups, clients, grants and users. */
export function modelOnStore(
  store: Store,
  { passwords, storeTimeout, now }: Required<ModelOnStoreOptions>,
) {
  const withTimeout = timeoutAfter(storeTimeout)
  const bounded = storeWithTimeout(store, withTimeout)
  const read = reading(bounded)
  const clients = clientsOnStore(bounded, read, passwords, now)
  const grants = grantsOnStore(bounded, clients, now)

  /** Resolves with the credential of this kind with this token, or with `null`. */
  async function find(kind: Credential['kind'], token: unknown): Promise<Credential | null> {
    if (!isText(token)) return null
    return read.find(token, (credential) => (credential?.kind === kind ? credential : null))
  }

  /**
   * Resolves with the credential of this kind with this token, or with `null`, also if it is bound to
   * a key: the servers do not check proofs (RFC 9449), so everybody could use it.
   */
  async function findBearer(kind: Credential['kind'], token: unknown): Promise<Credential | null> {
    const credential = await find(kind, token)
    return credential && dataOf(credential.data).jkt === undefined ? credential : null
  }

  /** Resolves with the store's own user with this username and password, or with `null`. */
  async function authenticate(username: unknown, password: unknown): Promise<User | null> {
    if (!isIdText(username) || !isText(password)) return null
    return authenticateUser(bounded, username, password, passwords)
  }

  return { withTimeout, bounded, read, clients, grants, find, findBearer, authenticate }
}
