import type { Connection } from './connection'
import { type Answer, type Families, indexesOf, ownerArgs, scriptArgs } from './families'
import { type Keys, part } from './schema'
import { revokeScript } from './scripts/revoke'

/** Grants on one node: one script does everything, in one round trip. */
export function onSingleNode({ run }: Connection, keys: Keys, retentionMs: number): Families {
  return {
    add(addition) {
      const own = addition.credentials.map(({ hash }) => keys.credential(hash))
      return run<Answer>(
        addition.script,
        [...addition.keys, ...own, ...indexesOf(addition.grant, keys)],
        scriptArgs(addition, retentionMs, 'here'),
      )
    },

    // Here nothing is written before that.
    async belongs() {
      return true
    },

    async revoke(id, owner) {
      const { credentials, marks, ofClient, ofUser } = keys.made
      const outcome = await run(
        revokeScript,
        [keys.grant(id), keys.members(id)],
        [...ownerArgs(owner), part(id), credentials, marks(id), ofClient, ofUser],
      )
      return outcome === 'revoked'
    },
  }
}
