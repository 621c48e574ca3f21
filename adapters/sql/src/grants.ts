import { inBatches, isKey, ownerOf } from '@oauth2-kit/core/store-kit'
import type { GrantPage, Hash, Page, Selector } from '@oauth2-kit/core'
import type { Database } from './database'
import { type ReadGrant, toGrant } from './rows'
import type { CredentialRow } from './schema'
import type { AccessToken, Conditions, credentialStatements } from './statements'

/**
 * The methods that revoke and list grants. `removeEmpty` removes those of the grants that have no
 * credentials left.
 */
export function grantMethods(
  database: Database,
  statements: ReturnType<typeof credentialStatements>,
  batchSize: number,
  removeEmpty: (grants: string[]) => Promise<void>,
) {
  async function has(id: string): Promise<boolean> {
    const [grant] = await database.read(statements.listGrants({ id }, undefined, 1))
    return grant !== undefined
  }

  /** Revokes the grants with those ids. Resolves with how many there were. */
  async function revokeThese(ids: string[]): Promise<number> {
    const removal = statements.revoke(ids)
    if (database.dialect.cascades) return database.write(removal)
    const rows = await database.writeReturning<Pick<CredentialRow, 'kind'>>(removal)
    return rows.filter(({ kind }) => kind === 'grant').length
  }

  /**
   * Revokes grants in one pass in the order of their ids, so that it ends even while grants are
   * issued. Every grant that existed at its beginning is revoked, and each batch is final.
   */
  async function revokeAll(conditions: Conditions): Promise<number> {
    let revoked = 0
    let last: string | undefined
    const batch = async () => {
      const found = await database.read<{ id: string }>(
        statements.listIds(conditions, last, batchSize, database.isJoined()),
      )
      const ids = found.map(({ id }) => id)
      last = ids.at(-1)
      if (last === undefined) return false
      revoked += await revokeThese(ids)
      return ids.length === batchSize
    }
    await inBatches(batch, { paced: !database.isJoined() })
    return revoked
  }

  return {
    has,

    async revoke(selector: Selector): Promise<number> {
      const conditions = conditionsOf(selector)
      // A single grant takes one statement.
      if (conditions.id !== undefined) return revokeThese([conditions.id])
      return revokeAll(conditions)
    },

    async revokeAccessToken(hash: Hash): Promise<void> {
      const [token] = await database.read<AccessToken>(statements.accessToken(hash))
      if (!token) return
      if (token.oldId !== null) {
        await database.write(statements.hideAccessToken(hash, token.keepUntil))
        return
      }
      await database.write(statements.removeAccessToken(hash))
      await removeEmpty([token.grantId])
    },

    async listGrants(selector: Selector, { after, limit }: Page): Promise<GrantPage> {
      if (after !== undefined && !isKey(after)) return { grants: [], next: null }
      const conditions = conditionsOf(selector)
      const rows = await database.read<ReadGrant>(
        statements.listGrants(conditions, after, limit + 1),
      )
      const grants = rows.slice(0, limit).map(toGrant)
      return { grants, next: rows.length > limit ? (grants.at(-1)?.id ?? null) : null }
    },
  }
}

/** Returns the conditions for a grant's row. */
function conditionsOf(selector: Selector): Conditions {
  if ('grantId' in selector) return { id: selector.grantId }
  if (!('userId' in selector)) return { clientId: selector.clientId }
  const { userId, clientId } = selector
  return clientId === undefined ? { userId } : { owner: ownerOf(userId, clientId) }
}
