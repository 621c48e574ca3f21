import { randomHex } from '../security/hash'
import { type Passwords, scryptPasswords } from '../security/password'
import { queuedPasswords } from '../security/queued-passwords'
import type { Store, User } from './contract'
import type { Within } from './deadline'
import { assertId } from './guard'
import { newVersion } from './version'

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
    throw new TypeError('The store keeps no users: give the option "users"')
  const passwords = queuedPasswords(given)
  const decoy = await decoyOf(passwords)
  const user = await store.getUserByUsername(username)
  const right = await passwords.verify(password, user?.passwordHash ?? decoy)
  if (!user || !right) return null
  if (passwords.isOutdated?.(user.passwordHash)) {
    const renewed = { ...user, passwordHash: await passwords.hash(password), version: newVersion() }
    if (await store.updateUser(renewed, user.version)) return renewed
    // Changed since then, which stays, or deleted.
    const present = await store.getUserByUsername(username)
    return present?.id === user.id ? present : null
  }
  return user
}

/** The users of a store, each call of which is given up in time. How long a password takes to hash is not its fault. */
export function boundedUsers(
  store: Store,
  within: Within,
): Pick<Store, 'getUserByUsername' | 'updateUser'> {
  if (!store.getUserByUsername || !store.updateUser) return {}
  return {
    getUserByUsername: (username) =>
      within(async () => store.getUserByUsername!(username), "The store's getUserByUsername"),
    updateUser: (user, version) =>
      within(async () => store.updateUser!(user, version), "The store's updateUser"),
  }
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
