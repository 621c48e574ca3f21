import { withCode } from '@oauth2-kit/core/store-kit'
import type { GrantPage, Page, Selector } from '@oauth2-kit/core'
import { inBatches } from './batches'
import type { Database } from './database'
import { isKey, ownerOf, toGrant } from './rows'
import type { CredentialRow } from './schema'
import type { Conditions, credentialStatements } from './statements'

/** The methods that list and revoke grants. */
export function grantsOf(
  database: Database,
  statements: ReturnType<typeof credentialStatements>,
  batchSize: number,
) {
  async function has(id: string): Promise<boolean> {
    const [grant] = await database.read(statements.listGrants({ id }, undefined, 1))
    return grant !== undefined
  }

  /**
   * Revokes grants in one pass in the order of their ids, so that it ends even while grants are
   * issued. Every grant that existed at its beginning is revoked, and each batch is final.
   */
  async function revokeAll(conditions: Conditions): Promise<number> {
    let revoked = 0
    let last: string | undefined
    await inBatches(database, async () => {
      const found = await database.read<{ id: string }>(
        statements.listIds(conditions, last, batchSize, database.isJoined()),
      )
      const ids = found.map(({ id }) => id)
      last = ids.at(-1)
      if (last === undefined) return false
      revoked += await database.write(statements.revoke(ids))
      return ids.length === batchSize
    })
    return revoked
  }

  return {
    has,

    async revoke(selector: Selector): Promise<number> {
      const conditions = conditionsOf(selector)
      if (!conditions) return 0
      // A single grant takes one statement.
      if (conditions.id !== undefined) return database.write(statements.revoke([conditions.id]))
      return revokeAll(conditions)
    },

    async list(selector: Selector, { after, limit }: Page): Promise<GrantPage> {
      const conditions = conditionsOf(selector)
      if (!conditions) return { grants: [], next: null }
      if (after !== undefined && !isKey(after))
        throw withCode(
          'OAUTH2_KIT_OPTION',
          new TypeError('"after" must be the "next" of a page of listGrants()'),
        )
      const rows = await database.read<CredentialRow>(
        statements.listGrants(conditions, after, limit + 1),
      )
      const grants = rows.slice(0, limit).map(toGrant)
      return { grants, next: rows.length > limit ? (grants.at(-1)?.id ?? null) : null }
    },
  }
}

/** Returns the conditions for a grant's row; `null` = no row can have one of the values. */
function conditionsOf(selector: Selector): Conditions | null {
  if (!Object.values(selector).every((value) => value === undefined || isKey(value))) return null
  if ('grantId' in selector) return { id: selector.grantId }
  if (!('userId' in selector)) return { clientId: selector.clientId }
  const { userId, clientId } = selector
  return clientId === undefined ? { userId } : { owner: ownerOf(userId, clientId) }
}
