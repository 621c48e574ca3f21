import { InvalidClientError, InvalidGrantError } from '../errors/errors'
import type { Emit } from '../events'
import { authMethodsOf } from '../protocol/client-authentication'
import type { Settings } from '../options/settings'
import { sha256 } from '../crypto/hash'
import type { KeyRing } from '../crypto/key-ring'
import type { AuthMethod, Client, Credential, Store } from '../contract/store'
import { dataOf } from './parsed-data'
import type { WithTimeout } from '../async/timeout'
import type { RemoteKeySets } from '../http/remote-key-sets'
import type { OAuthRequest } from '../http/request'
import { clientAssertions } from './client-assertions'
import { clientDocuments } from './client-documents'
import { clientSecrets } from './client-secrets'
import { deviceCodeHash, deviceCodes } from './device-codes'
import { isFirstUse } from './first-use'
import { keySetsFor } from './key-sets'
import { StoreHealth } from './health'
import { issuing } from './issuing'
import type {
  CodeOrder,
  IssuedTokens,
  Presented,
  Storage,
  StorageAccessToken,
  StorageClient,
  TokenOrder,
} from './storage'
import { pushedRequests } from './pushed-requests'
import { reading } from './reading'
import { type Presentation, redeeming } from './redeeming'
import { rememberedClients } from './remembered-clients'
import { SeenBefore } from './seen-before'
import { type SecretProof, shownClient, storageClient } from './store-client'
import { tokenStorage } from './tokens'
import { authenticateUser } from './users'
import { storeWithTimeout } from './with-timeout'

/**
 * Implements `Storage` on a store. It passes tokens to the store as hashes only and checks that the
 * store returns the requested records.
 */
