import type { Client } from '@oauth2-kit/core'
import { type Base, type Mutant, answers } from '../mutant'

/** Finds a client by what a collation makes of its id, where there is none of exactly that id. */
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

/** Writes data that is changed on its way. */
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

/** Keeps clients as something makes them. */
function keepsClients(change: (client: Client) => Client): Mutant['breaks'] {
  return ({ store }) => ({ createClient: (client) => store.createClient(change(client)) })
}

export const valueMutants: Mutant[] = [
  {
    name: 'other-case token matches',
    caughtBy: 'value.case',
    breaks: foldsIds((text) => text.toLowerCase()),
  },
  {
    name: 'trailing space ignored',
    caughtBy: 'value.trailing-space',
    breaks: foldsIds((text) => text.trimEnd()),
  },
  {
    name: 'normalised or accent-folded',
    caughtBy: 'value.normalise',
    breaks: foldsIds((text) => text.normalize('NFD').replaceAll(/\p{M}/gu, '')),
  },
  {
    name: 'cut at 250',
    caughtBy: 'value.length',
    breaks: foldsIds((text) => text.slice(0, 250)),
  },
  {
    name: 'latin1 or three-byte UTF-8',
    caughtBy: 'value.unicode',
    also: ['value.*', 'client.*'],
    breaks: foldsIds((text) => text.replaceAll(/[\u{10000}-\u{10ffff}]/gu, '?')),
  },
  {
    name: 'data cut at 1,000',
    caughtBy: 'value.large',
    breaks: writes((data) => (data.length > 1000 ? `${data.slice(0, 990)}"}` : data)),
  },
  {
    name: 'a JSON column: keys sorted, doubles dropped',
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
    name: 'keys with a dot or a dollar get lost',
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
    name: '`__proto__` lost',
    caughtBy: 'value.proto',
    breaks: keepsClients((client) => {
      if (!client.metadata) return client
      const copied: Record<string, unknown> = {}
      for (const [key, value] of Object.entries(client.metadata)) copied[key] = value
      return { ...client, metadata: copied }
    }),
  },
  {
    name: 'returns a shared mutable object',
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
    name: 'object or operator query matches',
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
    name: '`%`, `_` or glob matches',
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
    name: 'string-built SQL or Lua key',
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
    name: 'user and client are joined by a colon',
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
    name: 'look-up ignores client or tenant',
    caughtBy: 'isolate.tenant',
    // Its grants are refused, since the store itself knows no client.
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
      // One list of clients for everybody.
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
    name: 'purge or clear crosses namespaces',
    caughtBy: 'isolate.purge',
    also: ['isolate.tenant', 'fuzz.*'],
    breaks: (base) => crossing(base),
  },
]

/** Whoever revokes by user does so in every namespace that this process has seen. */
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

/** SQL's LIKE. */
function like(text: string, pattern: string): boolean {
  const source = pattern
    .replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('%', '.*')
    .replaceAll('_', '.')
  return new RegExp(`^${source}$`, 's').test(text)
}

export const fuzzMutants: Mutant[] = [
  {
    name: 'a name with combining marks comes back composed',
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
    name: 'zero and false in metadata become null',
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
    name: 'the retry of an attempt is unknown once its grant was extended',
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
