import { hashTaken, mayBePurged } from '@oauth2-kit/core/store-kit'
import type { Credential, NewCredential, Redemption, Store } from '@oauth2-kit/core'
import type { Database } from './database'
import { type ReadCredential, toCredential } from './rows'
import type { CredentialRow } from './schema'
import type { Explanation, credentialStatements } from './statements'

/**
 * The methods that issue, find, redeem and extend. `has` resolves with whether a grant exists.
 */
export function credentialMethods(
  database: Database,
  statements: ReturnType<typeof credentialStatements>,
  has: (grantId: string) => Promise<boolean>,
): Pick<Store, 'issue' | 'find' | 'redeem' | 'isRedeemed' | 'extend'> {
  /**
   * Resolves with what became of a credential that could not be redeemed; `null` = its rows allow a
   * redemption, so that something else failed.
   */
  async function outcomeOf(
    { hash, grant }: Credential,
    attempt: string,
  ): Promise<Redemption | null> {
    const [row] = await database.read<Explanation>(
      statements.explain(hash, grant.id, database.isJoined()),
    )
    if (!row) return { status: 'revoked' }
    if (row.oldId === null) return { status: 'unknown' }
    if (row.winnerId === null) return null
    return { status: row.winnerId === attempt ? 'redeemed' : 'replayed' }
  }

  /** Resolves with whether one of those hashes is taken, as far as the database tells. */
  async function anyExists(given: readonly NewCredential[]): Promise<boolean> {
    for (const { hash } of given) {
      const rows = await database.read(statements.find(hash)).catch(() => [])
      if (rows.length > 0) return true
    }
    return false
  }

  return {
    async issue(grant, credentials, conditions) {
      const written = await database.write(statements.issue(grant, credentials, conditions))
      return written > 0 ? 'issued' : 'refused'
    },

    async find(hash) {
      const [row] = await database.read<ReadCredential>(statements.find(hash))
      // The columns of a table that was created by hand may ignore case.
      return row?.id === hash ? toCredential(row) : null
    },

    async redeem(old, successors) {
      let failure: unknown
      try {
        const { hash, grant } = old
        const conditions = {
          joined: database.isJoined(),
          mayBePurged: mayBePurged(old, successors),
        }
        const written = await database.write(
          statements.redeem(hash, grant.id, successors, conditions),
        )
        if (written > 0) return { status: 'redeemed' }
      } catch (error) {
        if (database.hasEnded(error)) throw error
        failure = error
      }
      // A conflict, a grant that is gone, or a lost reply: the rows show which.
      const outcome = await outcomeOf(old, successors[0]!.hash).catch((error: unknown) => {
        throw failure ?? error
      })
      if (outcome) return outcome
      throw failure && !(await anyExists(successors)) ? failure : hashTaken()
    },

    async isRedeemed({ hash }) {
      const [row] = await database.read<Pick<CredentialRow, 'claims'>>(statements.claimOn(hash))
      return row?.claims === hash
    },

    async extend(grant, credentials) {
      if (credentials.length === 0) return (await has(grant.id)) ? 'extended' : 'revoked'
      let written = 0
      try {
        written = await database.write(statements.extend(grant.id, credentials))
      } catch (error) {
        if (database.hasEnded(error)) throw error
        // On some engines a revocation first shows as an error of the foreign key.
        if (await has(grant.id).catch(() => true)) throw error
      }
      return written > 0 ? 'extended' : 'revoked'
    },
  }
}
