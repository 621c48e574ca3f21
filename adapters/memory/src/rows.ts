import type { Credential, Grant, GrantRef, NewCredential } from '@oauth2-kit/core'
import { Entry, Family } from './schema'

/**
 * Between what the contract speaks of and what is kept, whose times count from `base` (milliseconds
 * since the epoch).
 */
export function rows(base: number) {
  // Most tokens of a client have the same data.
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

    toFamily({ id, clientId, userId, createdAt, data }: Grant): Family {
      return new Family(id, shared(clientId), userId, createdAt - base, shared(data))
    },

    toEntry({ hash, kind, createdAt, expiresAt, data }: NewCredential, family: Family): Entry {
      const end = expiresAt === null ? null : expiresAt - base
      return new Entry(
        family,
        hash,
        kind,
        createdAt - base,
        end,
        data.length > 200 ? data : shared(data),
      )
    },

    toCredential(entry: Entry): Credential {
      const { hash, kind, createdAt, expiresAt, data, family } = entry
      const end = expiresAt === null ? null : expiresAt + base
      return { hash, kind, createdAt: createdAt + base, expiresAt: end, data, grant: toRef(family) }
    },

    toGrant(family: Family): Grant {
      return { ...toRef(family), createdAt: family.createdAt + base, data: family.data }
    },
  }
}

function toRef({ id, clientId, userId }: Family): GrantRef {
  return { id, clientId, userId }
}
