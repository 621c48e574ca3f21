import type { Grant, Page, Selector } from '@oauth2-kit/core'
import type { Database } from './database'
import { grantKey, grantOf, isId, revokedKind } from './rows'
import type { CredentialRow, Where } from './schema'

const anyMember = { some: { kind: { not: revokedKind } } }

/**
 * Ending and listing grants. A grant ends with its own row: the foreign keys take everything of it
 * along, and refuse whatever is being added to it.
 */
export function revocationOf({ ask }: Database, batchSize: number) {
  async function deleteWhere(where: Where<CredentialRow>): Promise<number> {
    const { count } = await ask(({ credentials }) => credentials.deleteMany({ where }))
    return count
  }

  async function idsWhere(where: Where<CredentialRow>): Promise<string[]> {
    const select = { id: true } as const
    const rows = await ask(({ credentials }) =>
      credentials.findMany({ where, select, take: batchSize }),
    )
    return rows.map(({ id }) => id)
  }

  return {
    async revoke(selector: Selector): Promise<number> {
      const where = grantsOf(selector)
      if (!where) return 0
      if ('grantId' in selector) return deleteWhere(where)
      let revoked = 0
      for (;;) {
        // oxlint-disable no-await-in-loop -- batch after batch, so that nobody waits long for a lock
        const ids = await idsWhere(where)
        if (ids.length < batchSize) break
        revoked += await deleteWhere({ id: { in: ids } })
        // oxlint-enable no-await-in-loop
      }
      return revoked + (await deleteWhere(where))
    },

    async revokeCredential(hash: string): Promise<void> {
      if (!isId(hash)) return
      // The row stays: it may be the mark that a code was used.
      const { count } = await ask(({ credentials }) =>
        credentials.updateMany({
          where: { id: hash, kind: 'access' },
          data: { kind: revokedKind },
        }),
      )
      if (count === 0) return
      const emptied = await idsWhere({
        kind: 'grant',
        members: { some: { id: hash }, none: { kind: { not: revokedKind } } },
      })
      if (emptied.length > 0) await deleteWhere({ id: { in: emptied } })
    },

    async listGrants(selector: Selector, { after = '', limit }: Page): Promise<Grant[]> {
      const where = grantsOf(selector)
      if (!where) return []
      const id = { ...(where.id === undefined ? {} : { equals: where.id }), gt: grantKey(after) }
      const rows = await ask(({ credentials }) =>
        credentials.findMany({
          where: { ...where, id: id as Where<CredentialRow>['id'], members: anyMember },
          orderBy: [{ id: 'asc' }],
          take: limit,
        }),
      )
      return rows.map(grantOf)
    },
  }
}

/** The rows of those grants, or `null` where an id is none that a grant could have. */
function grantsOf(selector: Selector): Where<CredentialRow> | null {
  if ('grantId' in selector) {
    return isId(selector.grantId) ? { id: grantKey(selector.grantId), kind: 'grant' } : null
  }
  const { clientId } = selector
  if (clientId !== undefined && !isId(clientId)) return null
  if (!('userId' in selector)) return isId(clientId) ? { kind: 'grant', clientId } : null
  const { userId } = selector
  if (!isId(userId)) return null
  return clientId === undefined ? { kind: 'grant', userId } : { kind: 'grant', userId, clientId }
}