export function storageOverStore(
  store: Store,
  settings: Settings,
  emit: Emit,
  withTimeout: WithTimeout,
  keySets: RemoteKeySets,
  keys?: KeyRing,
): Storage {
  const { passwords, users, clientMetadata } = settings
  // A call that takes more than half of the timeout counts as a stall: another process may have
  // lost the reply to its redemption at the same time.
  const health = new StoreHealth(settings.storeTimeout / 2)
  const bounded = storeWithTimeout(store, health.watched(withTimeout))
  const secrets = clientSecrets(bounded, passwords, settings.now, (error) =>
    emit('store.failed', { error }),
  )
  const verifyClientAssertion = clientAssertions(settings, keySets)
  const read = reading(bounded)
  const { getClient, find } = read
  const documents = clientMetadata && clientDocuments(clientMetadata, settings, emit)
  // Anybody can have the keys of clients with documents, and of those that have registered
  // themselves, fetched. So they have a cache of their own.
  const verifyAssertionOfUnverified = clientAssertions(settings, keySetsFor(settings, emit, true))
  const issue = issuing(bounded, settings, emit, read, keys)
  const { redeem, mayBeRedeemed, refuse, end } = redeeming(
    bounded,
    settings,
    emit,
    health,
    read,
    issue,
  )

  const devices = deviceCodes(bounded, settings, emit, read, issue)
  const { scopes, claims, generateToken } = settings
  const callsApplication =
    [scopes, claims, generateToken, keys].some(Boolean) || users.find !== undefined
  const remembered = callsApplication ? undefined : rememberedClients(secrets)
  const tried = new SeenBefore<{ clientId: string; at: number }>()

  function triedAt(token: string, { grant }: Credential): number | undefined {
    // Saves the hash of the token while no store call has failed.
    if (tried.size === 0) return undefined
    const first = tried.get(sha256(token))
    return first?.clientId === grant.clientId ? first.at : undefined
  }

  /**
   * Resolves with the client with this id. The store comes first, so that you can register a client
   * under the URL of its document.
   */
  async function found(id: string, request: OAuthRequest): Promise<FoundClient | null> {
    const stored = await getClient(id)
    remembered?.compare(id, stored)
    if (stored) return { client: stored, isStored: true }
    const described = await documents?.clientAt(id, request)
    return described ? { client: described, isStored: false } : null
  }

  async function issueCode(order: CodeOrder): Promise<string> {
    const code = await issue.issueCode(order)
    documents?.allowed(order.client.id)
    return code
  }

  async function redeemed(presentation: Presentation, order: TokenOrder): Promise<IssuedTokens> {
    const tokens = await redeem(presentation, order)
    documents?.allowed(order.client.id)
    return tokens
  }

  function presentedIn(
    kind: 'code' | 'refresh',
    token: string,
    credential: Credential | null,
  ): Presented | null {
    if (credential?.kind !== kind) return null
    const data = dataOf(credential.data)
    const { scope, resource, redirectUri, challenge, jkt } = data
    return {
      clientId: credential.grant.clientId,
      findUser: () => asUser(credential.grant.userId),
      expiresAt: credential.expiresAt,
      triedAt: triedAt(token, credential),
      scope,
      resource,
      redirectUri,
      challenge,
      jkt,
      redeem: (order) => redeemed({ presented: credential, data, token }, order),
      mayBeRedeemed: () => mayBeRedeemed(credential),
      confirmUser: () => confirmUser(credential),
      refuse: () => refuse(credential),
      end: () => end(credential),
    }
  }

  /**
   * Resolves with the user as the application knows it, or with `null` if the user no longer
   * exists. Resolves with `undefined` if the application keeps no users or the client acts for
   * itself.
   */
  async function knownUser(userId: string | null): Promise<unknown> {
    if (users.find === undefined || userId === null) return undefined
    return users.find(userId)
  }

  async function confirmUser(presented: Credential): Promise<unknown> {
    const user = await knownUser(presented.grant.userId)
    if (user !== null) return user
    await end(presented)
    throw new InvalidGrantError('The user no longer exists')
  }

  function accessToken({ kind, grant, expiresAt, data }: Credential): StorageAccessToken | null {
    if (kind !== 'access') return null
    const { clientId, userId } = grant
    const { scope, resource, metadata, jkt } = dataOf(data)
    return {
      expiresAt,
      scope,
      resource,
      jkt,
      // A copy: the parsed data is cached and shared by requests.
      grant: metadata === undefined ? grant : { ...grant, metadata: structuredClone(metadata) },
      exposed: {
        clientId,
        userId,
        expires: expiresAt === null ? null : new Date(expiresAt),
        scope,
      },
      user: asUser(userId),
      findUser: users.find && userId !== null ? async () => users.find!(userId) : undefined,
    }
  }

  return {
    sideBySide: true,
    tokens: tokenStorage(bounded, settings, emit, read),
    ...(remembered && { rememberedClients: remembered }),
    clients: {
      getClient,
      createClient: (client) => bounded.createClient(client),
      updateClient: (client, version) => bounded.updateClient(client, version),
      deleteClient: (id) => bounded.deleteClient(id),
    },
    issueTokens: issue.issueTokens,
    issueCode,
    isFirstUse: (use, until) => isFirstUse(bounded, use, until),
    pushedRequests: pushedRequests(bounded, settings.now),
    findCode: (code) => find(code, (found) => presentedIn('code', code, found)),
    findRefreshToken: (token) => find(token, (found) => presentedIn('refresh', token, found)),
    findDeviceCode: (code) =>
      read.findByHash(deviceCodeHash(code), (found) => presentedIn('code', code, found)),
    devices: {
      ...devices,
      async allow(request, order) {
        const isAllowed = await devices.allow(request, order)
        if (isAllowed) documents?.allowed(order.client.id)
        return isAllowed
      },
    },

    failedToRedeem(token, clientId, at) {
      const hash = sha256(token)
      // Keep the time of the first attempt. It is forgotten after two minutes.
      if (!tried.get(hash)) tried.set(hash, { clientId, at })
    },

    async findClient(id, request) {
      const one = await found(id, request)
      return one && shownBy(one)
    },

    async authenticateClient({ id, secrets: sent, assertion, method }, guess, request) {
      const one = await found(id, request)
      if (!one) return null
      const { client, isStored } = one
      if (method) assertAuthMethod(method, client)
      if (assertion !== undefined) {
        const verifyAssertion = client.registration
          ? verifyAssertionOfUnverified
          : verifyClientAssertion
        const pending = await verifyAssertion(client, assertion)
        // A later state of the client with the same keys is as authentic.
        return { client: shownBy(one), pending }
      }
      const verify = () => secrets.authenticated(client, sent)
      const authenticated = await (secrets.isGuess(client, sent) ? guess(verify) : verify())
      return (
        authenticated && {
          client: shownBy({ client: authenticated, isStored }, (present) =>
            secrets.areRight(present, sent),
          ),
        }
      )
    },

    async isRightSecret(client, secret, guess) {
      const verify = () => secrets.areRight(client, [secret])
      return (
        client.secretHash !== null && (secrets.isGuess(client, [secret]) ? guess(verify) : verify())
      )
    },

    async allowsGrant(client, grantType) {
      return client.grantTypes.includes(grantType)
    },

    findAccessToken: (token) => find(token, (credential) => credential && accessToken(credential)),

    async authenticateUser(username, password) {
      if (users.authenticate) return users.authenticate(username, password)
      const user = await authenticateUser(bounded, username, password, passwords)
      return user && { id: user.id }
    },

    async findClientUser({ userId = null }) {
      return (await knownUser(userId)) === null ? null : asUser(userId)
    },

    async extend(grantType, request) {
      const form = await request.form()
      const user = await settings.extendedGrant?.(grantType, request.native.request as never, form)
      return { supported: Boolean(user), user }
    },
  }
}

/** A client, and whether the store keeps it. */
interface FoundClient {
  client: Client
  isStored: boolean
}

function shownBy({ client, isStored }: FoundClient, proof?: SecretProof): StorageClient {
  return isStored ? storageClient(client, { proof }) : shownClient(client)
}

/** Throws an `invalid_client` if the client must authenticate by another method. */
function assertAuthMethod(method: AuthMethod, client: Client): void {
  const registered = authMethodsOf(client)
  if (registered.includes(method)) return
  const used = method === 'none' ? 'has no credentials' : `uses ${method}`
  throw new InvalidClientError(
    `The client is registered for ${registered.join(' or ')}, but the request ${used}`,
  )
}

function asUser(userId: string | null): { id: string } | undefined {
  return userId === null ? undefined : { id: userId }
}
