import type { Client } from '@oauth2-kit/core'
import { type Base, type Mutant, answers } from '../mutant'

/** Finds a client by its folded id, as a collation does, if no client has the exact id. */
function foldsIds(fold: (text: string) => string): Mutant['breaks'] {
  return ({ store, run }) => ({
    async getClient(id) {
      const exact = await store.getClient(id)
      if (exact || typeof id !== 'string') return exact
      const clients = await run<Client[]>({ do: 'select', table: 'clients', where: {} })
      return clients.find((one) => fold(one.id) === fold(id)) ?? null
    },
  })
}

/** Changes data before it is written. */
function writes(change: (data: string) => string): Mutant['breaks'] {
  return ({ store }) => ({
    issue: (grant, credentials, conditions) =>
      store.issue(
        grant,
        credentials.map((one) => ({ ...one, data: change(one.data) })),
        conditions,
      ),
  })
}

/** Changes clients before they are written. */
function keepsClients(change: (client: Client) => Client): Mutant['breaks'] {
  return ({ store }) => ({ createClient: (client) => store.createClient(change(client)) })
}

export const valueMutants: Mutant[] = [
  {
    name: 'getClient() ignores upper and lower case',
    caughtBy: 'value.case',
    breaks: foldsIds((text) => text.toLowerCase()),
  },
  {
    name: 'getClient() ignores trailing spaces',
    caughtBy: 'value.trailing-space',
    breaks: foldsIds((text) => text.trimEnd()),
  },
  {
    name: 'getClient() ignores accents or normalises ids',
    caughtBy: 'value.normalise',
    breaks: foldsIds((text) => text.normalize('NFD').replaceAll(/\p{M}/gu, '')),
  },
  {
    name: 'getClient() compares only the first 250 characters',
    caughtBy: 'value.length',
    breaks: foldsIds((text) => text.slice(0, 250)),
  },
  {
    name: 'getClient() compares ids in latin1 or three-byte UTF-8',
    caughtBy: 'value.unicode',
    also: ['value.*', 'client.*'],
    breaks: foldsIds((text) => text.replaceAll(/[\u{10000}-\u{10ffff}]/gu, '?')),
  },
  {
    name: 'issue() cuts "data" of more than 1,000 characters',
    caughtBy: 'value.large',
    breaks: writes((data) => (data.length > 1000 ? `${data.slice(0, 990)}"}` : data)),
  },
  {
    name: 'issue() keeps "data" in a JSON column, which sorts keys and drops duplicates',
    caughtBy: 'value.data',
    breaks: writes((data) => {
      try {
        const value: unknown = JSON.parse(data)
        return JSON.stringify(value)
      } catch {
        return data
      }
    }),
  },
  {
    name: 'createClient() loses metadata keys with a dot or a dollar',
    caughtBy: 'value.keys',
    also: ['inject.sql'],
    breaks: keepsClients((client) => ({
      ...client,
      ...(client.metadata && {
        metadata: Object.fromEntries(
          Object.entries(client.metadata).filter(([key]) => !/[.$]/.test(key)),
        ),
      }),
    })),
  },
  {
    name: 'createClient() loses a `__proto__` key in metadata',
    caughtBy: 'value.proto',
    breaks: keepsClients((client) => {
      if (!client.metadata) return client
      const copied: Record<string, unknown> = {}
      for (const [key, value] of Object.entries(client.metadata)) copied[key] = value
      return { ...client, metadata: copied }
    }),
  },
  {
    name: 'getClient() returns a shared mutable object',
    caughtBy: 'value.aliasing',
    also: ['client.*', 'isolate.*', 'inject.*', 'value.*'],
    breaks({ store }) {
      const cache = new Map<string, Client>()
      return {
        async getClient(id) {
          const known = cache.get(id)
          if (known) return known
          const client = await store.getClient(id)
          if (client) cache.set(id, client)
          return client
        },
        async updateClient(client, version) {
          cache.delete(client.id)
          return store.updateClient(client, version)
        },
        async deleteClient(id) {
          cache.delete(id)
          await store.deleteClient(id)
        },
      }
    },
  },
]

