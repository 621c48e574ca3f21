import type { Client } from '@oauth2-kit/core'
import type { Mutant } from '../mutant'

/** Matches like LIKE in SQL. */
function like(text: string, pattern: string): boolean {
  const source = pattern
    .replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('%', '.*')
    .replaceAll('_', '.')
  return new RegExp(`^${source}$`, 's').test(text)
}

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
