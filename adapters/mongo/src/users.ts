import type { UserMethods } from '@oauth2-kit/core/store-kit'
import type { User } from '@oauth2-kit/core'
import type { Collections } from './collections'
import { isDuplicate } from './errors'
import { behindId } from './pages'
import { revoke } from './grants'
import { dateOf } from './rows'
import type { UserDocument } from './schema'

/** The methods for the store's own users. */
export function userMethods(collections: () => Collections | Promise<Collections>): UserMethods {
  return {
    async getUser(id) {
      const { users, current } = await collections()
      return toUser(await current((options) => users.findOne({ _id: id }, options)))
    },

    async getUserByUsername(username) {
      const { users, current } = await collections()
      return toUser(await current((options) => users.findOne({ username }, options)))
    },

    async createUser(user) {
      const { users } = await collections()
      const { id, version, username } = user
      try {
        await users.insertOne({ _id: id, username, version, data: JSON.stringify(user) })
        return true
      } catch (error) {
        if (!isDuplicate(error)) throw error
        const found = await users.findOne({ _id: id }, { projection: { version: 1 } })
        return found?.version === version
      }
    },

    async updateUser(user, before) {
      const { id, version, username } = user
      const { users } = await collections()
      try {
        // If the record already has the new version, this is a retry of the same attempt, and
        // nothing changes.
        const { matchedCount } = await users.updateOne(
          { _id: id, version: { $in: [before, version] } },
          { $set: { username, version, data: JSON.stringify(user) } },
        )
        return matchedCount === 1
      } catch (error) {
        // Another user has the username.
        if (isDuplicate(error)) return false
        throw error
      }
    },

    async deleteUser(id, markUntil) {
      const known = await collections()
      // Replace the user with a deletion mark first, so that no more grants are issued. A second
      // deletion leaves the mark of the first one as it is.
      await known.users.replaceOne(
        { _id: id, deletedUntil: { $exists: false } },
        { deletedUntil: dateOf(markUntil) },
      )
      await revoke(known, { userId: id })
    },

    async listUsers(page) {
      if (page.limit < 1) return []
      const { users } = await collections()
      const found = users
        .find({ ...behindId(page), deletedUntil: { $exists: false } })
        .sort({ _id: 1 })
        .limit(page.limit)
      return found.map((document) => toUser(document)!).toArray()
    },
  }
}

/** Returns the user; `null` if the user does not exist or is marked as deleted. */
function toUser(document: UserDocument | null): User | null {
  return document?.data === undefined ? null : (JSON.parse(document.data) as User)
}
