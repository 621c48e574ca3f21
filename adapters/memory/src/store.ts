import { assertCredentials, firstSuccessor, withCode } from '@oauth2-kit/core/store-kit'
import type {
  Client,
  GrantPage,
  Manifest,
  NewCredential,
  Page,
  Selector,
  Store,
  User,
} from '@oauth2-kit/core'
import { type Change, deepFreeze } from './changes'
import { type Content, grantsAfter, purge, revoke } from './content'
import { inSlices } from './slices'
import { DeletedUser, type KeptCredential, type KeptGrant } from './kept'

const roundTrips = Object.freeze({
  find: 0,
  issue: 0,
  redeem: 0,
  extend: 0,
  revoke: 0,
  addRecord: 0,
  takeRecord: 0,
})

function manifest(durable: boolean): Manifest {
  return Object.freeze({
    contract: 1,
    roundTrips,
    cleanup: 'native',
    users: true,
    durable,
    tenants: false,
    multiProcess: false,
  })
}

/** How a store persists its changes. */
export interface Keeping {
  durable: boolean
  /**
   * Persists a change and resolves once all changes so far are on disk. Calls that change nothing
   * wait as well, because their result may depend on a change that another call has just made.
   * Returns undefined if the store has no file.
   */
  keep: (change?: Change) => Promise<void> | undefined
}

const fewestLookedAt = 100

/**
 * Returns the methods of the contract. Except for `purge` and the revocation of many grants, each
 * method does all its work before its first `await`, so no other call can come in between.
 */
