import { randomBytes } from 'node:crypto'
import type { Manifest, Selector, Store } from '@oauth2-kit/core'
import { clientsOf } from './clients'
import { onCluster } from './cluster'
import type { Connection } from './connection'
import { extending, indexesOf, issuing, redeeming } from './families'
import { grantsOf } from './grants'
import { credentialOf, isPending, successorOf } from './rows'
import { type Keys, part } from './schema'
import { detachScript } from './scripts/detach'
import { rememberScript } from './scripts/remember'
import { onSingleNode } from './single-node'
import { usersOf } from './users'

/** What a store is told once. */
export interface StoreSettings {
  keys: Keys
  retentionMs: number
  batchSize: number
}

/** The contract, but for `check`. */
export function storeOf(
  connection: Connection,
  { keys, retentionMs, batchSize }: StoreSettings,
): Required<Omit<Store, 'check'>> {
  const { isCluster, send, write, run } = connection
  const families = (isCluster ? onCluster : onSingleNode)(connection, keys, retentionMs)
  const grants = grantsOf(connection, families, keys, batchSize)
  const revoke = (selector: Selector) => grants.revoke(selector)
  const call = callNames()

  return {
    supports: manifest(isCluster),
    ...clientsOf(connection, keys, revoke),
    ...usersOf(connection, keys, revoke),
    ...grants,

    async issue(grant, credentials) {
      if (credentials.length === 0) throw new TypeError('A grant needs a credential')
      const [status] = await families.add(issuing(grant, credentials, keys, call()))
      if (status === 'exists') throw new Error('A grant with that id exists')
      refuseTaken(status)
    },

    async find(hash) {
      const record = await send<string | null>('get', keys.credential(hash))
      if (record === null) return null
      const credential = credentialOf(hash, record)
      if (!isPending(record)) return credential
      return (await families.belongs(hash, credential.grant.id)) ? credential : null
    },

    async redeem({ hash, grant }, successors) {
      const addition = redeeming(hash, grant, successors, keys)
      const [status, , mark] = await families.add(addition)
      if (status === 'nothing') {
        throw new TypeError('A credential is redeemed for one successor at least')
      }
      refuseTaken(status)
      if (status !== 'replayed') return { status: status as 'redeemed' | 'revoked' | 'unknown' }
      return { status, by: successorOf(mark!) }
    },

    async isRedeemed({ hash, grant }) {
      return Number(await send('exists', keys.mark(grant.id, hash))) === 1
    },

    async extend(grant, credentials) {
      const [status] = await families.add(extending(grant, credentials, keys, call()))
      refuseTaken(status)
      return status as 'extended' | 'revoked'
    },

    async revokeCredential(hash) {
      const key = keys.credential(hash)
      const record = await send<string | null>('get', key)
      if (record === null) return
      const { kind, grant } = credentialOf(hash, record)
      if (kind !== 'access') return
      // First the token: should this end in between, it is not left to be found.
      await write('unlink', key)
      const own = [keys.grant(grant.id), keys.members(grant.id)]
      if ((await run(detachScript, own, [retentionMs, part(hash)])) === 'kept') return
      const indexes = indexesOf(grant, keys)
      await Promise.all(indexes.map((index) => write('zrem', index, part(grant.id))))
    },

    async remember(key, expiresAt) {
      const outcome = await run(
        rememberScript,
        [keys.remembered(key)],
        [retentionMs, call(), expiresAt],
      )
      return outcome === 'first'
    },

    // Redis has removed it.
    async purge() {
      return { deleted: 0, more: false }
    },
  }
}

function manifest(isCluster: boolean): Manifest {
  const trips = isCluster
    ? { find: 1, issue: 2, redeem: 2, extend: 2, revoke: 3 }
    : { find: 1, issue: 1, redeem: 1, extend: 1, revoke: 1 }
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
 * Names each call, in every process by another name: ioredis sends a command again whose reply was
 * lost, and that is the same call still.
 */
function callNames(): () => string {
  const store = randomBytes(6).toString('base64url')
  let calls = 0
  return () => store + (calls++).toString(36)
}

function refuseTaken(status: string): void {
  if (status === 'taken') throw new Error('A credential with that hash exists')
}
