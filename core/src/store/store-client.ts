import type { Client } from './contract'
import type { PortClient } from './port'
import { withoutSecret } from './without-secret'

const records = new WeakMap<PortClient, Client>()

/** Returns what the engine works with and the application sees of a client in the store. */
export function engineClient(client: Client): PortClient {
  const shown: PortClient = withoutSecret(client)
  records.set(shown, client)
  return shown
}

/** The record that a client was made of; none for a client that is not kept in the store. */
export function clientRecordOf(client: PortClient): Client | undefined {
  return records.get(client)
}
