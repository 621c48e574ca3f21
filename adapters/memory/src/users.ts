import type { UserMethods } from '@oauth2-kit/core/store-kit'
import type { Store, User } from '@oauth2-kit/core'
import { type Keep, frozenCopy } from './changes'
import type { Content } from './content'
import { DeletedUser } from './schema'

/** The methods for the store's own users. `revoke` revokes the grants of a deleted user. */
export function userMethods(
  { users, deletedUsers, rows }: Content,
  keep: Keep,
  revoke: Store['revoke'],
): UserMethods {
  const idsByUsername = new Map([...users.values()].map(({ id, username }) => [username, id]))

  function setUser(user: User): void {
    const before = users.get(user.id)
    if (before) idsByUsername.delete(before.username)
    users.set(frozenCopy(user))
    idsByUsername.set(user.username, user.id)
  }

  return {
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
        revoke({ userId: id }),
      ])
    },

    async listUsers(page) {
      return users.page(page)
    },
  }
}
