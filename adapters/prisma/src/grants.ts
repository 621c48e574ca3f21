import { inBatches, isKey, ownerOf } from '@oauth2-kit/core/store-kit'
import type { Selector, Store } from '@oauth2-kit/core'
import type { Database } from './database'
import { credentialFields } from './fields'
import { lifeless, revokedKind, toGrant } from './rows'
import type { CredentialRow, Where } from './schema'

/**
 * The methods that revoke and list grants. Revoking a grant deletes its own row. Because of the
 * foreign key, the database then deletes its credentials, and refuses those that are being added.
 */
export function grantMethods(
  { ask, inTransaction }: Database,
  batchSize: number,
): Pick<Store, 'revoke' | 'revokeAccessToken' | 'listGrants'> {
  async function deleteWhere(where: Where<CredentialRow>): Promise<number> {
    const { count } = await ask(({ credentials }) => credentials.deleteMany({ where }))
    return count
  }

  /** Resolves with up to `take` rows of grants after an id, in the order of an index. */
  async function rowsAfter(
    where: Where<CredentialRow>,
    after: string | undefined,
    take: number,
  ): Promise<CredentialRow[]> {
    // `where` may have a condition for the id already.
    const range: Where<CredentialRow>[] = after === undefined ? [] : [{ id: { gt: after } }]
    return ask(({ credentials }) =>
      credentials.findMany({
        where: { AND: [where, ...range] },
        select: credentialFields,
        orderBy: [{ id: 'asc' }],
        take,
      }),
    )
  }

  return {
    async revoke(selector) {
      const where = grantsWhere(selector)
      if ('grantId' in selector) return deleteWhere(where)
      let revoked = 0
      let last: string | undefined
      // One pass in the order of an index, so that newly issued grants cannot keep it from ending.
      const batch = async () => {
        const rows = await rowsAfter(where, last, batchSize)
        const ids = rows.map(({ id }) => id)
        if (ids.length > 0) revoked += await deleteWhere({ id: { in: ids } })
        last = ids.at(-1)
        return ids.length === batchSize
      }
      await inBatches(batch, { paced: !inTransaction })
      return revoked
    },

    async revokeAccessToken(hash) {
      const row = await ask(({ credentials }) =>
        credentials.findUnique({ where: { id: hash }, select: credentialFields }),
      )
      if (row?.id !== hash || row.grantId === null) return
      if (row.kind !== 'access' && row.kind !== revokedKind) return
      // The row stays, because it may be the redemption mark of a code.
      await ask(({ credentials }) =>
        credentials.updateMany({
          where: { id: hash, kind: 'access' },
          data: { kind: revokedKind },
        }),
      )
      const members = { none: { kind: { notIn: lifeless } } }
      const [emptied] = await rowsAfter({ id: row.grantId, members }, undefined, 1)
      if (emptied) await deleteWhere({ id: emptied.id })
    },

    async listGrants(selector, { after, limit }) {
      if (after !== undefined && !isKey(after)) return { grants: [], next: null }
      const rows = await rowsAfter(grantsWhere(selector), after, limit + 1)
      const grants = rows.slice(0, limit).map(toGrant)
      return { grants, next: rows.length > limit ? (grants.at(-1)?.id ?? null) : null }
    },
  }
}

/** Returns the condition for the rows of the selected grants. */
function grantsWhere(selector: Selector): Where<CredentialRow> {
  if ('grantId' in selector) return { id: selector.grantId, kind: 'grant' }
  const { clientId } = selector
  if (!('userId' in selector)) return { kind: 'grant', clientId }
  const { userId } = selector
  return clientId === undefined
    ? { kind: 'grant', userId }
    : { kind: 'grant', owner: ownerOf(userId, clientId) }
}
