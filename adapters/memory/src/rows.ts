import type { Credential, Grant, GrantRef, NewCredential, StoredRecord } from '@oauth2-kit/core'
import { KeptCredential, KeptGrant, KeptRecord } from './schema'

/**
 * Returns functions that convert between the types of the contract and the stored ones, whose times
 * are relative to `base` (milliseconds since the epoch).
 */
export function rows(base: number) {
  // Most tokens of a client have the same data, so equal texts share one string.
  const texts = new Map<string, string>()

  function shared(text: string): string {
    const known = texts.get(text)
    if (known !== undefined) return known
    if (texts.size >= 1000) texts.clear()
    texts.set(text, text)
    return text
  }

  return {
    toRelative: (time: number) => time - base,
    toAbsolute: (time: number) => time + base,

    toKeptGrant({ id, clientId, userId, createdAt, data }: Grant, sequence: number): KeptGrant {
      return new KeptGrant(sequence, id, shared(clientId), userId, createdAt - base, shared(data))
    },

    toKept(credential: NewCredential, grant: KeptGrant): KeptCredential {
      const { hash, kind, createdAt, expiresAt, data } = credential
      const end = expiresAt === null ? null : expiresAt - base
      const text = data.length > 200 ? data : shared(data)
      return new KeptCredential(grant, hash, kind, createdAt - base, end, text)
    },

    toKeptRecord({ key, data, expiresAt }: StoredRecord): KeptRecord {
      return new KeptRecord(key, data, expiresAt - base)
    },

    toCredential({ hash, kind, createdAt, expiresAt, data, grant }: KeptCredential): Credential {
      const end = expiresAt === null ? null : expiresAt + base
      return { hash, kind, createdAt: createdAt + base, expiresAt: end, data, grant: toRef(grant) }
    },

    toGrant(grant: KeptGrant): Grant {
      return { ...toRef(grant), createdAt: grant.createdAt + base, data: grant.data }
    },

    toRecord({ key, data, expiresAt }: KeptRecord): StoredRecord {
      return { key, data, expiresAt: expiresAt + base }
    },
  }
}

function toRef({ id, clientId, userId }: KeptGrant): GrantRef {
  return { id, clientId, userId }
}
