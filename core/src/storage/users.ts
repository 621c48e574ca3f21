import { withCode } from '../errors/error-code'
import { randomHex } from '../crypto/hash'
import { type Passwords, scryptPasswords } from '../crypto/password'
import { queuedPasswords } from '../crypto/queued-passwords'
import { tryAgain } from '../errors/refusals'
import type { Store, User } from '../contract/store'
import { assertId } from '../contract/ids'
import { newVersion } from './version'

// A password takes long to verify: it may be changed since.
const mostTries = 3
const decoys = new WeakMap<Passwords, Promise<string>>()

/**
 * The user of the reference user model with that name and password, or `null`. Takes as long for an
 * unknown name as for a wrong password, and renews a hash that was made with older parameters.
 * Throws a TypeError if the store keeps no users or the name is no text that it could keep.
 */
export async function authenticateUser(
  store: Pick<Store, 'getUserByUsername' | 'updateUser'>,
  username: string,
  password: string,
  given: Passwords = scryptPasswords,
): Promise<User | null> {
  assertId(username, 'username')
  if (!store.getUserByUsername || !store.updateUser)
    throw withCode(
      'OAUTH2_KIT_STORE',
      new TypeError('The store keeps no users: give the option "users"'),
    )
  const passwords = queuedPasswords(given)
  const find = (name: string) => store.getUserByUsername!(name)
  const user = await verifiedUser(find, username, password, passwords)
  if (!user || !passwords.isOutdated?.(user.passwordHash)) return user
  const renewed = { ...user, passwordHash: await passwords.hash(password), version: newVersion() }
  if (await store.updateUser(renewed, user.version)) return renewed
  // Changed since then, which stays, or deleted.
  return verifiedUser(find, username, password, passwords)
}

/** The user, if the password is right, and was not changed while it was verified. */
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
  throw tryAgain('The password is changed all the time: try again')
}

/**
 * What the password of an unknown user is compared with: a hash that is made once and that no
 * password has.
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
