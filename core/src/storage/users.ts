import { withCode } from '../errors/error-code'
import { randomHex } from '../crypto/random'
import { type Passwords, scryptPasswords } from '../crypto/password'
import { queuedPasswords } from '../crypto/queued-passwords'
import { tryAgain } from '../errors/refusals'
import type { Store, User } from '../contract/store'
import { assertId } from '../contract/ids'
import { assertStoreObject } from '../contract/needs-store'
import { newVersion } from './version'

// Verifying a password is slow, so the password may be changed during the verification.
const mostTries = 3
const decoys = new WeakMap<Passwords, Promise<string>>()

/**
 * Resolves with the store's own user with this username and password, or with `null`. Takes as long
 * for an unknown username as for a wrong password. Replaces a hash that was made with outdated
 * parameters. Throws a TypeError if the store keeps no users or cannot keep the username.
 */
export async function authenticateUser(
  store: Pick<Store, 'getUserByUsername' | 'updateUser'>,
  username: string,
  password: string,
  passwords: Passwords = scryptPasswords,
): Promise<User | null> {
  assertStoreObject(store, 'authenticateUser()')
  assertId(username, 'username')
  if (!store.getUserByUsername || !store.updateUser)
    throw withCode(
      'OAUTH2_KIT_STORE',
      new TypeError('The store keeps no users: set the option "users"'),
    )
  const queued = queuedPasswords(passwords)
  const find = (name: string) => store.getUserByUsername!(name)
  const user = await verifiedUser(find, username, password, queued)
  if (!user || !queued.isOutdated?.(user.passwordHash)) return user
  const renewed = { ...user, passwordHash: await queued.hash(password), version: newVersion() }
  if (await store.updateUser(renewed, user.version)) return renewed
  // Another call changed or deleted the user. That change must not be overwritten.
  return verifiedUser(find, username, password, queued)
}

/** Resolves with the user if the password is right and did not change during verification. */
async function verifiedUser(
  find: NonNullable<Store['getUserByUsername']>,
  username: string,
  password: string,
  passwords: Passwords,
): Promise<User | null> {
  const decoy = await decoyOf(passwords)
  for (let tries = 0; tries < mostTries; tries++) {
    const user = await find(username)
    const right = await passwords.verify(password, user?.passwordHash ?? decoy)
    if (!user || !right) return null
    const present = await find(username)
    if (present?.id === user.id && present.passwordHash === user.passwordHash) return present
  }
  throw tryAgain('The password was changed during every attempt: try again')
}

/**
 * Resolves with the hash that an unknown user's password is compared with. It is made once, from a
 * random password.
 */
function decoyOf(passwords: Passwords): Promise<string> {
  let decoy = decoys.get(passwords)
  if (!decoy) {
    decoy = passwords.hash(randomHex(32))
    decoys.set(passwords, decoy)
    decoy.catch(() => decoys.delete(passwords))
  }
  return decoy
}
