import type { Client, Page, Store, User } from '@oauth2-kit/core'
import type { Database } from './database'
import { DuplicateError } from './errors'
import { clientOf, clientRow, isId, keyRow, userOf, userRow } from './rows'
import type { Models } from './schema'

/** Clients and remembered keys. `deleteClient` leaves the grants to its caller. */
export function recordsOf(database: Database) {
  const { ask } = database
  return {
    async getClient(id: string): Promise<Client | null> {
      if (!isId(id)) return null
      const row = await ask(({ clients }) => clients.findUnique({ where: { id } }))
      return row?.id === id ? clientOf(row) : null
    },

    async saveClient(client: Client): Promise<void> {
      const { id, data, createdAt } = clientRow(client)
      const replace = () =>
        ask(({ clients }) => clients.updateMany({ where: { id }, data: { data } }))
      const { count } = await replace()
      if (count > 0) return
      const created = await isNew(database, ({ clients }, orSkip) =>
        clients.createMany({ data: [{ id, data, createdAt }], ...orSkip }),
      )
      // Another one was quicker.
      if (!created) await replace()
    },

    async deleteClient(id: string): Promise<void> {
      if (isId(id)) await ask(({ clients }) => clients.deleteMany({ where: { id } }))
    },

    async listClients({ after = '', limit }: Page): Promise<Client[]> {
      const rows = await ask(({ clients }) =>
        clients.findMany({ where: { id: { gt: after } }, orderBy: [{ id: 'asc' }], take: limit }),
      )
      return rows.map(clientOf)
    },

    async remember(key: string, expiresAt: number): Promise<boolean> {
      const data = [keyRow(key, expiresAt)]
      return isNew(database, ({ credentials }, orSkip) =>
        credentials.createMany({ data, ...orSkip }),
      )
    },
  }
}

/** The reference user model. `deleteUser` leaves the grants to its caller. */
export function usersOf(database: Database) {
  const { ask, attempt } = database

  async function ownerOf(username: string): Promise<User | null> {
    const row = await ask(({ users }) => users.findUnique({ where: { username } }))
    return row?.username === username ? userOf(row) : null
  }

  return {
    async getUser(username: string): Promise<User | null> {
      return isId(username) ? ownerOf(username) : null
    },

    async saveUser(user: User): Promise<void> {
      const { id, ...data } = userRow(user)
      const replace = () => attempt(({ users }) => users.updateMany({ where: { id }, data }))
      try {
        const { count } = await replace()
        if (count > 0) return
        const created = await isNew(database, ({ users }, orSkip) =>
          users.createMany({ data: [{ id, ...data }], ...orSkip }),
        )
        if (created) return
        // Another one was quicker with that id, or has that name.
        await replace()
      } catch (error) {
        if (!(error instanceof DuplicateError)) throw error
      }
      const owner = await ownerOf(user.username)
      if (owner?.id !== id) throw new Error('Another user has that username')
    },

    async deleteUser(id: string): Promise<void> {
      if (isId(id)) await ask(({ users }) => users.deleteMany({ where: { id } }))
    },
  } satisfies Partial<Store>
}

/** Inserts, and says whether that was not there before. */
async function isNew(
  { attempt, orSkip }: Database,
  insert: (models: Models, orSkip: Database['orSkip']) => PromiseLike<{ count: number }>,
): Promise<boolean> {
  try {
    const { count } = await attempt((models) => insert(models, orSkip))
    return count > 0
  } catch (error) {
    if (error instanceof DuplicateError) return false
    throw error
  }
}
