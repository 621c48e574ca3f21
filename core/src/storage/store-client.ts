import type { Client } from '../contract/store'
import type { StorageClient } from './storage'
import { withoutSecret } from './without-secret'

const records = new WeakMap<StorageClient, Client>()

/** Returns what the engine works with and the application sees of a client in the store. */
export function storageClient(client: Client): StorageClient {
  const shown: StorageClient = withoutSecret(client)
  records.set(shown, client)
  return shown
}

/** The record that a client was made of; none for a client that is not kept in the store. */
export function clientRecordOf(client: StorageClient): Client | undefined {
  return records.get(client)
}