export function storeOf(content: Content, { durable, keep }: Keeping): Required<Store> {
  const { grants, clients, users, deletedUsers, records, rows } = content
  const idsByUsername = new Map([...users.values()].map(({ id, username }) => [username, id]))

  function add(credentials: NewCredential[], grant: KeptGrant): KeptCredential[] {
    const hashes = new Set(credentials.map(({ hash }) => hash))
    if (hashes.size < credentials.length || credentials.some(({ hash }) => grants.find(hash))) {
      throw withCode('OAUTH2_KIT_EXISTS', new Error('A credential with that hash exists'))
    }
    return credentials.map((credential) => {
      const kept = rows.toKept(credential, grant)
      grants.add(kept)
      return kept
    })
  }

  async function revokeAll(selector: Selector): Promise<number> {
    if (!isText(selector)) return 0
    // Grants that are issued from now on are not revoked, so that the loop ends.
    const before = grants.nextSequence
    const revoked = await inSlices(revoke(content, selector, before))
    // Persist this even if nothing was revoked: another call may have revoked the grants, but not
    // have persisted that yet.
    await keep({ revoked: selector, before })
    return revoked
  }

  function setUser(user: User): void {
    const before = users.get(user.id)
    if (before) idsByUsername.delete(before.username)
    users.set(frozenCopy(user))
    idsByUsername.set(user.username, user.id)
  }

  return {
    supports: manifest(durable),

    async getClient(id) {
      return clients.get(id) ?? null
    },

    async createClient(client) {
      const present = clients.get(client.id)
      if (!present) clients.set(frozenCopy(client))
      await keep(present ? undefined : { client })
      return !present || present.version === client.version
    },

    async updateClient(client, version) {
      const present = clients.get(client.id)
      const isRepeated = present?.version === client.version
      const isCurrent = !isRepeated && present?.version === version
      if (isCurrent) clients.set(frozenCopy(client))
      await keep(isCurrent ? { client } : undefined)
      return isRepeated || isCurrent
    },

    async deleteClient(id) {
      const isPresent = clients.get(id) !== undefined
      clients.delete(id)
      await Promise.all([
        keep(isPresent ? { deletedClient: id } : undefined),
        revokeAll({ clientId: id }),
      ])
    },

    async listClients(page) {
      return clients.page(page)
    },

    async issue(grant, credentials, { clientVersion }) {
      const isMet =
        clientVersion === undefined || clients.get(grant.clientId)?.version === clientVersion
      if (!isMet || (grant.userId !== null && deletedUsers.byKey.has(grant.userId))) {
        return 'refused'
      }
      if (grants.byId.has(grant.id))
        throw withCode('OAUTH2_KIT_EXISTS', new Error('A grant with that id exists'))
      assertCredentials(credentials)
      const kept = rows.toKeptGrant(grant, grants.nextSequence)
      add(credentials, kept)
      grants.addGrant(kept)
      await keep({ grant, sequence: kept.sequence, credentials })
      return 'issued'
    },

    async find(hash) {
      const credential = grants.find(hash)
      return credential ? rows.toCredential(credential) : null
    },

    async redeem({ hash, grant: { id } }, successors) {
      const grant = grants.byId.get(id)
      if (!grant) return { status: 'revoked' }
      const old = grants.find(hash)
      if (!old || old.grant !== grant) return { status: 'unknown' }
      const first = firstSuccessor(successors)
      if (old.successor !== null) {
        const isRepeated = old.successor === first.hash
        await keep()
        return { status: isRepeated ? 'redeemed' : 'replayed' }
      }
      grants.redeem(old, add(successors, grant)[0]!)
      await keep({ redeemed: hash, of: id, successors })
      return { status: 'redeemed' }
    },

    async isRedeemed({ hash }) {
      return (grants.find(hash)?.successor ?? null) !== null
    },

    async extend({ id }, credentials) {
      const grant = grants.byId.get(id)
      if (!grant) return 'revoked'
      add(credentials, grant)
      await keep({ extended: id, credentials })
      return 'extended'
    },

    revoke: revokeAll,

    async revokeAccessToken(hash) {
      const token = grants.find(hash)
      const isAccess = token?.kind === 'access'
      if (isAccess) grants.remove(token)
      await keep(isAccess ? { revokedToken: hash } : undefined)
    },

    async listGrants(selector, { after, limit }): Promise<GrantPage> {
      const sequence = after === undefined ? 0 : Number(after)
      let [listed, next]: [KeptGrant[], number | null] = [[], sequence]
      for (let seen = 0; next !== null && seen < fewestLookedAt && listed.length < limit;) {
        const count = limit - listed.length
        const stretch = grantsAfter(content, selector, next, count)
        listed = [...listed, ...stretch.grants]
        next = stretch.next
        seen += count
      }
      return {
        grants: listed.map((grant) => rows.toGrant(grant)),
        next: next === null ? null : String(next),
      }
    },

    async addRecord(record) {
      const isNew = !records.byKey.has(record.key)
      if (isNew) records.set(rows.toKeptRecord(record))
      await keep(isNew ? { record } : undefined)
      return isNew
    },

    async getRecord(key) {
      const record = records.byKey.get(key)
      return record ? rows.toRecord(record) : null
    },

    async takeRecord(key) {
      const record = records.delete(key)
      await keep(record && { taken: key })
      return record ? rows.toRecord(record) : null
    },

    async purge(before, limit) {
      return purge(content, before, limit)
    },

    async check() {
      return []
    },

    async getUser(id) {
      return users.get(id) ?? null
    },

    async getUserByUsername(username) {
      const id = idsByUsername.get(username)
      return id === undefined ? null : (users.get(id) ?? null)
    },

    async createUser(user) {
      const present = users.get(user.id)
      const isTaken = idsByUsername.has(user.username) || deletedUsers.byKey.has(user.id)
      const isNew = !present && !isTaken
      if (isNew) setUser(user)
      await keep(isNew ? { user } : undefined)
      return isNew || present?.version === user.version
    },

    async updateUser(user, version) {
      const present = users.get(user.id)
      const isRepeated = present?.version === user.version
      const owner = idsByUsername.get(user.username) ?? user.id
      const isCurrent = !isRepeated && present?.version === version && owner === user.id
      if (isCurrent) setUser(user)
      await keep(isCurrent ? { user } : undefined)
      return isRepeated || isCurrent
    },

    async deleteUser(id, markUntil) {
      const user = users.get(id)
      if (user) {
        idsByUsername.delete(user.username)
        users.delete(id)
        deletedUsers.set(new DeletedUser(id, rows.toRelative(markUntil)))
      }
      await Promise.all([
        keep(user && { deletedUser: id, until: markUntil }),
        revokeAll({ userId: id }),
      ])
    },

    async listUsers(page: Page) {
      return users.page(page)
    },
  }
}

/**
 * Returns whether all ids of the selector are text, without which it matches nothing. In a journal,
 * `{ userId: undefined, clientId }` would become `{ clientId }`, which revokes more.
 */
function isText(selector: Selector): boolean {
  if ('grantId' in selector) return typeof selector.grantId === 'string'
  if (!('userId' in selector)) return typeof selector.clientId === 'string'
  const { userId, clientId = '' } = selector
  return typeof userId === 'string' && typeof clientId === 'string'
}

/** Returns a frozen copy. All callers share the same object, so it must not be changed. */
function frozenCopy<T extends Client | User>(value: T): T {
  return deepFreeze(structuredClone(value))
}
