import { randomUUID } from 'node:crypto'
import type { Store } from '@oauth2-kit/core'
import { sha256 } from '../../src/crypto/hash'

/** Whose grant it is, and when its access token expires: milliseconds since the epoch. */
export interface Given {
  clientId?: string
  userId?: string
  expiresAt?: number
}

/** A grant with one access token, of ids that nobody else has. */
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
