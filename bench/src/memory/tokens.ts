import { randomBytes } from 'node:crypto'
import { memoryStore } from '@oauth2-kit/memory'

const clients = 100
const retentionSeconds = 3600
const lifetimeMs = 3_600_000
const purgedAtOnce = 10_000

/** Access tokens by their hashes, in something that is to be measured. */
export interface Tokens {
  add(hash: string): Promise<void>
  find(hash: string): Promise<unknown>
  /** Lets all of them expire, and removes them. */
  expire(): Promise<void>
}

/** What the client-credentials grant leaves in the memory store: a grant and its one token. */
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

/** The floor: what nothing in memory can do with less. */
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
