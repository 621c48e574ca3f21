import { type User, listUsers } from '@oauth2-kit/core'
import { table } from '../table'
import type { StoreCommand } from '../with-store'
import { publicPart } from './user'

export const listUsersCommand: StoreCommand = {
  name: 'user list',
  summary: "lists the store's own users",
  positionals: [],
  options: {},

  async run(_given, store) {
    const users: User[] = []
    for await (const user of listUsers(store)) users.push(user)
    const rows = users.map(({ id, username }) => [id, username])
    return {
      json: users.map(publicPart),
      text: rows.length === 0 ? 'There are no users.' : table([['ID', 'USERNAME'], ...rows]),
    }
  },
}
