import type { Client, Manifest, NewCredential, Page, Selector, Store, User } from '@oauth2-kit/core'
import { rows } from './rows'
import { type Entry, type Family, Tables } from './schema'

const supports: Manifest = Object.freeze({
  contract: 1,
  roundTrips: Object.freeze({ find: 0, issue: 0, redeem: 0, extend: 0, revoke: 0 }),
  cleanup: 'native',
  users: true,
  durable: false,
  tenants: false,
  multiProcess: false,
})

/** What a memory store holds, for the parts of it that are not in the contract. */
export interface Content {
  readonly tables: Tables
  readonly clients: Map<string, Client>
  readonly users: Map<string, User>
  /** Keys that were remembered, and until when: milliseconds since the epoch. */
  readonly remembered: Map<string, number>
  readonly rows: ReturnType<typeof rows>
}

/**
 * Everything in the store's memory; times are kept relative to `base`, in milliseconds since the
 * epoch.
 */
export function newContent(base: number): Content {
  return {
    tables: new Tables(),
    clients: new Map(),
    users: new Map(),
    remembered: new Map(),
    rows: rows(base),
  }
}

/**
 * The contract, in memory. Every method does its work before it first waits for anything: nothing
 * comes in between. `changed` is called after every change.
 */
export function storeOf(content: Content, changed: () => void): Required<Store> {
  const { tables, clients, users, remembered, rows: row } = content
  const { byHash, byUser, byClient } = tables
  const idsByUsername = new Map([...users.values()].map(({ id, username }) => [username, id]))

  function* families(selector: Selector): Generator<Family> {
    if ('grantId' in selector) {
      const family = tables.family(selector.grantId)
      if (family) yield family
    } else if ('userId' in selector) {
      for (const family of byUser.all(selector.userId)) {
        if (selector.clientId === undefined || selector.clientId === family.clientId) yield family
      }
    } else {
      yield* byClient.all(selector.clientId)
    }
  }

  function revokeAll(selector: Selector): number {
    let revoked = 0
    for (const family of families(selector)) {
      tables.removeFamily(family)
      revoked++
    }
    return revoked
  }

  function add(credentials: NewCredential[], family: Family): Entry[] {
    const hashes = new Set(credentials.map(({ hash }) => hash))
    if (hashes.size < credentials.length || credentials.some(({ hash }) => byHash.has(hash))) {
      throw new Error('A credential with that hash exists')
    }
    return credentials.map((credential) => {
      const entry = row.toEntry(credential, family)
      tables.add(entry)
      return entry
    })
  }

  return {
    supports,

    async getClient(id) {
      return clients.get(id) ?? null
    },

    async saveClient(client) {
      clients.set(client.id, frozenCopy(client))
      changed()
    },

    async deleteClient(id) {
      clients.delete(id)
      revokeAll({ clientId: id })
      changed()
    },

    async listClients(page) {
      return pageOf(clients.values(), page)
    },

    async issue(grant, credentials) {
      if (tables.family(grant.id)) throw new Error('A grant with that id exists')
      if (credentials.length === 0) throw new TypeError('A grant needs a credential')
      const family = row.toFamily(grant)
      add(credentials, family)
      tables.addFamily(family)
      changed()
    },

    async find(hash) {
      const entry = byHash.get(hash)
      return entry ? row.toCredential(entry) : null
    },

    async redeem({ hash, grant }, successors) {
      const family = tables.family(grant.id)
      if (!family) return { status: 'revoked' }
      const old = byHash.get(hash)
      if (!old || old.family !== family) return { status: 'unknown' }
      const [first] = successors
      if (!first) throw new TypeError('A credential is redeemed for one successor at least')
      if (old.successor) {
        if (old.successor.hash === first.hash) return { status: 'redeemed' }
        return { status: 'replayed', by: row.toCredential(old.successor) }
      }
      const [successor] = add(successors, family)
      old.successor = successor!
      old.successor.predecessor = old
      changed()
      return { status: 'redeemed' }
    },

    async isRedeemed({ hash }) {
      return Boolean(byHash.get(hash)?.successor)
    },

    async extend(grant, credentials) {
      const family = tables.family(grant.id)
      if (!family) return 'revoked'
      add(credentials, family)
      changed()
      return 'extended'
    },

    async revoke(selector) {
      const revoked = revokeAll(selector)
      changed()
      return revoked
    },

    async revokeCredential(hash) {
      const entry = byHash.get(hash)
      if (entry?.kind !== 'access') return
      tables.remove(entry)
      changed()
    },

    async listGrants(selector, page) {
      return pageOf(
        [...families(selector)].map((family) => row.toGrant(family)),
        page,
      )
    },

    async remember(key, expiresAt) {
      if (remembered.has(key)) return false
      remembered.set(key, expiresAt)
      changed()
      return true
    },

    async purge(before, limit) {
      const purged = purge(content, before, limit)
      if (purged.deleted > 0) changed()
      return purged
    },

    async check() {
      return []
    },

    async getUser(username) {
      const id = idsByUsername.get(username)
      return id === undefined ? null : (users.get(id) ?? null)
    },

    async saveUser(user) {
      const owner = idsByUsername.get(user.username)
      if (owner !== undefined && owner !== user.id)
        throw new Error('Another user has that username')
      const before = users.get(user.id)
      if (before) idsByUsername.delete(before.username)
      users.set(user.id, frozenCopy(user))
      idsByUsername.set(user.username, user.id)
      changed()
    },

    async deleteUser(id) {
      const user = users.get(id)
      if (user) idsByUsername.delete(user.username)
      users.delete(id)
      revokeAll({ userId: id })
      changed()
    },
  }
}

/** Removes what expired before that time (milliseconds since the epoch), up to so many entries. */
export function purge({ tables, remembered, rows: row }: Content, before: number, limit: number) {
  let deleted = 0
  for (const entry of tables.expired(row.toRelative(before))) {
    if (deleted === limit) return { deleted, more: true }
    tables.remove(entry)
    deleted++
  }
  for (const [key, expiresAt] of remembered) {
    if (expiresAt >= before) continue
    if (deleted === limit) return { deleted, more: true }
    remembered.delete(key)
    deleted++
  }
  return { deleted, more: false }
}

/** The page in the order of the ids. */
function pageOf<T extends { id: string }>(items: Iterable<T>, { after = '', limit }: Page): T[] {
  return [...items]
    .filter(({ id }) => id > after)
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .slice(0, limit)
}

/** What is given out is shared by everyone who asks, so nobody may change it. */
function frozenCopy<T extends Client | User>(value: T): T {
  return deepFreeze(structuredClone(value))
}

export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  Object.values(value).forEach(deepFreeze)
  return Object.freeze(value)
}
