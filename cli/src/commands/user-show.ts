import { getUser } from '@oauth2-kit/core'
import { withCode } from '@oauth2-kit/core/store-kit'
import type { StoreCommand } from '../with-store'
import { userOutput } from './user'

export const showUserCommand: StoreCommand = {
  name: 'user show',
  summary: "shows one of the store's own users",
  positionals: ['USERNAME'],
  options: {},

  async run({ positionals: [username = ''] }, store) {
    const user = await getUser(store, username)
    if (!user) throw withCode('OAUTH2_KIT_NOT_FOUND', new Error(`There is no user "${username}"`))
    return userOutput(user)
  },
}
