import { randomHex } from '../security/hash'
import { type Passwords, scryptPasswords } from '../security/password'
import type { Store, User } from './contract'
import type { Within } from './deadline'
import { assertId } from './guard'

const decoys = new WeakMap<Passwords, Promise<string>>()

/**
 * The user of the reference user model with that name and password, or `null`. Takes as long for an
 * unknown name as for a wrong password, and renews a hash that was made with older parameters.
 * Throws a TypeError if the store keeps no users or the name is no text that it could keep.
 */
export async function authenticateUser(
  store: Pick<Store, 'getUser' | 'saveUser'>,
  username: string,
  password: string,
  passwords: Passwords = scryptPasswords,
): Promise<User | null> {
  assertId(username, 'username')
  if (!store.getUser || !store.saveUser)
    throw new TypeError('The store keeps no users: give the option "users"')
  const decoy = await decoyOf(passwords)
  const user = await store.getUser(username)
  const right = await passwords.verify(password, user?.passwordHash ?? decoy)
  if (!user || !right) return null
  if (passwords.isOutdated?.(user.passwordHash)) {
    await store.saveUser({ ...user, passwordHash: await passwords.hash(password) })
  }
  return user
}

/** The users of a store, each call of which is given up in time. How long a password takes to hash is not its fault. */
export function boundedUsers(store: Store, within: Within): Pick<Store, 'getUser' | 'saveUser'> {
  if (!store.getUser || !store.saveUser) return {}
  return {
    getUser: (username) => within(async () => store.getUser!(username), "The store's getUser"),
    saveUser: (user) => within(async () => store.saveUser!(user), "The store's saveUser"),
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
  }
  return decoy
}
