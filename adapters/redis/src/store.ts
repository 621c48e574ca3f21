import { assertCredentials, firstSuccessor, withCode } from '@oauth2-kit/core/store-kit'
import { randomBytes } from 'node:crypto'
import type { Manifest, Redemption, Selector, Store } from '@oauth2-kit/core'
import { clientsOf } from './clients'
import { onCluster } from './cluster'
import type { Connection } from './connection'
import { grantKeys, indexesOf, wordsOf } from './grant-commands'
import { grantsOf } from './grants'
import { recordsOf } from './records'
import { credentialOf, grantPointedTo } from './rows'
import { type Keys, part } from './schema'
import { detachScript } from './scripts/detach'
import { onSingleNode } from './single-node'
import { usersOf } from './users'

/** The longest that short-lived entries are kept after their expiry, in milliseconds. */
const mostSlackMs = 30_000

/** The settings of a store. */
export interface StoreSettings {
  keys: Keys
  retentionMs: number
  batchSize: number
}

/** Returns the methods of the contract, except `check`. */
export function storeOf(
  connection: Connection,
  { keys, retentionMs, batchSize }: StoreSettings,
): Required<Omit<Store, 'check'>> {
  const { isCluster, send, write, run } = connection
  const slackMs = Math.min(retentionMs, mostSlackMs)
  const commands = (isCluster ? onCluster : onSingleNode)(connection, keys, retentionMs)
  const grants = grantsOf(connection, commands, keys, batchSize)
  const revoke = (selector: Selector) => grants.revoke(selector)
  const call = callNames()
  const words = wordsOf(keys, { retentionMs, slackMs }, call)

  return {
    supports: manifest(isCluster),
    ...clientsOf(connection, keys, revoke),
    ...usersOf(connection, keys, slackMs, revoke),
    ...recordsOf(connection, keys, slackMs, call),
    ...grants,

    async issue(grant, credentials, conditions) {
      assertCredentials(credentials)
      const [status] = await commands.add(words.issuing(grant, credentials, conditions))
      if (status === 'exists')
        throw withCode('OAUTH2_KIT_EXISTS', new Error('A grant with that id exists'))
      refuseTaken(status)
      return status as 'issued' | 'refused'
    },

    find: (hash) => commands.find(hash),

    async redeem({ hash, grant }, successors) {
      const [status] = await commands.add(words.redeeming(hash, grant, successors))
      if (status === 'nothing') firstSuccessor(successors)
      refuseTaken(status)
      return { status: status as Redemption['status'] }
    },

    async isRedeemed({ hash, grant }) {
      return Number(await send('exists', keys.mark(grant.id, hash))) === 1
    },

    async extend(grant, credentials) {
      const [status] = await commands.add(words.extending(grant, credentials))
      refuseTaken(status)
      return status as 'extended' | 'revoked'
    },

    async revokeAccessToken(hash) {
      const key = keys.credential(hash)
      const record = await send<string | null>('get', key)
      if (record === null || grantPointedTo(record) !== null) return
      const { kind, grant } = credentialOf(hash, record)
      if (kind !== 'access') return
      // Remove the token first, so that it cannot be found if this call ends before the rest is
      // done.
      await write('unlink', key)
      const own = grantKeys(grant.id, keys)
      if ((await run(detachScript, own, [retentionMs, part(hash)])) === 'kept') return
      const indexes = indexesOf(grant, keys)
      await Promise.all(indexes.map((index) => write('zrem', index, part(grant.id))))
    },

    // Redis removes expired keys itself.
    async purge() {
      return { deleted: 0, more: false }
    },
  }
}

function manifest(isCluster: boolean): Manifest {
  const trips = isCluster
    ? { find: 1, issue: 3, redeem: 2, extend: 2, revoke: 3, addRecord: 1, takeRecord: 1 }
    : { find: 1, issue: 1, redeem: 1, extend: 1, revoke: 1, addRecord: 1, takeRecord: 1 }
  return Object.freeze({
    contract: 1,
    roundTrips: Object.freeze(trips),
    cleanup: 'native',
    users: true,
    durable: true,
    tenants: true,
    multiProcess: true,
  })
}

/**
 * Returns a function that names each call, uniquely across processes. ioredis resends a command if
 * its reply was lost: by the name, the server recognizes the same call.
 */
function callNames(): () => string {
  const store = randomBytes(6).toString('base64url')
  let calls = 0
  return () => store + (calls++).toString(36)
}

function refuseTaken(status: string): void {
  if (status === 'taken')
    throw withCode('OAUTH2_KIT_EXISTS', new Error('A credential with that hash exists'))
}
