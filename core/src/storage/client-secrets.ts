import { isGeneratedSecret, secretHashesOf, secretVerifier } from '../crypto/client-secret'
import type { SecretMatch } from '../crypto/client-secret'
import type { Passwords } from '../crypto/password'
import type { Client, Store } from '../contract/store'
import { newVersion } from './version'

/** Authenticates clients of a store by their secrets. */
export interface ClientSecrets {
  /**
   * Resolves with the client if one of the secrets is right, or if it is public and no secret was
   * sent. If the hash of the secret was made with outdated parameters or by another function, it is
   * renewed, and the client is the new record.
   */
  authenticated(client: Client, sent: readonly string[]): Promise<Client | null>
  /** Resolves with whether `authenticated` would accept the secrets. Changes nothing. */
  areRight(client: Client, sent: readonly string[]): Promise<boolean>
  /**
   * Returns whether the secrets may be guesses. A generated secret of 256 random bits cannot be
   * guessed. A secret that was verified before is no guess either, so that guesses by others do not
   * lock out the client.
   */
  isGuess(client: Client, sent: readonly string[]): boolean
}

/**
 * Returns whether a secret can authenticate the client. A client with keys has none, and must not
 * be taken for a public one.
 */
function hasSecret({ secretHash, authMethod }: Client): boolean {
  return secretHash !== null && authMethod !== 'private_key_jwt'
}

function isPublic({ type }: Client): boolean {
  return type === 'public'
}

/**
 * Returns functions that authenticate clients by their secrets. `now` is the clock in milliseconds
 * since the epoch. `failed` receives the error of a hash that could not be renewed, which does not
 * refuse the right secret. The next request tries again.
 */
export function clientSecrets(
  store: Pick<Store, 'getClient' | 'updateClient'>,
  passwords: Passwords,
  now: () => number,
  failed: (error: unknown) => void,
): ClientSecrets {
  const verifier = secretVerifier(passwords)
  // Concurrent requests of one client renew its hash once. The key is the version of the record.
  const pending = new Map<string, Promise<Client>>()

  async function match(client: Client, sent: readonly string[]): Promise<SecretMatch | null> {
    return verifier.match(sent, secretHashesOf(client, now()))
  }

  function renewed(client: Client, secret: string): Promise<Client> {
    const renewing = pending.get(client.version)
    if (renewing) return renewing
    const attempt = renew(client, secret).finally(() => pending.delete(client.version))
    pending.set(client.version, attempt)
    return attempt
  }

  /**
   * Resolves with the client under a new hash. If another call changed the record first, that change
   * must not be overwritten: resolves with the present record if the secret is right for it, and
   * otherwise with the unchanged one.
   */
  async function renew(client: Client, secret: string): Promise<Client> {
    try {
      const secretHash = await verifier.rehash(secret)
      const after = { ...client, secretHash, version: newVersion() }
      if (await store.updateClient(after, client.version)) return after
      const present = await store.getClient(client.id)
      return present && (await match(present, [secret])) ? present : client
    } catch (error) {
      failed(error)
      return client
    }
  }

  return {
    async authenticated(client, sent) {
      if (!hasSecret(client)) return isPublic(client) && sent.length === 0 ? client : null
      const right = await match(client, sent)
      if (!right) return null
      const { secret, hash } = right
      // A previous secret ends soon, so its hash is not renewed.
      const isOutdated = hash === client.secretHash && verifier.isOutdated(hash)
      return isOutdated ? renewed(client, secret) : client
    },

    async areRight(client, sent) {
      if (!hasSecret(client)) return isPublic(client) && sent.length === 0
      return (await match(client, sent)) !== null
    },

    isGuess(client, sent) {
      const hashes = secretHashesOf(client, now())
      return !hashes.every(isGeneratedSecret) && !verifier.knows(sent, hashes)
    },
  }
}
