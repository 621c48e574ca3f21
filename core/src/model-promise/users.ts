import type { ModelContext } from './context'
import type { PromiseModel } from './model'
import { expected, userOrNull } from '../contract/hook-answer'
import { isText } from '../model-on-store/text'

/** Returns the functions of the model about users. */
export function userFunctions<S extends string | string[]>({
  settings,
  users,
  answerOf,
  authenticate,
  recordOf,
  userOf,
}: ModelContext<S>): Pick<PromiseModel<S>, 'getUser' | 'getUserFromClient'> {
  return {
    async getUser(username, password) {
      if (!isText(username) || !isText(password)) return null
      if (users.authenticate) return users.authenticate(username, password)
      const user = await authenticate(username, password)
      return user && { id: user.id }
    },

    async getUserFromClient(client) {
      const record = await recordOf(client)
      // RFC 6749 4.4: only confidential clients may use client_credentials.
      if (record?.type !== 'confidential') return null
      if (!settings.getUserFromClient) return userOf(record.userId ?? null)
      const user = await answerOf('getUserFromClient', () => settings.getUserFromClient!(client))
      return expected('getUserFromClient', user || null, userOrNull)
    },
  }
}
