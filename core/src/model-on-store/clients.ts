import type { Client, Store } from '../contract/store'
import type { Passwords } from '../crypto/password'
import { secretForms } from '../protocol/client-authentication'
import { warning } from '../reporting'
import { clientSecrets } from '../storage/client-secrets'
import type { reading } from '../storage/reading'
import { isIdText, isText } from './text'

const mostVersions = 1000

/** The clients of a store, as a model needs them. */
export type StoreClients = ReturnType<typeof clientsOnStore>

/** Returns functions that look up and authenticate the clients of a store. */
export function clientsOnStore(
  store: Pick<Store, 'getClient' | 'updateClient'>,
  { getClient }: ReturnType<typeof reading>,
  passwords: Passwords,
  now: () => number,
) {
  const warn = warning('The secret remains valid, and its next use tries again')
  let isReported = false
  const secrets = clientSecrets(store, passwords, now, (error) => {
    if (!isReported) warn("The hash of a client's secret could not be renewed", error)
    isReported = true
  })
  const versions = new Map<string, string>()

  /**
   * Resolves with the client with this id, or with `null`, also if its tokens must be bound to a key
   * (RFC 9449 5.2) or its authorization requests must be pushed (RFC 9126 6), which the servers cannot
   * do.
   */
  async function known(id: unknown): Promise<Client | null> {
    if (!isIdText(id)) return null
    const found = await getClient(id)
    const needsMore = found?.dpopBoundAccessTokens || found?.requirePushedAuthorizationRequests
    const client = needsMore ? null : found
    versions.delete(id)
    if (client) remember(client)
    return client
  }

  function remember({ id, version }: Client): void {
    versions.set(id, version)
    const [oldest] = versions.keys()
    if (versions.size > mostVersions && oldest !== undefined) versions.delete(oldest)
  }

  /**
   * Resolves with the client if this is one of its secrets, otherwise with `null`. The servers pass
   * the secret of a Basic header as it is.
   */
  async function verified(id: unknown, secret: unknown): Promise<Client | null> {
    const client = await known(id)
    if (!client || !isText(secret)) return null
    const authentic = await secrets.authenticated(client, secretForms(secret))
    if (authentic && authentic !== client) remember(authentic)
    return authentic
  }

  /** Resolves with the version of the last known state of a client, if it exists. */
  async function versionOf(id: string): Promise<string | undefined> {
    return versions.get(id) ?? (await known(id))?.version
  }

  return { known, verified, versionOf }
}
