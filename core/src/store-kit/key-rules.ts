import { assertCredentials, firstSuccessor } from './credentials'
import {
  type Client,
  type GrantRef,
  type NewCredential,
  type Page,
  type Selector,
  type Store,
  type User,
  type UserMethods,
  userMethods,
} from '../contract/store'
import { hashTaken } from './taken'
import { assertKeys, isKey } from './keys'

/**
 * Returns the store with the rules that all stores have in common, so that its methods receive only
 * keys (see `isKey`). A call that looks up a value that is not a key finds, redeems, revokes or
 * deletes nothing. A call that would write such a value rejects with an OptionError. A grant
 * without credentials and a redemption without successors reject with a TypeError, and two
 * credentials with the same hash reject with an Error.
 */
export function withKeyRules<S extends Store>(store: S): S {
  const userRules = keepsUsers(store) ? rulesForUsers(store) : {}
  return {
    ...store,
    supports: store.supports,
    ...rulesForClients(store),
    ...rulesForGrants(store),
    ...userRules,
    purge: (before, limit) => store.purge(before, limit),
    check: () => store.check(),
  }
}

function rulesForClients(store: Store) {
  return {
    getClient: async (id) => (isKey(id) ? store.getClient(id) : null),

    async createClient(client) {
      assertVersioned(client)
      return store.createClient(client)
    },

    async updateClient(client, version) {
      assertVersioned(client)
      return isKey(version) ? store.updateClient(client, version) : false
    },

    async deleteClient(id) {
      if (isKey(id)) await store.deleteClient(id)
    },

    listClients: async (page) => (isPage(page) ? store.listClients(page) : []),
  } satisfies Partial<Store>
}

function rulesForGrants(store: Store) {
  return {
    async issue(grant, credentials, conditions) {
      assertOwner(grant)
      assertCredentials(credentials)
      assertHashes(credentials)
      const { clientVersion } = conditions
      if (clientVersion !== undefined && !isKey(clientVersion)) return 'refused'
      return store.issue(grant, credentials, conditions)
    },

    // Not async, because every request with a token waits for it.
    find: (hash) => (isKey(hash) ? store.find(hash) : Promise.resolve(null)),

    async redeem(old, successors) {
      if (!isKey(old.grant.id)) return { status: 'revoked' }
      if (!isKey(old.hash)) return { status: 'unknown' }
      assertOwner(old.grant)
      firstSuccessor(successors)
      assertHashes(successors)
      return store.redeem(old, successors)
    },

    async isRedeemed(credential) {
      const { hash, grant } = credential
      return isKey(hash) && isKey(grant.id) ? store.isRedeemed(credential) : false
    },

    async extend(grant, credentials) {
      if (!isKey(grant.id)) return 'revoked'
      assertOwner(grant)
      assertHashes(credentials)
      return store.extend(grant, credentials)
    },

    revoke: async (selector) => (isSelector(selector) ? store.revoke(selector) : 0),

    async revokeAccessToken(hash) {
      if (isKey(hash)) await store.revokeAccessToken(hash)
    },

    async listGrants(selector, page) {
      const isText = page.after === undefined || typeof page.after === 'string'
      if (!isText || !isSelector(selector)) return { grants: [], next: null }
      return store.listGrants(selector, page)
    },

    async addRecord(record) {
      assertKeys({ key: record.key })
      return store.addRecord(record)
    },

    getRecord: async (key) => (isKey(key) ? store.getRecord(key) : null),

    takeRecord: async (key) => (isKey(key) ? store.takeRecord(key) : null),
  } satisfies Partial<Store>
}

function rulesForUsers(store: UserMethods) {
  return {
    getUser: async (id) => (isKey(id) ? store.getUser(id) : null),

    getUserByUsername: async (name) => (isKey(name) ? store.getUserByUsername(name) : null),

    async createUser(user) {
      assertUser(user)
      return store.createUser(user)
    },

    async updateUser(user, version) {
      assertUser(user)
      return isKey(version) ? store.updateUser(user, version) : false
    },

    async deleteUser(id, markUntil) {
      if (isKey(id)) await store.deleteUser(id, markUntil)
    },

    listUsers: async (page) => (isPage(page) ? store.listUsers(page) : []),
  } satisfies Partial<Store>
}

function keepsUsers(store: Partial<UserMethods>): store is UserMethods {
  return userMethods.every((name) => store[name] !== undefined)
}

/** Returns whether all ids of the selector are keys. One without ids could select every grant. */
function isSelector(selector: Selector): boolean {
  if ('grantId' in selector) return isKey(selector.grantId)
  if (!('userId' in selector)) return isKey(selector.clientId)
  const { userId, clientId } = selector
  return isKey(userId) && (clientId === undefined || isKey(clientId))
}

/** Returns whether the page begins at the start (after nothing, or '') or after an id. */
function isPage({ after }: Page): boolean {
  return after === undefined || after === '' || isKey(after)
}

function assertVersioned({ id, version }: Client | User): void {
  assertKeys({ id, version })
}

function assertUser(user: User): void {
  assertVersioned(user)
  assertKeys({ username: user.username })
}

function assertOwner({ id, clientId, userId }: GrantRef): void {
  if (isKey(id) && isKey(clientId) && (userId === null || isKey(userId))) return
  assertKeys({ 'grant.id': id, clientId, ...(userId !== null && { userId }) })
}

function assertHashes(credentials: readonly NewCredential[]): void {
  for (const [at, { hash }] of credentials.entries()) {
    if (!isKey(hash)) assertKeys({ hash })
    if (!credentials.slice(0, at).some((other) => other.hash === hash)) continue
    throw hashTaken()
  }
}
