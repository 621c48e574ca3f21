import type { Page, Store, User } from '@oauth2-kit/core'
import { isCreated } from './created'
import type { Database } from './database'
import { DuplicateError } from './errors'
import { userFields } from './fields'
import { deletedUser, toUser, userRow } from './rows'

/**
 * The methods for the store's own users. `revoke` revokes the grants of a deleted user. The row of
 * a deleted user stays without its data, as the deletion mark that `issue` looks for.
 */
export function userMethods(database: Database, revoke: Store['revoke']) {
  const { ask, attempt } = database

  async function getUser(id: string): Promise<User | null> {
    const row = await ask(({ users }) => users.findUnique({ where: { id }, select: userFields }))
    return row?.id === id ? toUser(row) : null
  }

  async function isThere({ id, version }: User): Promise<boolean> {
    return (await getUser(id))?.version === version
  }

  return {
    getUser,

    async getUserByUsername(username: string): Promise<User | null> {
      const row = await ask(({ users }) =>
        users.findUnique({ where: { username }, select: userFields }),
      )
      return row?.username === username ? toUser(row) : null
    },

    async createUser(user: User): Promise<boolean> {
      const row = userRow(user)
      const created = await isCreated(database, ({ users }, orSkip) =>
        users.createMany({ data: [row], ...orSkip }),
      )
      return created || isThere(user)
    },

    async updateUser(user: User, version: string): Promise<boolean> {
      const { id, version: next, username, passwordHash, data } = userRow(user)
      const change = { version: next, username, passwordHash, data }
      try {
        const { count } = await attempt(({ users }) =>
          users.updateMany({ where: { id, version }, data: change }),
        )
        return count > 0 || (await isThere(user))
      } catch (error) {
        // Another user has that username.
        if (error instanceof DuplicateError) return false
        throw error
      }
    },

    async deleteUser(id: string, markUntil: number): Promise<void> {
      const data = deletedUser(markUntil)
      await ask(({ users }) => users.updateMany({ where: { id, deletedUntil: null }, data }))
      await revoke({ userId: id })
    },

    async listUsers({ after = '', limit }: Page): Promise<User[]> {
      const where = { id: { gt: after }, deletedUntil: null }
      const rows = await ask(({ users }) =>
        users.findMany({ where, select: userFields, orderBy: [{ id: 'asc' }], take: limit }),
      )
      return rows.flatMap((row) => toUser(row) ?? [])
    },
  } satisfies Partial<Store>
}
