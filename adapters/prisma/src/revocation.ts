import type { GrantPage, Page, Selector } from '@oauth2-kit/core'
import { type Position, cursorOf, positionOf } from './cursor'
import type { Database } from './database'
import { grantKey, grantOf, isId, lifeless, revokedKind } from './rows'
import type { CredentialRow, OrderBy, Where } from './schema'

const byId: OrderBy<CredentialRow> = [{ id: 'asc' }]
const byClient: OrderBy<CredentialRow> = [{ clientId: 'asc' }, { id: 'asc' }]

/**
 * Revokes and lists grants. Revoking a grant deletes its own row: the foreign keys then delete its
 * credentials, and refuse those that are being added to it.
 */
export function revocationOf({ ask }: Database, batchSize: number) {
  async function deleteWhere(where: Where<CredentialRow>): Promise<number> {
    const { count } = await ask(({ credentials }) => credentials.deleteMany({ where }))
    return count
  }

  async function rowsWhere(where: Where<CredentialRow>, orderBy: typeof byId, take: number) {
    return ask(({ credentials }) => credentials.findMany({ where, orderBy, take }))
  }

  /**
   * Resolves with up to `take` rows of grants after a position. Each query reads a range of one
   * index.
   */
  async function rowsAfter(
    where: Where<CredentialRow>,
    after: Position | null,
    take: number,
  ): Promise<CredentialRow[]> {
    if (where.clientId !== undefined || where.userId === undefined) {
      return rowsWhere({ ...where, ...(after ? { id: { gt: after.id } } : {}) }, byId, take)
    }
    if (!after) return rowsWhere(where, byClient, take)
    const { clientId, id } = after
    const rows = await rowsWhere({ ...where, clientId, id: { gt: id } }, byId, take)
    if (rows.length >= take) return rows
    const next = { ...where, clientId: { gt: clientId } }
    return [...rows, ...(await rowsWhere(next, byClient, take - rows.length))]
  }

  return {
    async revoke(selector: Selector): Promise<number> {
      const where = grantsOf(selector)
      if (!where) return 0
      if ('grantId' in selector) return deleteWhere(where)
      let revoked = 0
      // One pass in the order of an index, so that newly issued grants cannot keep it from ending.
      for (let after: Position | null = null; ;) {
        const rows: CredentialRow[] = await rowsAfter(where, after, batchSize)
        if (rows.length > 0) revoked += await deleteWhere({ id: { in: rows.map(({ id }) => id) } })
        if (rows.length < batchSize) return revoked
        after = rows.at(-1) ?? null
      }
    },

    async revokeAccessToken(hash: string): Promise<void> {
      if (!isId(hash)) return
      const row = await ask(({ credentials }) => credentials.findUnique({ where: { id: hash } }))
      if (row?.id !== hash || row.grantId === null) return
      if (row.kind !== 'access' && row.kind !== revokedKind) return
      // The row stays, because it may be the mark of use of a code.
      await ask(({ credentials }) =>
        credentials.updateMany({
          where: { id: hash, kind: 'access' },
          data: { kind: revokedKind },
        }),
      )
      const members = { none: { kind: { notIn: lifeless } } }
      const emptied = await rowsWhere({ id: row.grantId, members }, byId, 1)
      if (emptied.length > 0) await deleteWhere({ id: row.grantId })
    },

    async listGrants(selector: Selector, { after, limit }: Page): Promise<GrantPage> {
      const where = grantsOf(selector)
      const position = after === undefined ? null : positionOf(after)
      if (!where || (after !== undefined && !position)) return { grants: [], next: null }
      if ('grantId' in selector && position) return { grants: [], next: null }
      const rows = await rowsAfter(where, position, limit + 1)
      const page = rows.slice(0, limit)
      const last = page.at(-1)
      return {
        grants: page.map(grantOf),
        next: last && rows.length > limit ? cursorOf(last) : null,
      }
    },
  }
}

/**
 * Returns the condition for the rows of those grants, or `null` if no row can have one of the ids.
 */
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
