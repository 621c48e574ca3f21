import type { Client, Page, User } from '@oauth2-kit/core'
import type { Database } from './database'
import { metadataOf } from './metadata'
import { assertKeys, isKey } from './rows'
import type { ClientRow, TableNames, UserRow } from './schema'
import { type Value, namesOf, statement } from './sql'

/** Clients and users: whole records by their ids. */
export function records(database: Database, tables: TableNames) {
  const clients = recordTable<ClientRow>(database, tables.clients, ['id', 'data'])
  const users = recordTable<UserRow>(database, tables.users, [
    'id',
    'username',
    'passwordHash',
    'data',
  ])

  return {
    async getClient(id: string): Promise<Client | null> {
      const row = await clients.find('id', id)
      return row && toClient(row)
    },

    async saveClient(client: Client): Promise<void> {
      await clients.save({ id: client.id, data: JSON.stringify(client) })
    },

    removeClient: (id: string) => clients.remove(id),

    async listClients(page: Page): Promise<Client[]> {
      return (await clients.list(page)).map(toClient)
    },

    async getUser(username: string): Promise<User | null> {
      const row = await users.find('username', username)
      return row && toUser(row)
    },

    async saveUser({ id, username, passwordHash, metadata }: User): Promise<void> {
      assertKeys({ username })
      const data = metadata === undefined ? null : JSON.stringify(metadata)
      try {
        await users.save({ id, username, passwordHash, data })
      } catch (cause) {
        const owner = await users.find('username', username).catch(() => null)
        if (!owner || owner.id === id) throw cause
        throw new Error('Another user has that username', { cause })
      }
    },

    removeUser: (id: string) => users.remove(id),
  }
}

function toClient({ data }: ClientRow): Client {
  return JSON.parse(data) as Client
}

function toUser({ id, username, passwordHash, data }: UserRow): User {
  const user = { id, username, passwordHash }
  return data === null ? user : { ...user, metadata: JSON.parse(data) as User['metadata'] }
}

function recordTable<Row extends { id: string } & Record<keyof Row, Value>>(
  database: Database,
  name: string,
  properties: readonly (keyof Row & string)[],
) {
  const { dataSource } = database
  const names = namesOf<keyof Row & string>(dataSource, metadataOf(dataSource, name))
  const { table, column, list, selected } = names
  const id = column('id')

  async function find(by: keyof Row & string, value: unknown): Promise<Row | null> {
    if (!isKey(value)) return null
    const [row] = await database.read<Row>(
      statement(
        dataSource,
        (next) =>
          `SELECT ${selected(properties)} FROM ${table} WHERE ${column(by)} = ${next(value)}`,
      ),
    )
    // A table that was made by hand may compare without regard to case.
    return row?.[by] === value ? row : null
  }

  function insert(row: Row): Promise<number> {
    return database.write(
      statement(
        dataSource,
        (next) => `INSERT INTO ${table} (${list(properties)})
          VALUES (${properties.map((property) => next(row[property])).join(', ')})`,
      ),
    )
  }

  function update(row: Row): Promise<number> {
    const assigned = properties.filter((property) => property !== 'id')
    return database.write(
      statement(
        dataSource,
        (next) => `UPDATE ${table}
          SET ${assigned.map((property) => `${column(property)} = ${next(row[property])}`).join(', ')}
          WHERE ${id} = ${next(row.id)}`,
      ),
    )
  }

  return {
    find,

    /**
     * Creates or replaces. No statement of MySQL's does that by the id alone: by any unique column,
     * it would replace the user who has the same name.
     */
    async save(row: Row): Promise<void> {
      assertKeys({ id: row.id })
      if (await find('id', row.id)) {
        await update(row)
        return
      }
      try {
        await insert(row)
      } catch (error) {
        // Somebody else may just have created it.
        if (database.isJoined() || !(await find('id', row.id))) throw error
        await update(row)
      }
    },

    async remove(value: unknown): Promise<void> {
      if (!isKey(value)) return
      await database.write(
        statement(dataSource, (next) => `DELETE FROM ${table} WHERE ${id} = ${next(value)}`),
      )
    },

    list({ after = '', limit }: Page): Promise<Row[]> {
      return database.read<Row>(
        statement(
          dataSource,
          (next) => `SELECT ${selected(properties)} FROM ${table}
            WHERE ${id} > ${next(after)} ORDER BY ${id} LIMIT ${next(limit)}`,
        ),
      )
    },
  }
}
