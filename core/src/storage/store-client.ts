import type { Client } from '../contract/store'
import type { StorageClient } from './storage'
import { withoutSecret } from './without-secret'

const records = new WeakMap<StorageClient, Client>()

/** Returns a client of the store without its secret, for the endpoints and the application. */
export function storageClient(client: Client): StorageClient {
  const shown: StorageClient = withoutSecret(client)
  records.set(shown, client)
  return shown
}

/** Returns the stored record of a client, or undefined if the client is not kept in the store. */
export function clientRecordOf(client: StorageClient): Client | undefined {
  return records.get(client)
}
