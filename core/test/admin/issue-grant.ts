import { randomUUID } from 'node:crypto'
import type { Store } from '@oauth2-kit/core'
import { sha256 } from '../../src/crypto/hash'

/** The owner of a grant, and when its access token expires, in milliseconds since the epoch. */
export interface Given {
  clientId?: string
  userId?: string
  expiresAt?: number
}

/** Issues a grant with one access token. Its ids are random by default. */
export async function issueGrant(
  store: Store,
  { clientId = randomUUID(), userId = randomUUID(), expiresAt = Date.now() + 60_000 }: Given = {},
) {
  const grant = { id: randomUUID(), clientId, userId, createdAt: Date.now(), data: '{}' }
  const hash = sha256(randomUUID())
  const access = {
    hash,
    kind: 'access',
    createdAt: grant.createdAt,
    expiresAt,
    data: '{}',
  } as const
  await store.issue(grant, [access], {})
  return { grant, hash }
}
