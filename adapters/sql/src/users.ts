import type { Page, Store, User } from '@oauth2-kit/core'
import type { Database } from './database'
import { keyedTable } from './keyed-table'
import type { UserRow } from './schema'

/** The row of a user who is not deleted. */
type LivingRow = UserRow & { username: string }

/** The methods for the store's own users. `revoke` revokes the grants of a deleted user. */
export function userMethods(database: Database, revoke: Store['revoke']) {
  const { dialect, statement } = database
  const users = keyedTable<UserRow>(database, 'users', [
    'id',
    'version',
    'username',
    'passwordHash',
    'data',
    'deletedUntil',
  ])
  const { table, column, id } = users
  const [username, deletedUntil] = [column('username'), column('deletedUntil')]

  /**
   * Resolves with whether a write that changed nothing was made before, by an attempt whose reply
   * was lost.
   */
  async function isThere(user: User): Promise<boolean> {
    const row = await users.current('id', user.id)
    return row !== null && isLiving(row) && row.version === user.version
  }

  async function isTaken(user: User): Promise<boolean> {
    const owner = await users.current('username', user.username)
    return owner !== null && owner.id !== user.id
  }

  return {
    async getUser(value: string): Promise<User | null> {
      const row = await users.find('id', value)
      return row && isLiving(row) ? toUser(row) : null
    },

    async getUserByUsername(value: string): Promise<User | null> {
      const row = await users.find('username', value)
      return row && isLiving(row) ? toUser(row) : null
    },

    async createUser(user: User): Promise<boolean> {
      return (await users.insertNew(toRow(user))) || isThere(user)
    },

    async updateUser(user: User, version: string): Promise<boolean> {
      const row = toRow(user)
      try {
        const replaced = await users.replace(row, (next) => {
          const isUnchanged = `${column('version')} = ${next(version)} AND ${deletedUntil} IS NULL`
          if (dialect.name !== 'postgres') return isUnchanged
          // Look for the name first: an error would end a transaction that the store has joined.
          return `${isUnchanged} AND NOT EXISTS (SELECT 1 FROM ${table} o
            WHERE o.${username} = ${next(user.username)} AND o.${id} <> ${next(user.id)})`
        })
        return replaced || isThere(user)
      } catch (error) {
        if (database.hasEnded(error)) throw error
        if (await isTaken(user).catch(() => false)) return false
        throw error
      }
    },

    async deleteUser(value: string, markUntil: number): Promise<void> {
      // Empty the user's row first, which then is the mark of a deleted user. Later grants are
      // refused because of it, and earlier ones are revoked.
      await database.write(
        statement((next) => {
          const until = () => dialect.bigint(next(markUntil))
          return `UPDATE ${table} SET ${column('version')} = '', ${username} = NULL,
            ${column('passwordHash')} = '', ${column('data')} = NULL,
            ${deletedUntil} =
              CASE WHEN ${deletedUntil} > ${until()} THEN ${deletedUntil} ELSE ${until()} END
            WHERE ${id} = ${next(value)}`
        }),
      )
      await revoke({ userId: value })
    },

    async listUsers(page: Page): Promise<User[]> {
      const rows = await users.list(page, `${deletedUntil} IS NULL`)
      return rows.filter(isLiving).map(toUser)
    },
  }
}

function isLiving(row: UserRow): row is LivingRow {
  return row.deletedUntil === null && row.username !== null
}

function toRow({ id, version, username, passwordHash, metadata }: User): UserRow {
  const data = metadata === undefined ? null : JSON.stringify(metadata)
  return { id, version, username, passwordHash, data, deletedUntil: null }
}

function toUser({ id, version, username, passwordHash, data }: LivingRow): User {
  const user = { id, version, username, passwordHash }
  return data === null ? user : { ...user, metadata: JSON.parse(data) as User['metadata'] }
}
