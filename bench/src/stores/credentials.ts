import { createHash, randomBytes, randomUUID } from 'node:crypto'
import {
  type Client,
  type Credential,
  type Grant,
  type GrantRef,
  type NewCredential,
  type Store,
  createClient,
} from '@oauth2-kit/core'

/** How many grants are issued concurrently. */
const atOnce = 20

/** Data as the core writes it. The refresh token contains the number of rotations. */
const refreshData = JSON.stringify({
  scope: 'profile email',
  rotations: { since: 1_800_000_000_000, count: 3 },
})
const accessData = JSON.stringify({ scope: 'profile email' })
/** As long as the sealed answer that the core stores for a repeated refresh. */
const answerData = JSON.stringify({ scope: '', sealed: 'x'.repeat(330) })

/** Creates a client in the store, because the core's conditions of `issue` need one. */
export async function aClient(store: Store): Promise<Client> {
  const { client } = await createClient(store, {
    id: `client-${randomUUID()}`,
    redirectUris: ['https://client.example.com/callback'],
    scopes: ['profile', 'email'],
  })
  return client
}

/** Returns a grant of a new user, at that client or at one of sixteen. */
export function aGrant(clientId?: string): Grant {
  const id = randomUUID()
  return {
    id,
    clientId: clientId ?? `client-${id.slice(0, 1)}`,
    userId: `user-${id}`,
    createdAt: Date.now(),
    data: accessData,
  }
}

/**
 * Returns a refresh token for two weeks and an access token for an hour, or with other lifetimes in
 * milliseconds.
 */
export function someTokens(refreshMs = 1_209_600_000, accessMs = 3_600_000): NewCredential[] {
  return [
    aCredential('refresh', refreshMs, refreshData),
    aCredential('access', accessMs, accessData),
  ]
}

/**
 * Returns the successors of a refresh token: the same two tokens, and the sealed answer, which
 * lives ten seconds. Lifetimes are in milliseconds.
 */
export function someSuccessors(
  refreshMs?: number,
  accessMs?: number,
  answerMs = 10_000,
): NewCredential[] {
  return [...someTokens(refreshMs, accessMs), aCredential('answer', answerMs, answerData)]
}

/** Returns the refresh token of those, as a store finds it. */
export function refreshTokenOf([refresh]: NewCredential[], grant: GrantRef): Credential {
  const { id, clientId, userId } = grant
  return { ...refresh!, grant: { id, clientId, userId } }
}

/** Issues new grants, a few at a time, and resolves with their refresh tokens. */
export async function someGrants(store: Store, count: number): Promise<Credential[]> {
  const made: Credential[] = []
  while (made.length < count) {
    const batch = Array.from({ length: Math.min(atOnce, count - made.length) }, async () => {
      const [grant, tokens] = [aGrant(), someTokens()]
      await store.issue(grant, tokens, {})
      return refreshTokenOf(tokens, grant)
    })
    made.push(...(await Promise.all(batch)))
  }
  return made
}

function aCredential(
  kind: 'refresh' | 'access' | 'answer',
  lifetimeMs: number,
  data: string,
): NewCredential {
  const hash = createHash('sha256').update(randomBytes(20)).digest('hex')
  const createdAt = Date.now()
  return { hash, kind, createdAt, expiresAt: createdAt + lifetimeMs, data }
}
