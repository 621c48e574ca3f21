import type {
  Credential,
  Manifest,
  NewCredential,
  Redemption,
  Store,
  StoredRecord,
} from '@oauth2-kit/core'
import type { Connection, Statement } from './connection'
import type { NewRow, procedures } from './procedures'
import type { RecordRow } from './tables'

/** The options of a reference store. */
export interface ReferenceOptions {
  /** Whether the database removes expired data by itself, or `purge` does. @default 'purge' */
  cleanup?: Manifest['cleanup']
}

const retentionMs = 3_600_000

/** Returns a store over a connection: each method is one procedure and one round trip. */
export function referenceStore(
  connection: Connection,
  namespace: string,
  { cleanup = 'purge' }: ReferenceOptions = {},
): Required<Store> {
  const supports: Manifest = Object.freeze({
    contract: 1,
    roundTrips: Object.freeze({
      find: 1,
      issue: 1,
      redeem: 1,
      extend: 1,
      revoke: 1,
      addRecord: 1,
      takeRecord: 1,
    }),
    cleanup,
    users: true,
    durable: true,
    tenants: true,
    multiProcess: true,
  })

  function run(statement: Statement): Promise<unknown> {
    return connection.run(namespace, statement)
  }

  async function call<T>(procedure: keyof typeof procedures, ...args: unknown[]): Promise<T> {
    return (await run({ do: 'call', procedure, args })) as T
  }

  return {
    supports,

    async getClient(id) {
      return isText(id) ? ((await run({ do: 'get', table: 'clients', key: id })) as never) : null
    },
    createClient: (client) => call('createClient', client),
    updateClient: (client, version) => call('updateClient', client, version),
    async deleteClient(id) {
      assertText(id)
      // Remove the client first: what is issued later is refused, and what was issued before is
      // revoked.
      await run({ do: 'remove', table: 'clients', where: { id } })
      await call('revoke', { clientId: id })
    },
    listClients: ({ after = '', limit }) => call('listClients', after, limit),

    async issue(grant, credentials, conditions) {
      const { id, clientId, userId, createdAt, data } = grant
      const row = { id, clientId, userId, createdAt, data }
      return call('issue', row, rows(credentials), conditions)
    },
    async find(hash) {
      return isText(hash) ? call<Credential | null>('find', hash) : null
    },
    redeem: (old, successors) => call<Redemption>('redeem', old, rows(successors)),
    async isRedeemed({ hash }) {
      return isText(hash) && call<boolean>('isRedeemed', hash)
    },
    async extend(grant, credentials) {
      assertText(grant.id)
      return call('extend', grant, rows(credentials))
    },
    async revoke(selector) {
      for (const value of Object.values(selector)) assertText(value)
      return call('revoke', selector)
    },
    async revokeAccessToken(hash) {
      assertText(hash)
      await call('revokeAccessToken', hash)
    },
    async listGrants(selector, { after = '', limit }) {
      for (const value of Object.values(selector)) assertText(value)
      return call('listGrants', selector, after, limit)
    },

    addRecord: ({ key, data, expiresAt }) =>
      call('addRecord', { key, data, expiresAt, removeAt: expiresAt }),
    async getRecord(key) {
      if (!isText(key)) return null
      return recordOf((await run({ do: 'get', table: 'records', key })) as RecordRow | null)
    },
    async takeRecord(key) {
      return isText(key) ? recordOf(await call<RecordRow | null>('takeRecord', key)) : null
    },

    async purge(before, limit) {
      return cleanup === 'native' ? { deleted: 0, more: false } : call('purge', before, limit)
    },
    async check() {
      const damaged = await call<string[]>('damaged')
      return damaged.map((problem) => ({ problem, fix: 'Create the index again' }))
    },

    async getUser(id) {
      return isText(id) ? ((await run({ do: 'get', table: 'users', key: id })) as never) : null
    },
    async getUserByUsername(username) {
      if (!isText(username)) return null
      const [user] = (await run({ do: 'select', table: 'users', where: { username } })) as never[]
      return user ?? null
    },
    createUser: (user) => call('createUser', user),
    updateUser: (user, version) => call('updateUser', user, version),
    async deleteUser(id, markUntil) {
      assertText(id)
      await call('removeUser', id, markUntil)
      await call('revoke', { userId: id })
    },
    listUsers: ({ after = '', limit }) => call('listUsers', after, limit),
  }
}

function rows(credentials: readonly NewCredential[]): NewRow[] {
  return credentials.map((one) => ({ ...one, removeAt: removeAt(one) }))
}

/** Returns the record without the members that only the database uses. */
function recordOf(row: RecordRow | null): StoredRecord | null {
  return row && { key: row.key, data: row.data, expiresAt: row.expiresAt }
}

/** Returns when a database that removes expired data by itself removes this credential, or null. */
export function removeAt({ kind, expiresAt }: NewCredential): number | null {
  if (expiresAt === null) return null
  return kind === 'answer' ? expiresAt : expiresAt + retentionMs
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function assertText(value: unknown): void {
  if (!isText(value)) throw new TypeError('Ids, keys and hashes must be strings')
}
