import type { StorageClient } from '../storage/storage'
import { isObject } from '../values/is-object'

/**
 * A client for the application, which may keep and change it: what the server goes on with stays as
 * it is. On a 2.4 model it is what `getClient` returned.
 */
export function exposedClient<C extends StorageClient>(client: C): C {
  if (client.exposed !== undefined) return client.exposed as C
  const entries = Object.entries(client).map(([name, value]: [string, unknown]) => [
    name,
    Array.isArray(value) ? [...value] : isObject(value) ? structuredClone(value) : value,
  ])
  return Object.fromEntries(entries) as C
}
