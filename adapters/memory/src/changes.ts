import { withCode } from '@oauth2-kit/core/store-kit'
import type {
  Client,
  Grant,
  Hash,
  NewCredential,
  Selector,
  StoredRecord,
  User,
} from '@oauth2-kit/core'
import { type Content, revoke } from './content'
import { atOnce } from './slices'
import { DeletedUser, type KeptCredential, type KeptGrant } from './schema'

/** A credential as it is saved in a snapshot, with its redemption mark (`successor`). */
export type SavedCredential = NewCredential & { successor?: Hash; predecessor?: Hash }

/**
 * A line of a snapshot, or a change in a journal. The journal starts before the snapshot, and the
 * snapshot is written while the store is in use, so it may already contain all or part of a
 * journaled change. Therefore every change can be applied again: applying all of them in order
 * always leads to the same state.
 */
export type Change =
  | { client: Client }
  | { deletedClient: string }
  | { user: User }
  | { deletedUser: string; until: number }
  | { grant: Grant; sequence: number; credentials: SavedCredential[] }
  | { extended: string; credentials: SavedCredential[] }
  | { redeemed: Hash; of: string; successors: NewCredential[] }
  | { revoked: Selector; before: number }
  | { revokedToken: Hash }
  | { record: StoredRecord }
  | { taken: string }

/**
 * Persists a change and resolves once all changes so far are on disk. Calls that change nothing
 * wait as well, because their result may depend on a change that another call has just made.
 * Returns undefined if the store has no file.
 */
export type Keep = (change?: Change) => Promise<void> | undefined

/** Applies a change. Throws a TypeError if the object is not a known change. */
export function apply(change: Change, content: Content): void {
  const { grants, clients, users, deletedUsers, records, rows } = content
  if ('client' in change) clients.set(deepFreeze(change.client))
  else if ('deletedClient' in change) clients.delete(change.deletedClient)
  else if ('user' in change) {
    deletedUsers.delete(change.user.id)
    users.set(deepFreeze(change.user))
  } else if ('deletedUser' in change) {
    const { deletedUser: id, until } = change
    users.delete(id)
    deletedUsers.set(new DeletedUser(id, rows.toRelative(until)))
  } else if ('grant' in change) addGrant(change, content)
  else if ('extended' in change) {
    const grant = grants.byId.get(change.extended)
    if (grant) addMissing(change.credentials, grant, content)
  } else if ('redeemed' in change) {
    const grant = grants.byId.get(change.of)
    if (!grant) return
    const [first] = addMissing(change.successors, grant, content)
    const old = grants.find(change.redeemed)
    if (old?.grant === grant && old.successor === null) grants.redeem(old, first!)
  } else if ('revoked' in change) atOnce(revoke(content, change.revoked, change.before))
  else if ('revokedToken' in change) {
    const token = grants.find(change.revokedToken)
    if (token) grants.remove(token)
  } else if ('record' in change) records.set(rows.toKeptRecord(change.record))
  else if ('taken' in change) records.delete(change.taken)
  else throw withCode('OAUTH2_KIT_STORE', new TypeError('It has an entry of an unknown format'))
}

function addGrant(
  { grant: saved, sequence, credentials }: Extract<Change, { grant: Grant }>,
  content: Content,
): void {
  const { grants, rows } = content
  const known = grants.byId.get(saved.id)
  if (known && known.sequence > sequence) return
  if (known?.sequence === sequence) {
    addMissing(credentials, known, content)
    return
  }
  if (known) atOnce(grants.revoke(known))
  const grant = rows.toKeptGrant(saved, sequence)
  addMissing(credentials, grant, content)
  grants.addGrant(grant)
}

/** Adds the credentials that do not exist yet. Returns all of them, new and existing ones. */
function addMissing(
  credentials: SavedCredential[],
  grant: KeptGrant,
  { grants, rows }: Content,
): KeptCredential[] {
  return credentials.map((saved) => {
    const known = grants.find(saved.hash)
    if (known) return known
    const credential = rows.toKept(saved, grant)
    credential.successor = saved.successor ?? null
    if (saved.predecessor !== undefined) {
      credential.predecessor = grants.find(saved.predecessor) ?? null
    }
    grants.add(credential)
    return credential
  })
}

/** Freezes the value and everything in it. Returns the value. */
function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  Object.values(value).forEach(deepFreeze)
  return Object.freeze(value)
}

/** Returns a frozen copy. All callers share the same object, so it must not be changed. */
export function frozenCopy<T extends Client | User>(value: T): T {
  return deepFreeze(structuredClone(value))
}
