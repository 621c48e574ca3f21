import { withCode } from '../errors/error-code'
import { OptionError, optionError } from '../errors/option-error'
import { assertKnown, readOptions } from '../options/read-options'
import { type Rules, aFunction } from '../options/rules'
import { isPlainObject } from '../values/is-object'
import { hashOf } from '../crypto/believed-passwords'
import { randomHex } from '../crypto/random'
import type { Store, User } from '../contract/store'
import { assertId, isStorableText } from '../contract/ids'
import { assertStoreObject } from '../contract/needs-store'
import { newVersion } from '../storage/version'
import {
  type AdminOptions,
  type ListOptions,
  type PasswordOptions,
  adminRules,
  passwordDefaults,
  passwordRules,
} from './admin-options'
import { assertMetadata } from './metadata'
import { pagesOf } from './pages-of'
import { revokeGrants } from './revoke-grants'
import { untilKept } from './until-kept'

/** A user to add to the store's own users. */
export interface NewUser {
  /** The unique name that the user signs in with. */
  username: string
  /** At least 8 characters. */
  password: string
  /** Any data of the application that is serializable as JSON. */
  metadata?: Record<string, unknown>
}

/** The options of `deleteUser()`. */
export interface DeleteUserOptions extends AdminOptions {
  /** The clock, in milliseconds since the epoch. @default Date.now */
  now?: () => number
}

const deleteRules: Rules<DeleteUserOptions> = {
  ...adminRules,
  now: aFunction,
}

/** The part of a store that keeps users. */
type UserStore = Pick<
  Store,
  'getUserByUsername' | 'createUser' | 'updateUser' | 'deleteUser' | 'listUsers'
>

const known = ['username', 'password', 'metadata'] satisfies (keyof NewUser)[] as string[]
const idBytes = 16
// Longer than any pending request and than most sessions.
const markMs = 30 * 24 * 3_600_000

/**
 * Adds a user with a random id to the store's own users. Throws a TypeError if a property is wrong
 * or the store keeps no users, and an Error if the username already exists.
 */
export async function createUser(
  store: UserStore,
  newUser: NewUser,
  options: PasswordOptions = {},
): Promise<User> {
  const users = usersOf(store, 'createUser()')
  const { passwords } = readOptions(options, passwordRules, {
    defaults: passwordDefaults,
    of: 'createUser()',
  })
  if (!isPlainObject(newUser))
    throw new OptionError('options', 'createUser() takes an object with the properties of a user')
  for (const name of Object.keys(newUser)) assertKnown(name, known, 'createUser()')
  const { username, password, metadata } = newUser
  assertPassword(password)
  assertId(username, 'username')
  assertMetadata(metadata)
  const user: User = {
    id: randomHex(idBytes),
    version: newVersion(),
    username,
    passwordHash: await hashOf(passwords, password),
    ...(metadata && { metadata }),
  }
  if (!(await users.createUser(user)))
    throw withCode(
      'OAUTH2_KIT_EXISTS',
      new Error(`A user with the name "${username}" already exists: choose another name`),
    )
  return user
}

/** Resolves with one of the store's own users, or with `null` if the user does not exist. */
export async function getUser(store: UserStore, username: string): Promise<User | null> {
  return findUser(usersOf(store, 'getUser()'), username)
}

/**
 * Yields all of the store's own users in the order of their ids. Each query fetches `pageSize`
 * users.
 */
export async function* listUsers(
  store: UserStore,
  options: ListOptions = {},
): AsyncGenerator<User, void, undefined> {
  const users = usersOf(store, 'listUsers()')
  yield* pagesOf((page) => users.listUsers(page), options, 'listUsers()')
}

/**
 * Changes the password of one of the store's own users. The user's grants stay valid. To revoke
 * them too, call `revokeGrants(store, { userId: user.id })`. Throws a TypeError if an
 * argument is wrong or the store keeps no users, and an Error if the user is unknown.
 */
export async function setPassword(
  store: UserStore,
  username: string,
  password: string,
  options: PasswordOptions = {},
): Promise<User> {
  const users = usersOf(store, 'setPassword()')
  const { passwords } = readOptions(options, passwordRules, {
    defaults: passwordDefaults,
    of: 'setPassword()',
  })
  assertPassword(password)
  const passwordHash = await hashOf(passwords, password)
  return untilKept(`user "${username}"`, async () => {
    const before = await findUser(users, username)
    if (!before) throw withCode('OAUTH2_KIT_NOT_FOUND', new Error(`There is no user "${username}"`))
    const user = { ...before, passwordHash, version: newVersion() }
    return (await users.updateUser(user, before.version)) ? user : null
  })
}

/**
 * Deletes one of the store's own users and revokes the user's grants. Resolves with whether the
 * user existed. Emits `grant.revoked` if the option `events` is set. Tokens that are being issued
 * at the same time are refused. A client that acts for the user (`Client.userId`) is not deleted.
 * Delete it with `deleteClient()`, because the store remembers the deleted user for only 30 days.
 */
export async function deleteUser(
  store: UserStore & Pick<Store, 'revoke'>,
  username: string,
  options: DeleteUserOptions = {},
): Promise<boolean> {
  const users = usersOf(store, 'deleteUser()')
  const { now, ...others } = readOptions(options, deleteRules, {
    defaults: { now: () => Date.now() },
    of: 'deleteUser()',
  })
  const user = await findUser(users, username)
  if (!user) return false
  // Revoke the grants first, so that the event contains their number. deleteUser() then revokes
  // those that were issued since.
  await revokeGrants(store, { userId: user.id }, others)
  await users.deleteUser(user.id, Math.floor(now()) + markMs)
  return true
}

function usersOf(store: UserStore, of: string): Required<UserStore> {
  assertStoreObject(store, of)
  const methods = ['getUserByUsername', 'createUser', 'updateUser', 'deleteUser', 'listUsers']
  if (methods.some((name) => typeof store[name as keyof UserStore] !== 'function')) {
    throw withCode(
      'OAUTH2_KIT_STORE',
      new TypeError('The store keeps no users: manage users in your application'),
    )
  }
  return store as Required<UserStore>
}

async function findUser(store: Required<UserStore>, username: string): Promise<User | null> {
  assertId(username, 'username')
  const user = await store.getUserByUsername(username)
  // Some databases ignore case in comparisons.
  if (user && user.username !== username)
    throw withCode(
      'OAUTH2_KIT_STORE',
      new Error(
        "The store's getUserByUsername() returned a user with another name: compare names exactly",
      ),
    )
  return user
}

/** Throws an OptionError if a password is too short, or cannot be submitted by a form. */
export function assertPassword(password: unknown): asserts password is string {
  if (typeof password !== 'string' || password.length < 8)
    throw optionError('password', 'must have at least 8 characters')
  // A form cannot submit such text.
  if (!isStorableText(password))
    throw optionError('password', 'must be well-formed Unicode without NUL')
}
