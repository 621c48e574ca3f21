import { withCode } from '../errors/error-code'
import { sha256 } from '../crypto/hash'
import type { Client, Credential, Hash } from '../contract/store'
import type { UsedStore } from './with-timeout'
import { assertId } from '../contract/ids'

/** Returns functions that read from a store. They accept only records that match exactly. */
export function reading(store: UsedStore) {
  async function getClient(id: string): Promise<Client | null> {
    assertId(id, 'client_id')
    return unlessRetired(exactClient(id, await store.getClient(id)))
  }

  /** Calls `use` with the credential of this token, or `null`, and resolves with its result. */
  function find<T>(token: string, use: (credential: Credential | null) => T): Promise<T> {
    return findByHash(sha256(token), use)
  }

  /** Calls `use` with the credential under this hash, or `null`, and resolves with its result. */
  function findByHash<T>(hash: Hash, use: (credential: Credential | null) => T): Promise<T> {
    return store.find(hash).then((credential) => use(exact(hash, credential)))
  }

  function isRedeemed(credential: Pick<Credential, 'hash' | 'grant'>): Promise<boolean> {
    return store.isRedeemed(credential)
  }

  return { getClient, find, findByHash, isRedeemed }
}

/**
 * Returns the client. Throws an Error if its id differs, because some databases ignore case or
 * trailing spaces.
 */
export function exactClient(id: string, client: Client | null): Client | null {
  if (client && client.id !== id)
    throw withCode(
      'OAUTH2_KIT_STORE',
      new Error("The store's getClient() returned a client with another id: compare ids exactly"),
    )
  return client
}

/** Returns the client, or `null` if the purge is removing it. */
function unlessRetired(client: Client | null): Client | null {
  return client?.registration?.retired ? null : client
}

function exact(hash: Hash, credential: Credential | null): Credential | null {
  // Some databases compare without regard to case or trailing spaces.
  if (credential && credential.hash !== hash) {
    throw withCode(
      'OAUTH2_KIT_STORE',
      new Error(
        "The store's find() returned a credential with another hash: compare hashes exactly",
      ),
    )
  }
  return credential
}
