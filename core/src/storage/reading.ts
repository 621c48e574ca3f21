import { withCode } from '../errors/error-code'
import { sha256 } from '../crypto/hash'
import type { Client, Credential, Hash, Store } from '../contract/store'
import { assertId } from '../contract/ids'

/** Reads from a store: by text only, and believing nothing but an exact match. */
export function reading(store: Store) {
  async function getClient(id: string): Promise<Client | null> {
    assertId(id, 'client_id')
    const client = await store.getClient(id)
    if (client && client.id !== id)
      throw withCode('OAUTH2_KIT_STORE', new Error("The store's getClient gave another client"))
    return client
  }

  /** What `use` makes of the credential that is presented as this token, or of `null`. */
  function find<T>(token: string, use: (credential: Credential | null) => T): Promise<T> {
    return findByHash(sha256(token), use)
  }

  /** The same of the credential that is kept under this hash. */
  function findByHash<T>(hash: Hash, use: (credential: Credential | null) => T): Promise<T> {
    return store.find(hash).then((credential) => use(exact(hash, credential)))
  }

  function isRedeemed(credential: Pick<Credential, 'hash' | 'grant'>): Promise<boolean> {
    return store.isRedeemed(credential)
  }

  return { getClient, find, findByHash, isRedeemed }
}

function exact(hash: Hash, credential: Credential | null): Credential | null {
  // Some databases compare without regard to case or trailing spaces.
  if (credential && credential.hash !== hash) {
    throw withCode('OAUTH2_KIT_STORE', new Error("The store's find gave another credential"))
  }
  return credential
}
