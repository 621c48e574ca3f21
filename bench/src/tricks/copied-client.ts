import { createClient } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import { exposedClient } from '../../../core/dist/storage/exposed-client'
import { storageClient } from '../../../core/dist/storage/store-client'
import { setup } from '../contenders/contender'
import type { Trick } from './trick'

/** The client of a token request, which the application gets as a copy made by a loop. */
export const copiedClient: Trick = async () => {
  const { client } = await createClient(memoryStore(), {
    redirectUris: [setup.redirectUri],
    scopes: [...setup.scopes],
  })
  const shown = storageClient(client)
  return { plain: () => copyOf(shown), trick: () => exposedClient(shown) }
}

/** Copies an object by its entries. */
function copyOf(object: object): unknown {
  const entries = Object.entries(object).map(([name, value]: [string, unknown]) => [
    name,
    Array.isArray(value)
      ? [...(value as unknown[])]
      : typeof value === 'object' && value !== null
        ? structuredClone(value)
        : value,
  ])
  return Object.fromEntries(entries)
}
