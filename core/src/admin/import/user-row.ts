import { optionError } from '../../errors/option-error'
import { assertId } from '../../contract/ids'
import { type UserMethods, userMethods } from '../../contract/store'
import { hashOf } from '../../crypto/believed-passwords'
import { newVersion } from '../../storage/version'
import { assertMetadata } from '../metadata'
import { assertPassword } from '../users'
import type { ImportStore, Importing, Outcome } from './importing'
import { isMarked, mark, markKey, markMs } from './marks'
import { RowError, hashing, inStore } from './row-error'
import { type Row, assertMembers, onlyOneOf, slowHashIn, userIdIn } from './row-fields'

const members = ['id', 'username', 'password', 'passwordHash', 'metadata']

/** Imports a user. An existing one is not changed, and a deleted one is not created again. */
export async function importUser(row: Row, importing: Importing): Promise<Outcome> {
  const { dryRun, now } = importing
  const store = withUsers(importing.store)
  assertMembers(row, members)
  const id = userIdIn(row, 'id')
  if (id === null) throw optionError('id', 'is missing: tokens refer to a user by it')
  const { username } = row
  const metadata = row['metadata'] ?? undefined
  assertId(username, 'username')
  assertMetadata(metadata)
  const passwordHash = passwordHashOf(row, importing)
  const key = markKey('user', id)
  const wasImported = await isMarked(store, key)
  const existing = await inStore(() => store.getUser(id))
  if (wasImported && !existing) return 'skipped'
  if (existing) {
    if (!wasImported && !dryRun) await mark(store, key, Math.floor(now()) + markMs)
    return 'alreadyThere'
  }
  const other = await inStore(() => store.getUserByUsername(username))
  // Another run may have created this user since the first query.
  if (other && other.id !== id) throw nameTaken(username)
  if (other) return 'alreadyThere'
  if (dryRun) return 'created'
  const user = {
    id,
    version: newVersion(),
    username,
    passwordHash: await passwordHash(),
    ...(metadata !== undefined && { metadata: metadata as Record<string, unknown> }),
  }
  const isCreated = await inStore(() => store.createUser(user))
  if (!isCreated) return outcomeOf(id, username, store)
  await mark(store, key, Math.floor(now()) + markMs)
  return 'created'
}

function withUsers(store: ImportStore): ImportStore & UserMethods {
  if (userMethods.every((name) => typeof store[name] === 'function'))
    return store as ImportStore & UserMethods
  throw new RowError(
    'The store keeps no users: leave the row out, and keep the users in your application',
  )
}

/** Resolves with what became of a user that the store did not create. */
async function outcomeOf(id: string, username: string, store: UserMethods): Promise<Outcome> {
  // Another run was faster.
  if (await inStore(() => store.getUser(id))) return 'alreadyThere'
  if (await inStore(() => store.getUserByUsername(username))) throw nameTaken(username)
  // The store remembers that a user with this id was deleted.
  return 'skipped'
}

function nameTaken(username: string): RowError {
  return new RowError(
    `Another user has the name "${username}": rename one of them, or give the row the id of that user`,
  )
}

/** Checks the password, and returns a function that resolves with its hash. */
function passwordHashOf(row: Row, { passwords }: Importing): () => Promise<string> {
  const name = onlyOneOf(row, ['password', 'passwordHash'])
  if (name === undefined) throw optionError('password', 'is missing: set it or "passwordHash"')
  if (name === 'passwordHash') {
    const hash = slowHashIn(row, name, passwords)
    return async () => hash
  }
  const { password } = row
  assertPassword(password)
  return () => hashing(() => hashOf(passwords, password))
}
