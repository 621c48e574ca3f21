import type { Page, Selector, User } from '@oauth2-kit/core'
import type { Database } from './database'
import { listed } from './listed'
import { jsonBehind } from './rows'
import { type Keys, noVersion, part } from './schema'
import { deleteUserScript, keepUserScript, userOfNameScript } from './scripts/user'

/**
 * The methods for the store's own users. `revoke` revokes the grants of a user who is deleted.
 * `slackMs` is how long the mark of a deleted user is kept after its end, in milliseconds.
 */
export function userMethods(
  database: Database,
  keys: Keys,
  slackMs: number,
  revoke: (selector: Selector) => Promise<number>,
) {
  const { send, run, ask } = database

  /** Stores a user. `before` is the version that it replaces. */
  async function keep(user: User, before: string): Promise<boolean> {
    const { id, username, version } = user
    const outcome = await run(
      keepUserScript,
      [keys.user(id), keys.username(username), keys.users, keys.deletedUser(id)],
      [
        part(version),
        before,
        part(username),
        part(id),
        JSON.stringify(user),
        id,
        keys.made.usernames,
      ],
    )
    return outcome === 'kept'
  }

  return {
    async getUser(id: string): Promise<User | null> {
      return toUser(await send('get', keys.user(id)))
    },

    async getUserByUsername(username: string): Promise<User | null> {
      return toUser(await ask(userOfNameScript, [keys.username(username)], [keys.made.users]))
    },

    createUser: (user: User): Promise<boolean> => keep(user, noVersion),

    updateUser: (user: User, version: string): Promise<boolean> => keep(user, part(version)),

    async deleteUser(id: string, markUntil: number): Promise<void> {
      await run(
        deleteUserScript,
        [keys.user(id), keys.users, keys.deletedUser(id)],
        [slackMs, markUntil, id, keys.made.usernames],
      )
      // Grants that are issued from now on see the mark. Earlier ones are in the index.
      await revoke({ userId: id })
    },

    listUsers: (page: Page): Promise<User[]> =>
      listed(database, keys.users, page, async (ids) => {
        // All users are in one slot, so MGET works on a Cluster too.
        const found = await send<(string | null)[]>('mget', ...ids.map(keys.user))
        return found.map(toUser)
      }),
  }
}

function toUser(text: string | null): User | null {
  return text === null ? null : (jsonBehind(2, text) as User)
}
