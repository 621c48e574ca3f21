import type { Client, Grant, Manifest, Page, Selector, Store, User } from '@oauth2-kit/core'
import type { Filter } from 'mongodb'
import type { Collections } from './collections'
import * as pipeline from './pipeline'
import { purge } from './purge'
import { dateOf, toCredential, toDocument, toGrant, toRow } from './rows'
import type { GrantDocument } from './schema'

/** What a store in MongoDB is. */
export const supports: Manifest = Object.freeze({
  contract: 1,
  roundTrips: Object.freeze({ find: 1, issue: 1, redeem: 1, extend: 1, revoke: 1 }),
  cleanup: 'native',
  users: true,
  durable: true,
  tenants: true,
  multiProcess: true,
})

/** The contract, but for `check`. */
export function storeOf(
  collections: () => Collections | Promise<Collections>,
  limits: pipeline.Limits,
): Omit<Required<Store>, 'check'> {
  async function revokeAll(selector: Selector): Promise<number> {
    const filter = filterOf(selector)
    if (!filter) return 0
    const { grants } = await collections()
    const { deletedCount } =
      'grantId' in selector ? await grants.deleteOne(filter) : await grants.deleteMany(filter)
    return deletedCount
  }

  return {
    supports,

    async getClient(id) {
      if (!isText(id)) return null
      const { clients } = await collections()
      const found = await clients.findOne({ _id: id })
      return found && (JSON.parse(found.data) as Client)
    },

    async saveClient(client) {
      const { clients } = await collections()
      const data = JSON.stringify(client)
      await clients.replaceOne({ _id: client.id }, { data }, { upsert: true })
    },

    async deleteClient(id) {
      if (!isText(id)) return
      const { clients } = await collections()
      // First of all it must get no more grants.
      await clients.deleteOne({ _id: id })
      await revokeAll({ clientId: id })
    },

    async listClients(page) {
      if (page.limit < 1) return []
      const { clients } = await collections()
      const found = clients.find(behind(page)).sort({ _id: 1 }).limit(page.limit)
      return found.map(({ data }) => JSON.parse(data) as Client).toArray()
    },

    async issue(grant, credentials) {
      if (credentials.length === 0) throw new TypeError('A grant needs a credential')
      assertDistinct(credentials)
      const { grants } = await collections()
      await unlessTaken(grants.insertOne(toDocument(grant, credentials)))
    },

    async find(hash) {
      if (!isText(hash)) return null
      const { grants } = await collections()
      const found = await grants.findOne(
        { 'credentials.hash': hash },
        { projection: { clientId: 1, userId: 1, credentials: { $elemMatch: { hash } } } },
      )
      const row = found?.credentials[0]
      return row && !row.revoked ? toCredential(row, found) : null
    },

    async redeem({ hash, grant }, successors) {
      if (!isText(grant.id)) return { status: 'revoked' }
      const [first] = successors
      if (!first) throw new TypeError('A credential is redeemed for one successor at least')
      assertDistinct(successors)
      const { grants } = await collections()
      const projection = { clientId: 1, userId: 1, credentials: pipeline.withSuccessor(hash) }
      const after = await unlessTaken(
        grants.findOneAndUpdate(
          { _id: grant.id },
          pipeline.redeem(hash, successors.map(toRow), limits),
          { projection, returnDocument: 'after' },
        ),
      )
      if (!after) return { status: 'revoked' }
      const old = after.credentials.find((row) => row.hash === hash)
      if (!old || old.revoked) return { status: 'unknown' }
      if (old.by === first.hash) return { status: 'redeemed' }
      const by = after.credentials.find((row) => row.hash === old.by)
      // Not used even now.
      if (!by) throw hashTaken()
      return { status: 'replayed', by: toCredential(by, after) }
    },

    async isRedeemed({ hash, grant }) {
      if (!isText(hash) || !isText(grant.id)) return false
      const { grants } = await collections()
      const found = await grants.findOne(
        { _id: grant.id },
        { projection: { credentials: { $elemMatch: { hash } } } },
      )
      return found?.credentials?.[0]?.by !== undefined
    },

    async extend(grant, credentials) {
      if (!isText(grant.id)) return 'revoked'
      assertDistinct(credentials)
      const { grants } = await collections()
      const rows = credentials.map(toRow)
      const before = await unlessTaken(
        grants.findOneAndUpdate({ _id: grant.id }, pipeline.extend(rows, limits), {
          projection: { credentials: pipeline.taken(rows) },
          returnDocument: 'before',
        }),
      )
      if (!before) return 'revoked'
      // Looked for by hash: to a write that the driver sends again the server answers with all of it.
      const hashes = new Set(rows.map(({ hash }) => hash))
      if (before.credentials.some(({ hash }) => hashes.has(hash))) throw hashTaken()
      return 'extended'
    },

    revoke: revokeAll,

    async revokeCredential(hash) {
      if (!isText(hash)) return
      const { grants } = await collections()
      const after = await grants.findOneAndUpdate(
        { credentials: { $elemMatch: { hash, kind: 'access' } } },
        pipeline.revoke(hash),
        { projection: { credentials: { $slice: 1 } }, returnDocument: 'after' },
      )
      // The last of a grant takes it along.
      if (after?.credentials.length === 0) {
        await grants.deleteOne({ _id: after._id, credentials: { $size: 0 } })
      }
    },

    async listGrants(selector, page) {
      const filter = filterOf(selector)
      // To MongoDB a limit of 0 is none.
      if (!filter || page.limit < 1) return []
      const { grants } = await collections()
      return grants
        .find({ $and: [filter, behind(page)] }, { projection: { credentials: 0 } })
        .sort({ _id: 1 })
        .limit(page.limit)
        .map((document): Grant => toGrant(document))
        .toArray()
    },

    async remember(key, expiresAt) {
      const { keys } = await collections()
      try {
        await keys.insertOne({ _id: key, expiresAt: dateOf(expiresAt) })
        return true
      } catch (error) {
        if (isDuplicate(error)) return false
        throw error
      }
    },

    async purge(before, limit) {
      return purge(await collections(), before, limit)
    },

    async getUser(username) {
      if (!isText(username)) return null
      const { users } = await collections()
      const found = await users.findOne({ username })
      return found && (JSON.parse(found.data) as User)
    },

    async saveUser(user) {
      const { users } = await collections()
      const { id, username } = user
      const document = { username, data: JSON.stringify(user) }
      try {
        await users.replaceOne({ _id: id }, document, { upsert: true })
      } catch (error) {
        throw isDuplicate(error) ? new Error('Another user has that username') : error
      }
    },

    async deleteUser(id) {
      if (!isText(id)) return
      const { users } = await collections()
      await users.deleteOne({ _id: id })
      await revokeAll({ userId: id })
    },
  }
}

