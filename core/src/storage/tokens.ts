import type { Emit } from '../events'
import type { Settings } from '../options/settings'
import type { Credential, Grant } from '../contract/store'
import type { UsedStore } from './with-timeout'
import { scopesIn } from '../protocol/scope'
import { dataOf } from './parsed-data'
import { eventOf } from './issuing'
import type { StorageToken, TokenStorage } from './storage'
import type { reading } from './reading'
import { revoking } from './revoking'
import { userIdOf } from '../contract/user-id'

const grantsPerPage = 100
// Grants beyond these pages are ignored, so that such a user may see the consent page again.
const mostPages = 3

/** Returns the operations to inspect and revoke the tokens and grants of a store. */
export function tokenStorage(
  store: UsedStore,
  { now, users }: Settings,
  emit: Emit,
  { find, isRedeemed }: ReturnType<typeof reading>,
): TokenStorage {
  const revokeGrants = revoking((selector) => store.revoke(selector), emit)

  async function revoke({ kind, hash, grant }: Credential): Promise<void> {
    if (kind === 'access') {
      await store.revokeAccessToken(hash)
      emit('token.revoked', eventOf(grant))
      return
    }
    await revokeGrants({ grantId: grant.id }, eventOf(grant))
  }

  async function findUser({ grant: { userId } }: Credential): Promise<unknown> {
    if (userId === null) return undefined
    return users.find ? users.find(userId) : { id: userId }
  }

  function storageToken(credential: Credential): StorageToken | null {
    const { kind, grant, createdAt, expiresAt, data } = credential
    if (kind === 'used' || kind === 'answer') return null
    const { scope, resource, claims, jkt, jti, authTime } = dataOf(data)
    return {
      kind,
      grant,
      createdAt,
      expiresAt,
      scope,
      resource,
      claims,
      jkt,
      jti,
      authTime,
      isRedeemed: async () => kind === 'refresh' && (await isRedeemed(credential)),
      findUser: () => findUser(credential),
      revoke: () => revoke(credential),
    }
  }

  return {
    find: (token) => find(token, (credential) => credential && storageToken(credential)),
    revokeGrants: (selector) => revokeGrants(selector),

    async grantedScopes(clientId, user, resource) {
      const userId = userIdOf(user)
      if (userId === null) return []
      const scopes = new Set<string>()
      let after: string | null | undefined
      for (let count = 0; count < mostPages && after !== null; count++) {
        const page = { limit: grantsPerPage, ...(after !== undefined && { after }) }
        const { grants, next } = await store.listGrants({ userId, clientId }, page)
        for (const grant of grants) for (const scope of scopesOf(grant, resource)) scopes.add(scope)
        after = next
      }
      return [...scopes]
    },
  }

  /** Returns the scopes that the user consented to with this grant, for all these resources. */
  function scopesOf({ data }: Grant, requested: readonly string[]): string[] {
    const { scope, until, resource, consented } = dataOf(data)
    const isOver = until !== undefined && until <= now()
    const covers = resource === undefined || requested.every((one) => resource.includes(one))
    return !consented || isOver || !covers ? [] : scopesIn(scope)
  }
}
