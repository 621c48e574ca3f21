import { firstSuccessor } from '@oauth2-kit/core/store-kit'
import type { Credential, GrantRef, NewCredential, Redemption } from '@oauth2-kit/core'
import type { Database } from './database'
import { DuplicateError } from './errors'
import { credentialOf, credentialRow, grantKey, isId } from './rows'
import type { CredentialRow } from './schema'

/** The methods that find, redeem and extend. */
export function credentialsOf(database: Database) {
  const { ask, attempt, orSkip } = database

  async function exists(id: string): Promise<boolean> {
    return (await rowOf(id)) !== null
  }

  async function rowOf(id: string): Promise<CredentialRow | null> {
    const row = await ask(({ credentials }) => credentials.findUnique({ where: { id } }))
    // The collation of the column may treat another id as equal.
    return row?.id === id ? row : null
  }

  /** Resolves with the hash of a credential's first successor, which names the attempt that won. */
  async function winnerOf(hash: string, grantId: string): Promise<string | null> {
    const claim = { claimsGrantId: grantKey(grantId), claims: hash, ordinal: 0 }
    const where = { claimsGrantId_claims_ordinal: claim }
    const row = await ask(({ credentials }) => credentials.findUnique({ where }))
    return row?.claims === hash ? row.id : null
  }

  /**
   * Inserts the rows. Resolves with the ids of those that were inserted: all of them, or fewer on
   * PostgreSQL, where duplicates are skipped.
   */
  async function insert(rows: CredentialRow[]): Promise<string[]> {
    const made = await attempt(async ({ credentials }) => {
      if (orSkip.skipDuplicates && credentials.createManyAndReturn) {
        return credentials.createManyAndReturn({ data: rows, select: { id: true }, ...orSkip })
      }
      await credentials.createMany({ data: rows })
      return rows
    })
    return made.map(({ id }) => id)
  }

  /**
   * Reads from the database what became of an attempt whose rows were not all inserted. Resolves
   * with `null` if the credential can still be redeemed, so that something else failed.
   */
  async function settle(
    { hash, grant }: Credential,
    first: string | undefined,
    inserted: string[],
  ): Promise<Redemption | null> {
    if (inserted.length > 0) {
      // Remove the rows that were inserted without a conflict. Either the attempt lost, or it won
      // before and these rows were purged since then.
      const where = { id: { in: inserted }, claims: hash }
      await ask(({ credentials }) => credentials.deleteMany({ where }))
    }
    const winner = await winnerOf(hash, grant.id)
    if (winner !== null) return { status: winner === first ? 'redeemed' : 'replayed' }
    if (!(await exists(grantKey(grant.id)))) return { status: 'revoked' }
    const old = await rowOf(hash)
    return old?.grantId === grantKey(grant.id) ? null : { status: 'unknown' }
  }

  return {
    async find(hash: string): Promise<Credential | null> {
      if (!isId(hash)) return null
      const row = await rowOf(hash)
      return row && credentialOf(row)
    },

    async redeem(old: Credential, successors: NewCredential[]): Promise<Redemption> {
      if (!isId(old.grant.id)) return { status: 'revoked' }
      if (!isId(old.hash)) return { status: 'unknown' }
      firstSuccessor(successors)
      const rows = successors.map((one, at) => credentialRow(one, old.grant, old.hash, at))
      assertDistinct(rows)
      let inserted: string[] = []
      let failure: unknown = new DuplicateError()
      try {
        inserted = await insert(rows)
        if (inserted.length === rows.length) return { status: 'redeemed' }
      } catch (error) {
        // The insert was refused, or it was done and its reply was lost. The rows show which.
        failure = error
      }
      const settled = await settle(old, rows[0]?.id, inserted)
      if (!settled) throw failure
      return settled
    },

    async isRedeemed({ hash, grant }: Pick<Credential, 'hash' | 'grant'>): Promise<boolean> {
      if (!isId(hash) || !isId(grant.id)) return false
      return (await winnerOf(hash, grant.id)) !== null
    },

    async extend(grant: GrantRef, credentials: NewCredential[]): Promise<'extended' | 'revoked'> {
      if (!isId(grant.id)) return 'revoked'
      if (credentials.length === 0) {
        return (await exists(grantKey(grant.id))) ? 'extended' : 'revoked'
      }
      const data = credentials.map((one) => credentialRow(one, grant))
      try {
        await attempt((models) => models.credentials.createMany({ data }))
        return 'extended'
      } catch (error) {
        if (await exists(grantKey(grant.id))) throw error
        return 'revoked'
      }
    },
  }
}

function assertDistinct(rows: CredentialRow[]): void {
  if (new Set(rows.map(({ id }) => id)).size < rows.length) throw new DuplicateError()
}
