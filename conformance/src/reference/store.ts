import type { Credential, Manifest, NewCredential, Redemption, Store } from '@oauth2-kit/core'
import type { Connection, Statement } from './connection'
import type { NewRow, procedures } from './procedures'

/** How a reference store differs. */
export interface ReferenceOptions {
  /** Whether the database removes what has expired, or `purge` does. @default 'purge' */
  cleanup?: Manifest['cleanup']
}

const retentionMs = 3_600_000

/** The contract over a connection: one procedure, and one round trip, a method. */
export function referenceStore(
  connection: Connection,
  namespace: string,
  { cleanup = 'purge' }: ReferenceOptions = {},
): Required<Store> {
  const supports: Manifest = Object.freeze({
    contract: 1,
    roundTrips: Object.freeze({ find: 1, issue: 1, redeem: 1, extend: 1, revoke: 1 }),
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
    async saveClient(client) {
      await run({ do: 'put', table: 'clients', row: client })
    },
    async deleteClient(id) {
      assertText(id)
      await run({ do: 'remove', table: 'clients', where: { id } })
      await call('revoke', { clientId: id })
    },
    listClients: ({ after = '', limit }) => call('listClients', after, limit),

    async issue(grant, credentials) {
      const { id, clientId, userId, createdAt, data } = grant
      await call('issue', { id, clientId, userId, createdAt, data }, rows(credentials))
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
    async revokeCredential(hash) {
      assertText(hash)
      await call('revokeCredential', hash)
    },
    async listGrants(selector, { after = '', limit }) {
      for (const value of Object.values(selector)) assertText(value)
      return call('listGrants', selector, after, limit)
    },
    remember: (key, expiresAt) => call('remember', key, expiresAt),
    async purge(before, limit) {
      return cleanup === 'native' ? { deleted: 0, more: false } : call('purge', before, limit)
    },
    async check() {
      const damaged = await call<string[]>('damaged')
      return damaged.map((problem) => ({ problem, mend: 'Make the index again' }))
    },

    async getUser(username) {
      if (!isText(username)) return null
      const [user] = (await run({ do: 'select', table: 'users', where: { username } })) as never[]
      return user ?? null
    },
    async saveUser(user) {
      await call('saveUser', user)
    },
    async deleteUser(id) {
      assertText(id)
      await run({ do: 'remove', table: 'users', where: { id } })
      await call('revoke', { userId: id })
    },
  }
}

function rows(credentials: readonly NewCredential[]): NewRow[] {
  return credentials.map((one) => ({ ...one, removeAt: removeAt(one.expiresAt) }))
}

/** When a database that cleans up by itself removes what expires then. */
export function removeAt(expiresAt: number | null): number | null {
  return expiresAt === null ? null : expiresAt + retentionMs
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function assertText(value: unknown): void {
  if (!isText(value)) throw new TypeError('What a store is asked for must be a string')
}
