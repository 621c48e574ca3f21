import { getUser } from '@oauth2-kit/core'
import type { StoreCommand } from '../with-store'
import { userOutput } from './user'

export const showUserCommand: StoreCommand = {
  name: 'user show',
  summary: "shows one of the store's own users",
  positionals: ['USERNAME'],
  options: {},

  async run({ positionals: [username = ''] }, store) {
    const user = await getUser(store, username)
    if (!user) throw new Error(`There is no user "${username}"`)
    return userOutput(user)
  },
}
