import type { GrantPage, Store } from '@oauth2-kit/core'
import type { Keep } from './changes'
import { type Content, grantsAfter, revoke } from './content'
import type { KeptGrant } from './schema'
import { inSlices } from './slices'

const fewestLookedAt = 100

/** The methods that revoke and list grants. */
export function grantMethods(
  content: Content,
  keep: Keep,
): Pick<Store, 'revoke' | 'revokeAccessToken' | 'listGrants'> {
  const { grants, rows } = content
  return {
    async revoke(selector) {
      // Grants that are issued from now on are not revoked, so that the loop ends.
      const before = grants.nextSequence
      const revoked = await inSlices(revoke(content, selector, before))
      // Persist this even if nothing was revoked: another call may have revoked the grants, but not
      // have persisted that yet.
      await keep({ revoked: selector, before })
      return revoked
    },

    async revokeAccessToken(hash) {
      const token = grants.find(hash)
      const isAccess = token?.kind === 'access'
      if (isAccess) grants.remove(token)
      await keep(isAccess ? { revokedToken: hash } : undefined)
    },

    async listGrants(selector, { after, limit }): Promise<GrantPage> {
      const sequence = after === undefined ? 0 : Number(after)
      if (Number.isNaN(sequence)) return { grants: [], next: null }
      let [listed, next]: [KeptGrant[], number | null] = [[], sequence]
      for (let seen = 0; next !== null && seen < fewestLookedAt && listed.length < limit;) {
        const count = limit - listed.length
        const stretch = grantsAfter(content, selector, next, count)
        listed = [...listed, ...stretch.grants]
        next = stretch.next
        seen += count
      }
      return {
        grants: listed.map((grant) => rows.toGrant(grant)),
        next: next === null ? null : String(next),
      }
    },
  }
}
