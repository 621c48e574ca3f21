import { withCode } from '../error-code'
import { sha256 } from '../security/hash'
import type { Client, Credential, Hash, Store } from './contract'
import type { Within } from './deadline'
import { assertId } from './guard'

/** Reads from a store: in bounded time, by text only, and believing nothing but an exact match. */
export function reading(store: Store, within: Within) {
  async function getClient(id: string): Promise<Client | null> {
    assertId(id, 'client_id')
    const client = await within(() => store.getClient(id), "The store's getClient")
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
    return within(() => store.find(hash), "The store's find").then((credential) =>
      use(exact(hash, credential)),
    )
  }

  function isRedeemed(credential: Pick<Credential, 'hash' | 'grant'>): Promise<boolean> {
    return within(() => store.isRedeemed(credential), "The store's isRedeemed")
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
