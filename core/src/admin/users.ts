import { withCode } from '../errors/error-code'
import { optionError } from '../errors/option-error'
import { assertKnown, readOptions } from '../options/read-options'
import { type Rules, aFunction } from '../options/rules'
import { hashOf } from '../crypto/believed-passwords'
import { randomHex } from '../crypto/hash'
import type { Store, User } from '../contract/store'
import { assertId, isStorableText } from '../contract/ids'
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

/** A user to add to the reference user model. */
export interface NewUser {
  /** What the user signs in with; unique. */
  username: string
  /** 8 characters at least. */
  password: string
  /** Anything of yours; must survive `JSON.stringify`. */
  metadata?: Record<string, unknown>
}

/** Options of `deleteUser()`. */
export interface DeleteUserOptions extends AdminOptions {
  /** The clock, in milliseconds since the epoch. @default Date.now */
  now?: () => number
}

const deleteRules: Rules<DeleteUserOptions> = {
  ...adminRules,
  now: aFunction,
}

/** A store that keeps users, as far as it is needed here. */
type UserStore = Pick<
  Store,
  'getUserByUsername' | 'createUser' | 'updateUser' | 'deleteUser' | 'listUsers'
>

const known = ['username', 'password', 'metadata'] satisfies (keyof NewUser)[] as string[]
const idBytes = 16
// Longer than any request that was under way, and than most sessions.
const markMs = 30 * 24 * 3_600_000

/**
 * Adds a user with a random id to the reference user model. Throws a TypeError that names what is
 * wrong, or says that the store keeps no users, and an Error if the username exists.
 */
export async function createUser(
  store: UserStore,
  given: NewUser,
  options: PasswordOptions = {},
): Promise<User> {
  const { passwords } = readOptions(options, passwordRules, {
    defaults: passwordDefaults,
    of: 'createUser()',
  })
  for (const name of Object.keys(given)) assertKnown(name, known, 'createUser()')
  const { username, password, metadata } = given
  const users = usersOf(store)
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
    throw withCode('OAUTH2_KIT_EXISTS', new Error(`There is a user "${username}" already`))
  return user
}

/** The user of the reference user model with that name, or `null`. */
export async function getUser(store: UserStore, username: string): Promise<User | null> {
  return findUser(usersOf(store), username)
}

/** All users of the reference user model in the order of their ids, fetched `pageSize` at a time. */
export async function* listUsers(
  store: UserStore,
  options: ListOptions = {},
): AsyncGenerator<User, void, undefined> {
  const users = usersOf(store)
  yield* pagesOf((page) => users.listUsers(page), options, 'listUsers()')
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
  options: PasswordOptions = {},
): Promise<User> {
  const { passwords } = readOptions(options, passwordRules, {
    defaults: passwordDefaults,
    of: 'setPassword()',
  })
  const users = usersOf(store)
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
 * Deletes a user of the reference user model and revokes the user's grants. Gives whether there was
 * one. With the server's `events` it is told there. What was being issued meanwhile is refused. A
 * client that acts for the user (`Client.userId`) stays: delete it with `deleteClient()`, since after
 * 30 days no store knows any more that there was such a user.
 */
export async function deleteUser(
  store: UserStore & Pick<Store, 'revoke'>,
  username: string,
  options: DeleteUserOptions = {},
): Promise<boolean> {
  const { now, ...others } = readOptions(options, deleteRules, {
    defaults: { now: () => Date.now() },
    of: 'deleteUser()',
  })
  const users = usersOf(store)
  const user = await findUser(users, username)
  if (!user) return false
  // Revoked here for their number; what is issued until the user is gone, is revoked with the user.
  await revokeGrants(store, { userId: user.id }, others)
  await users.deleteUser(user.id, Math.floor(now()) + markMs)
  return true
}

function usersOf(store: UserStore): Required<UserStore> {
  const methods = ['getUserByUsername', 'createUser', 'updateUser', 'deleteUser', 'listUsers']
  if (methods.some((name) => typeof store[name as keyof UserStore] !== 'function')) {
    throw withCode(
      'OAUTH2_KIT_STORE',
      new TypeError('The store keeps no users: manage them where your application keeps them'),
    )
  }
  return store as Required<UserStore>
}

async function findUser(store: Required<UserStore>, username: string): Promise<User | null> {
  assertId(username, 'username')
  const user = await store.getUserByUsername(username)
  // Some databases compare without regard to case.
  if (user && user.username !== username)
    throw withCode('OAUTH2_KIT_STORE', new Error("The store's getUserByUsername gave another user"))
  return user
}

function assertPassword(password: unknown): void {
  if (typeof password !== 'string' || password.length < 8)
    throw optionError('password', 'must have 8 characters at least')
  // No form could ever bring it.
  if (!isStorableText(password))
    throw optionError('password', 'must be well-formed Unicode without NUL')
}
