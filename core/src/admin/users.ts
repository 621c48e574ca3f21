import { randomHex } from '../security/hash'
import { type Passwords, scryptPasswords } from '../security/password'
import type { Store, User } from '../store/contract'
import { assertId, isStorableText } from '../store/guard'
import { type AdminOptions, revokeGrants } from './revoke-grants'

/** A user to add to the reference user model. */
export interface NewUser {
  /** What the user signs in with; unique. */
  username: string
  /** 8 characters at least. */
  password: string
  /** Anything of yours; must survive `JSON.stringify`. */
  metadata?: Record<string, unknown>
}

/** A store that keeps users, as far as it is needed here. */
type UserStore = Pick<Store, 'getUser' | 'saveUser' | 'deleteUser'>

const known = ['username', 'password', 'metadata'] satisfies (keyof NewUser)[] as string[]
const idBytes = 16

/**
 * Adds a user with a random id to the reference user model. Throws a TypeError that names what is
 * wrong, or says that the store keeps no users, and an Error if the username exists.
 */
export async function createUser(
  store: UserStore,
  given: NewUser,
  { passwords = scryptPasswords }: { passwords?: Passwords } = {},
): Promise<User> {
  for (const name of Object.keys(given)) {
    if (!known.includes(name))
      throw new TypeError(`"${name}" is no property of a new user: take ${known.join(', ')}`)
  }
  const { username, password, metadata } = given
  const users = usersOf(store)
  assertPassword(password)
  if (await findUser(users, username)) throw new Error(`There is a user "${username}" already`)
  const user: User = {
    id: randomHex(idBytes),
    username,
    passwordHash: await passwords.hash(password),
    ...(metadata && { metadata }),
  }
  // Of two at once the store lets only one have the name.
  await users.saveUser(user)
  return user
}

/**
 * Gives a user of the reference user model another password. The user's grants stay: to end them
 * too, `revokeGrants(store, { userId: user.id })`. Throws a TypeError that names what is wrong, and
 * an Error for an unknown user.
 */
export async function setPassword(
  store: UserStore,
  username: string,
  password: string,
  { passwords = scryptPasswords }: { passwords?: Passwords } = {},
): Promise<User> {
  const users = usersOf(store)
  assertPassword(password)
  const before = await findUser(users, username)
  if (!before) throw new Error(`There is no user "${username}"`)
  const user = { ...before, passwordHash: await passwords.hash(password) }
  await users.saveUser(user)
  return user
}

/**
 * Deletes a user of the reference user model and revokes the user's grants. Gives whether there was
 * one. With the server's `events` it is told there.
 */
export async function deleteUser(
  store: UserStore & Pick<Store, 'revoke'>,
  username: string,
  options: AdminOptions = {},
): Promise<boolean> {
  const users = usersOf(store)
  const user = await findUser(users, username)
  if (!user) return false
  // The user's own, for their number; what is issued meanwhile is revoked with the user.
  await revokeGrants(store, { userId: user.id }, options)
  await users.deleteUser(user.id)
  return true
}

function usersOf(store: UserStore): Required<UserStore> {
  if (!store.getUser || !store.saveUser || !store.deleteUser) {
    throw new TypeError('The store keeps no users: manage them where your application keeps them')
  }
  return store as Required<UserStore>
}

async function findUser(store: Required<UserStore>, username: string): Promise<User | null> {
  assertId(username, 'username')
  const user = await store.getUser(username)
  // Some databases compare without regard to case.
  if (user && user.username !== username) throw new Error("The store's getUser gave another user")
  return user
}

function assertPassword(password: unknown): void {
  if (typeof password !== 'string' || password.length < 8)
    throw new TypeError('"password" must have 8 characters at least')
  // No form could ever bring it.
  if (!isStorableText(password))
    throw new TypeError('"password" must be well-formed Unicode without NUL')
}
