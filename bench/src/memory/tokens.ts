import { randomBytes } from 'node:crypto'
import { memoryStore } from '@oauth2-kit/memory'

const clients = 100
const retentionSeconds = 3600
const lifetimeMs = 3_600_000
const purgedAtOnce = 10_000

/** Access tokens by hash, in the storage under test. */
export interface Tokens {
  add(hash: string): Promise<void>
  find(hash: string): Promise<unknown>
  /** Makes all tokens expire and removes them. */
  expire(): Promise<void>
}

/** Returns what the client-credentials grant stores in the memory store: a grant with one token. */
export function inMemoryStore(): Tokens {
  let now = Date.now()
  const store = memoryStore({ now: () => now, retentionSeconds })
  let added = 0
  return {
    async add(hash) {
      const grant = {
        id: randomBytes(16).toString('hex'),
        clientId: `client-${added++ % clients}`,
        userId: null,
        createdAt: now,
        data: JSON.stringify({ scope: 'profile email' }),
      }
      const token = {
        hash,
        kind: 'access' as const,
        createdAt: now,
        expiresAt: now + lifetimeMs,
        data: JSON.stringify({ scope: 'profile email' }),
      }
      await store.issue(grant, [token], {})
    },
    find: (hash) => store.find(hash),
    async expire() {
      now += lifetimeMs + retentionSeconds * 1000 + 60_000
      const before = { credentials: now - retentionSeconds * 1000, shortLived: now }
      let more = true
      while (more) {
        ;({ more } = await store.purge(before, purgedAtOnce))
      }
    },
  }
}

/** Returns the lower bound: no storage in memory needs less. */
export function inPlainMap(): Tokens {
  const map = new Map<string, { expiresAt: number }>()
  return {
    async add(hash) {
      map.set(hash, { expiresAt: Date.now() + lifetimeMs })
    },
    async find(hash) {
      return map.get(hash)
    },
    async expire() {
      map.clear()
    },
  }
}
