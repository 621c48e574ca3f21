import type { GrantRef } from '@oauth2-kit/core'
import type { Database } from './database'
import {
  type Answer,
  type GrantCommands,
  grantKeys,
  indexesOf,
  revokeArgs,
  scriptArgs,
} from './grant-commands'
import { toCredential, grantMembers, toGrant } from './rows'
import { type Keys, part } from './schema'
import { revokeScript } from './scripts/revoke'

/** Grants on a single node. One script does everything, in one round trip. */
export function onSingleNode(
  { send, run }: Database,
  keys: Keys,
  retentionMs: number,
): GrantCommands {
  return {
    add(addition) {
      const own = addition.credentials.map(({ hash }) => keys.credential(hash))
      return run<Answer>(
        addition.script,
        [
          ...addition.keys,
          ...(addition.version === undefined ? [] : conditionKeys(addition.grant, keys)),
          ...own,
          ...indexesOf(addition.grant, keys),
        ],
        scriptArgs(addition, retentionMs, 'here'),
      )
    },

    async find(hash) {
      const record = await send<string | null>('get', keys.credential(hash))
      return record === null ? null : toCredential(hash, record)
    },

    async getGrant(id) {
      return toGrant(id, await send('hmget', keys.grant(id), ...grantMembers))
    },

    async revoke(id, owner) {
      const { credentials, ofClient, ofUser } = keys.made
      const args = [...revokeArgs(owner), part(id), credentials, ofClient, ofUser]
      let outcome: string | null
      do {
        outcome = await run<string | null>(revokeScript, grantKeys(id, keys), args)
      } while (outcome === 'more')
      return outcome === 'revoked'
    },
  }
}

/** Returns the keys of what a grant is issued on: the client, and the user's deletion mark. */
function conditionKeys({ clientId, userId }: GrantRef, keys: Keys): string[] {
  const client = keys.client(clientId)
  return userId === null ? [client] : [client, keys.deletedUser(userId)]
}