/** Text and nothing else is ever asked for: an object could be an operator. */
function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function filterOf(selector: Selector): Filter<GrantDocument> | null {
  if ('grantId' in selector) return isText(selector.grantId) ? { _id: selector.grantId } : null
  if (!('userId' in selector)) {
    return isText(selector.clientId) ? { clientId: selector.clientId } : null
  }
  const { userId, clientId } = selector
  if (!isText(userId)) return null
  if (clientId === undefined) return { userId }
  return isText(clientId) ? { userId, clientId } : null
}

function behind({ after }: Page): { _id?: { $gt: string } } {
  return isText(after) ? { _id: { $gt: after } } : {}
}

/** An index over all documents says nothing about one of them. */
function assertDistinct(credentials: readonly { hash: string }[]): void {
  const hashes = new Set(credentials.map(({ hash }) => hash))
  if (hashes.size < credentials.length) throw hashTaken()
}

/** Waits for a write of credentials; what MongoDB says about a duplicate would tell its value. */
async function unlessTaken<T>(write: Promise<T>): Promise<T> {
  try {
    return await write
  } catch (error) {
    if (!isDuplicate(error)) throw error
    const { keyPattern } = error as { keyPattern?: object }
    throw keyPattern && '_id' in keyPattern ? new Error('A grant with that id exists') : hashTaken()
  }
}

function hashTaken(): Error {
  return new Error('A credential with that hash exists')
}

function isDuplicate(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === 11000
}
