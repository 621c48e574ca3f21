import { grantIdTaken, hashTaken } from '@oauth2-kit/core/store-kit'
import type { Redemption, Store } from '@oauth2-kit/core'
import type { Database } from './database'
import type { GrantCommands, wordsOf } from './grant-commands'
import { type Keys, fieldOf, isPredecessor } from './schema'

/** The methods that issue, find, redeem and extend. */
export function credentialMethods(
  { send }: Database,
  commands: GrantCommands,
  keys: Keys,
  words: ReturnType<typeof wordsOf>,
): Pick<Store, 'issue' | 'find' | 'redeem' | 'isRedeemed' | 'extend'> {
  return {
    async issue(grant, credentials, conditions) {
      const [status] = await commands.add(words.issuing(grant, credentials, conditions))
      if (status === 'exists') throw grantIdTaken()
      refuseTaken(status)
      return status as 'issued' | 'refused'
    },

    find: (hash) => commands.find(hash),

    async redeem({ hash, grant }, successors) {
      const [status] = await commands.add(words.redeeming(hash, grant, successors))
      refuseTaken(status)
      return { status: status as Redemption['status'] }
    },

    async isRedeemed({ hash, grant }) {
      const noted = await send<string | null>('hget', keys.grant(grant.id), fieldOf(hash))
      return noted !== null && !isPredecessor(noted)
    },

    async extend(grant, credentials) {
      const [status] = await commands.add(words.extending(grant, credentials))
      refuseTaken(status)
      return status as 'extended' | 'revoked'
    },
  }
}

function refuseTaken(status: string): void {
  if (status === 'taken') throw hashTaken()
}
