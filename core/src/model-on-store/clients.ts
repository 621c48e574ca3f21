import type { Client } from '../contract/store'
import { secretHashesOf, secretVerifier } from '../crypto/client-secret'
import type { Passwords } from '../crypto/password'
import type { reading } from '../storage/reading'
import { isIdText, isText } from './text'

const mostVersions = 1000

/** The clients of a store, as a model needs them. */
export type StoreClients = ReturnType<typeof clientsOnStore>

/** Returns functions that look up and authenticate the clients of a store. */
export function clientsOnStore(
  { getClient }: ReturnType<typeof reading>,
  passwords: Passwords,
  now: () => number,
) {
  const secrets = secretVerifier(passwords)
  const versions = new Map<string, string>()

  /** Resolves with the client with this id, or with `null`. */
  async function known(id: unknown): Promise<Client | null> {
    if (!isIdText(id)) return null
    const client = await getClient(id)
    versions.delete(id)
    if (client) versions.set(id, client.version)
    const [oldest] = versions.keys()
    if (versions.size > mostVersions && oldest !== undefined) versions.delete(oldest)
    return client
  }

  /** Resolves with the client if this is one of its secrets, otherwise with `null`. */
  async function verified(id: unknown, secret: unknown): Promise<Client | null> {
    const client = await known(id)
    const hashes = client ? secretHashesOf(client, now()) : []
    if (!isText(secret) || hashes.length === 0) return null
    return (await secrets.verify([secret], hashes)) ? client : null
  }

  /** Resolves with the version of the last known state of a client, if it exists. */
  async function versionOf(id: string): Promise<string | undefined> {
    return versions.get(id) ?? (await known(id))?.version
  }

  return { known, verified, versionOf }
}
