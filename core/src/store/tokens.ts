import type { Emit } from '../events'
import type { Settings } from '../options'
import type { Credential, Grant, Selector, Store } from './contract'
import type { Within } from './deadline'
import { assertSelector } from './guard'
import { dataOf, eventOf, spentHash } from './issuing'
import type { PortToken, TokenPort } from './port'
import type { reading } from './reading'
import { userIdOf } from './user-id'

const grantsPerPage = 100
// Who has more grants to one client than this is asked once more.
const mostPages = 10

/** Looks into the tokens and grants of a store, and revokes them. */
export function tokenPort(
  store: Store,
  { now, users }: Settings,
  emit: Emit,
  within: Within,
  { find, findHash }: ReturnType<typeof reading>,
): TokenPort {
  async function revokeGrants(selector: Selector): Promise<number> {
    assertSelector(selector)
    const grants = await within(() => store.revoke(selector), "The store's revoke")
    if (grants > 0) emit('grant.revoked', { ...selector, grants })
    return grants
  }

  async function revoke({ kind, hash, grant }: Credential): Promise<void> {
    if (kind === 'access') {
      await within(() => store.revokeCredential(hash), "The store's revokeCredential")
      emit('token.revoked', eventOf(grant))
      return
    }
    const grants = await within(() => store.revoke({ grantId: grant.id }), "The store's revoke")
    if (grants > 0) emit('grant.revoked', { ...eventOf(grant), grants })
  }

  async function findUser({ grant: { userId } }: Credential): Promise<unknown> {
    if (userId === null) return undefined
    if (!users.find) return { id: userId }
    return (await within(async () => users.find?.(userId), 'users.find')) ?? null
  }

  function portToken(credential: Credential): PortToken | null {
    const { kind, hash, grant, createdAt, expiresAt, data } = credential
    if (kind === 'used') return null
    const { scope, resource } = dataOf(data)
    return {
      kind,
      grant,
      createdAt,
      expiresAt,
      scope,
      resource,
      isSpent: async () => kind === 'refresh' && (await findHash(spentHash(hash))) !== null,
      findUser: () => findUser(credential),
      revoke: () => revoke(credential),
    }
  }

  return {
    find: (token) => find(token, (credential) => credential && portToken(credential)),
    revokeGrants,

    async grantedScopes(clientId, user, resource) {
      const userId = userIdOf(user)
      if (userId === null) return []
      const scopes = new Set<string>()
      let after: string | undefined
      for (let page = 0; page < mostPages; page++) {
        const asked = { limit: grantsPerPage, ...(after !== undefined && { after }) }
        // oxlint-disable-next-line no-await-in-loop -- each page begins where the last one ended
        const grants = await within(
          () => store.listGrants({ userId, clientId }, asked),
          "The store's listGrants",
        )
        for (const grant of grants) for (const scope of scopesOf(grant, resource)) scopes.add(scope)
        if (grants.length < grantsPerPage) break
        after = grants.at(-1)!.id
      }
      return [...scopes]
    },
  }

  /** The scopes that a grant is proof of, for all of these resources. */
  function scopesOf({ data }: Grant, asked: readonly string[]): string[] {
    const { scope, until, resource, consented } = dataOf(data)
    const isOver = until !== undefined && until <= now()
    const covers = resource === undefined || asked.every((one) => resource.includes(one))
    return !consented || isOver || !covers || scope === '' ? [] : scope.split(' ')
  }
}
