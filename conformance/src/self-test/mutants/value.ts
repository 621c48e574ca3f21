import type { Client } from '@oauth2-kit/core'
import type { Mutant } from '../mutant'
import { caching } from './caching'

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
    also: ['value.*'],
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
    also: ['value.*'],
    breaks: writes((data) => (data.length > 1000 ? `${data.slice(0, 990)}"}` : data)),
  },
  {
    name: 'issue() keeps "data" in a JSON column, which sorts keys and drops duplicates',
    caughtBy: 'value.data',
    also: ['value.*'],
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
    also: ['inject.sql', 'client.values'],
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
    breaks: caching('Client', (client) => client),
  },
]
