import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { Credential, Grant, GrantRef, NewCredential, Store } from '@oauth2-kit/core'

/** How many grants are issued at the same time. */
const atOnce = 20

/** Data as long as the core's, with an answer sealed for a repeated refresh. */
const refreshData = JSON.stringify({ scope: 'profile email', sealed: 'x'.repeat(250) })
const accessData = JSON.stringify({ scope: 'profile email' })

/** A grant of a user of their own, at one of a few clients. */
export function aGrant(): Grant {
  const id = randomUUID()
  const clientId = `client-${id.slice(0, 1)}`
  return { id, clientId, userId: `user-${id}`, createdAt: Date.now(), data: accessData }
}

/** A refresh token of two weeks and an access token of an hour; or of other lifetimes, in ms. */
export function someTokens(refreshMs = 1_209_600_000, accessMs = 3_600_000): NewCredential[] {
  return [
    aCredential('refresh', refreshMs, refreshData),
    aCredential('access', accessMs, accessData),
  ]
}

/** The refresh token of those, as a store finds it. */
export function refreshTokenOf([refresh]: NewCredential[], grant: GrantRef): Credential {
  const { id, clientId, userId } = grant
  return { ...refresh!, grant: { id, clientId, userId } }
}

/** The refresh tokens of new grants, issued a few at a time. */
export async function someGrants(store: Store, count: number): Promise<Credential[]> {
  const made: Credential[] = []
  while (made.length < count) {
    const batch = Array.from({ length: Math.min(atOnce, count - made.length) }, async () => {
      const [grant, tokens] = [aGrant(), someTokens()]
      await store.issue(grant, tokens)
      return refreshTokenOf(tokens, grant)
    })
    // oxlint-disable-next-line no-await-in-loop -- no more than a pool of connections can take
    made.push(...(await Promise.all(batch)))
  }
  return made
}

function aCredential(kind: 'refresh' | 'access', lifetimeMs: number, data: string): NewCredential {
  const hash = createHash('sha256').update(randomBytes(20)).digest('hex')
  const createdAt = Date.now()
  return { hash, kind, createdAt, expiresAt: createdAt + lifetimeMs, data }
}
