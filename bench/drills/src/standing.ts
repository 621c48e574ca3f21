import path from 'node:path'
import type { Store } from '@oauth2-kit/core'
import type { Entry } from './log'

/** The store of the providers, opened in this process. */
export interface Opened {
  store: Store
  close: () => Promise<void>
}

const attempts = 10

const provider = path.dirname(require.resolve('@oauth2-kit/example-provider/package.json'))

/**
 * Looks up every access and refresh token of the log in the database itself, bypassing the
 * providers. Resolves with entries for the audit.
 */
export async function lookUpTokens(
  entries: readonly Entry[],
  environment: Record<string, string>,
): Promise<Entry[]> {
  const { store, close } = await openDirectly(environment)
  try {
    const lookups: Entry[] = []
    for (const { grant, hash } of tokensIn(entries)) {
      const start = Date.now()
      const found = await store.find(hash)
      lookups.push({
        operation: 'database',
        start,
        end: Date.now(),
        provider: -1,
        grant,
        presented: hash,
        status: 200,
        error: null,
        issued: [],
        active: found !== null,
      })
    }
    return lookups
  } finally {
    await close()
  }
}

/** Opens the store of the providers directly. */
export async function openDirectly(environment: Record<string, string>): Promise<Opened> {
  const { openStore } = require(path.join(provider, 'dist/stores')) as {
    openStore: (config: object) => Promise<Opened>
  }
  const { readConfig } = require(path.join(provider, 'dist/config')) as {
    readConfig: (environment: Record<string, string>) => object
  }
  return again(() => openStore(readConfig(environment)))
}

/** On a busy machine the first connections may time out. */
async function again<T>(open: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await open()
    } catch (error) {
      if (attempt === attempts) throw error
    }
  }
}

function tokensIn(entries: readonly Entry[]): { grant: string | null; hash: string }[] {
  const found = new Map<string, string | null>()
  for (const { grant, issued } of entries) {
    for (const { kind, hash } of issued) if (kind !== 'code') found.set(hash, grant)
  }
  return [...found].map(([hash, grant]) => ({ hash, grant }))
}