export const injectMutants: Mutant[] = [
  {
    name: 'getClient() matches an object with an operator',
    caughtBy: 'inject.operator',
    breaks: ({ store, run }) => ({
      async getClient(id) {
        if (typeof id === 'object' && id !== null && '$ne' in id) {
          const [first] = await run<Client[]>({ do: 'select', table: 'clients', where: {} })
          return first ?? null
        }
        return store.getClient(id)
      },
    }),
  },
  {
    name: 'getClient() treats `%`, `_` or a glob as a pattern',
    caughtBy: 'inject.pattern',
    also: ['user.round-trip'],
    breaks: ({ store, run }) => ({
      async getClient(id) {
        const exact = await store.getClient(id)
        if (exact || typeof id !== 'string' || !/[%_]/.test(id)) return exact
        const clients = await run<Client[]>({ do: 'select', table: 'clients', where: {} })
        return clients.find((one) => like(one.id, id)) ?? null
      },
    }),
  },
  {
    name: 'getClient() builds its SQL or its Lua key from strings',
    caughtBy: 'inject.sql',
    also: ['inject.*', 'value.*'],
    breaks: ({ store }) => ({
      async getClient(id) {
        if (typeof id === 'string' && id.includes("'"))
          throw new SyntaxError('syntax error at or near "OR"')
        return store.getClient(id)
      },
    }),
  },
  {
    name: 'revoke() joins the user id and the client id by a colon',
    caughtBy: 'inject.separator',
    breaks: ({ store }) => ({
      async revoke(selector) {
        const plain = await store.revoke(selector)
        if (!('userId' in selector) || selector.clientId === undefined) return plain
        const joined = `${selector.userId}:${selector.clientId}`
        let more = 0
        for (let at = joined.indexOf(':'); at !== -1; at = joined.indexOf(':', at + 1)) {
          more += await store.revoke({
            userId: joined.slice(0, at),
            clientId: joined.slice(at + 1),
          })
        }
        return plain + more
      },
    }),
  },
]

export const isolateMutants: Mutant[] = [
  {
    name: 'look-ups of clients ignore the tenant',
    caughtBy: 'isolate.tenant',
    // Its grants are refused, because the namespace of the store has no client.
    also: [
      'isolate.*',
      'value.*',
      'user.*',
      'shape.answers',
      'client.*',
      'issue.*',
      'code.*',
      'refresh.*',
      'grant.*',
      'expiry.*',
      'secret.*',
    ],
    breaks: ({ store, runIn }) => ({
      // All namespaces share one list of clients.
      createClient: (client) =>
        runIn('everybody', { do: 'call', procedure: 'createClient', args: [client] }),
      updateClient: (client, version) =>
        runIn('everybody', { do: 'call', procedure: 'updateClient', args: [client, version] }),
      getClient: (id) =>
        typeof id === 'string'
          ? runIn('everybody', { do: 'get', table: 'clients', key: id })
          : store.getClient(id),
      deleteClient: async (id) => {
        if (typeof id === 'string')
          await runIn('everybody', { do: 'remove', table: 'clients', where: { id } })
        await store.deleteClient(id)
      },
      listClients: ({ after = '', limit }) =>
        runIn('everybody', { do: 'call', procedure: 'listClients', args: [after, limit] }),
    }),
  },
  {
    name: 'revoke() by user affects other namespaces',
    caughtBy: 'isolate.purge',
    also: ['isolate.tenant', 'fuzz.*'],
    breaks: (base) => crossing(base),
  },
]

/** The stores that this process has seen, in every namespace: `revoke` by user affects each. */
const seen = new Set<Base>()
function crossing(base: Base): Partial<Base['store']> {
  seen.add(base)
  return {
    async revoke(selector) {
      const own = await base.store.revoke(selector)
      if (!('userId' in selector)) return own
      for (const other of seen)
        if (other !== base) await other.store.revoke(selector).catch(() => 0)
      return own
    },
  }
}

/** Matches like LIKE in SQL. */
function like(text: string, pattern: string): boolean {
  const source = pattern
    .replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('%', '.*')
    .replaceAll('_', '.')
  return new RegExp(`^${source}$`, 's').test(text)
}

export const fuzzMutants: Mutant[] = [
  {
    name: 'getClient() returns a name with combining marks in composed form',
    caughtBy: 'fuzz.text',
    also: ['fuzz.*'],
    breaks: ({ store }) => ({
      getClient: answers(store.getClient, (client) =>
        client?.name !== undefined && /\p{M}/u.test(client.name)
          ? { ...client, name: client.name.normalize('NFC') }
          : client,
      ),
    }),
  },
  {
    name: 'getClient() turns 0 and false in metadata into null',
    caughtBy: 'fuzz.payload',
    also: ['client.*', 'value.*'],
    breaks: ({ store }) => ({
      getClient: answers(store.getClient, (client) => {
        if (!client?.metadata) return client
        const entries = Object.entries(client.metadata).map(([key, value]) => [
          key,
          value === 0 || value === false ? null : value,
        ])
        return { ...client, metadata: Object.fromEntries(entries) as Record<string, unknown> }
      }),
    }),
  },
  {
    name: 'redeem() returns "unknown" for a retry after extend() of the grant',
    caughtBy: 'fuzz.model',
    breaks({ store }) {
      const extended = new Set<string>()
      const redeemed = new Set<string>()
      return {
        async extend(grant, credentials) {
          extended.add(grant.id)
          return store.extend(grant, credentials)
        },
        async redeem(old, made) {
          const outcome = await store.redeem(old, made)
          const isRetry = outcome.status === 'redeemed' && redeemed.has(old.hash)
          redeemed.add(old.hash)
          return isRetry && extended.has(old.grant.id) ? { status: 'unknown' } : outcome
        },
      }
    },
  },
]
