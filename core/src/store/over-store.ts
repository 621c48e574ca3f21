import type { Emit } from '../events'
import type { Settings } from '../options'
import { secretVerifier } from '../security/client-secret'
import type { Client, Credential, Store } from './contract'
import type { Within } from './deadline'
import { dataOf, issuing } from './issuing'
import type { Port, PortAccessToken, PortClient, Presented } from './port'
import { reading } from './reading'
import { tokenPort } from './tokens'
import { authenticateUser, boundedUsers } from './users'

/**
 * The engine's port over a store: a token goes in as its hash, and what comes back is checked
 * before it is believed.
 */
export function portOverStore(store: Store, settings: Settings, emit: Emit, within: Within): Port {
  const { passwords, users } = settings
  const verifySecret = secretVerifier(passwords)
  const read = reading(store, within)
  const { getClient, find } = read
  const { issueTokens, issueCode, redeem, spend } = issuing(store, settings, emit, within, read)

  function findPresented(kind: 'code' | 'refresh', token: string): Promise<Presented | null> {
    return find(token, (credential) => {
      if (credential?.kind !== kind) return null
      const data = dataOf(credential.data)
      const { scope, resource, redirectUri, challenge } = data
      return {
        clientId: credential.grant.clientId,
        findUser: () => asUser(credential.grant.userId),
        expiresAt: credential.expiresAt,
        scope,
        resource,
        redirectUri,
        challenge,
        redeem: (order) => redeem(credential, data, token, order),
        spend: () => spend(credential),
      }
    })
  }

  function findUser(id: string): Promise<unknown> {
    return within(async () => users.find?.(id), 'users.find')
  }

  function accessToken({ kind, grant, expiresAt, data }: Credential): PortAccessToken | null {
    if (kind !== 'access') return null
    const { clientId, userId } = grant
    const { scope, resource } = dataOf(data)
    return {
      expiresAt,
      scope,
      resource,
      grant,
      exposed: {
        clientId,
        userId,
        expires: expiresAt === null ? null : new Date(expiresAt),
        scope,
      },
      user: asUser(userId),
      findUser: users.find && userId !== null ? () => findUser(userId) : undefined,
    }
  }

  return {
    sideBySide: true,
    tokens: tokenPort(store, settings, emit, within, read),
    issueTokens,
    issueCode,
    findCode: (code) => findPresented('code', code),
    findRefreshToken: (token) => findPresented('refresh', token),

    async findClient(id) {
      const client = await getClient(id)
      return client && engineClient(client)
    },

    async authenticateClient({ id, secrets, method }) {
      const client = await getClient(id)
      if (!client || (method && method !== client.authMethod)) return null
      const { secretHash } = client
      const right =
        secretHash === null ? secrets.length === 0 : await verifySecret(secrets, secretHash)
      return right ? engineClient(client) : null
    },

    async allowsGrant(client, grantType) {
      return client.grants.includes(grantType)
    },

    findAccessToken: (token) => find(token, (credential) => credential && accessToken(credential)),

    async authenticateUser(username, password) {
      if (users.authenticate) {
        return within(async () => users.authenticate?.(username, password), 'users.authenticate')
      }
      const bounded = boundedUsers(store, within)
      const user = await authenticateUser(bounded, username, password, passwords)
      return user && { id: user.id }
    },

    async findClientUser(client) {
      return asUser(client.userId ?? null)
    },

    async extend(grantType, request) {
      const form = await request.form()
      const user = await settings.extendedGrant?.(grantType, request.native.request as never, form)
      return { supported: Boolean(user), user }
    },
  }
}

/** The client without its secret's hash: what the engine works with and the application sees. */
function engineClient(client: Client): PortClient {
  const { id, type, authMethod, redirectUris, grants, scopes, name, userId, metadata } = client
  const { accessTokenLifetime, refreshTokenLifetime } = client
  return {
    id,
    type,
    authMethod,
    redirectUris,
    grants,
    scopes,
    name,
    userId,
    accessTokenLifetime,
    refreshTokenLifetime,
    metadata,
  }
}

function asUser(userId: string | null): { id: string } | undefined {
  return userId === null ? undefined : { id: userId }
}
