import type { Selector, User } from '@oauth2-kit/core'
import type { Connection } from './connection'
import { type Keys, part } from './schema'
import { deleteUserScript, saveUserScript } from './scripts/user'

/** The reference user model; `revoke` ends the grants of a user who is deleted. */
export function usersOf(
  { send, run }: Connection,
  keys: Keys,
  revoke: (selector: Selector) => Promise<number>,
) {
  return {
    async getUser(username: string): Promise<User | null> {
      const found = await send<string | null>('get', keys.user(username))
      return found === null ? null : (JSON.parse(found.slice(found.indexOf('\n'))) as User)
    },

    async saveUser(user: User): Promise<void> {
      const { id, username } = user
      const outcome = await run(
        saveUserScript,
        [keys.username(id), keys.user(username)],
        [keys.made.users, part(username), part(id), JSON.stringify(user)],
      )
      if (outcome === 'taken') throw new Error('Another user has that username')
    },

    async deleteUser(id: string): Promise<void> {
      await run(deleteUserScript, [keys.username(id)], [keys.made.users])
      await revoke({ userId: id })
    },
  }
}
