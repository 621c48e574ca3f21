import type { StorageClient } from '../storage/storage'
import { isObject } from '../values/is-object'

/**
 * Returns a copy of the client that the application may keep and change without affecting the
 * server. On a 2.4 model, returns the result of `getClient`.
 */
export function exposedClient<C extends StorageClient>(client: C): C {
  if (client.exposed !== undefined) return client.exposed as C
  const entries = Object.entries(client).map(([name, value]: [string, unknown]) => [
    name,
    Array.isArray(value) ? [...value] : isObject(value) ? structuredClone(value) : value,
  ])
  return Object.fromEntries(entries) as C
}
