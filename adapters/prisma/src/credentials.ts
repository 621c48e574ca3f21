import type { Credential, NewCredential, Redemption, Store } from '@oauth2-kit/core'
import type { Database } from './database'
import { DuplicateError } from './errors'
import { credentialRow, successorRows, toCredential } from './rows'
import type { CredentialRow } from './schema'

/**
 * The methods that find, redeem and extend. A generated client has no INSERT with a condition. So
 * `redeem` and `extend` insert rows and look up, at the same time, the row that the insert relies
 * on. Its grant never changes, so the order of the two does not matter. If it is not there, the
 * inserted rows are removed.
 */
export function credentialMethods(
  database: Database,
): Pick<Store, 'find' | 'redeem' | 'isRedeemed' | 'extend'> {
  const { ask, attempt, inTransaction, orSkip } = database

  async function rowOf(id: string): Promise<CredentialRow | null> {
    const row = await ask(({ credentials }) => credentials.findUnique({ where: { id } }))
    // The collation of the column may treat another id as equal.
    return row?.id === id ? row : null
  }

  async function isGrant(id: string): Promise<boolean> {
    return (await rowOf(id))?.kind === 'grant'
  }

  async function belongs({ hash, grant }: Credential): Promise<boolean> {
    return (await rowOf(hash))?.grantId === grant.id
  }

  /** Resolves with the hash of a credential's first successor, which names the attempt that won. */
  async function winnerOf(hash: string): Promise<string | null> {
    const where = { claims_ordinal: { claims: hash, ordinal: 0 } }
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

  async function remove(ids: string[]): Promise<void> {
    if (ids.length === 0) return
    await ask(({ credentials }) => credentials.deleteMany({ where: { id: { in: ids } } }))
  }

  /**
   * Inserts the rows, and looks up whether the insert is allowed. If it is not allowed, or not all
   * rows were inserted, removes the inserted ones again. Resolves with the result of the look-up
   * and the reason why the insert failed, or `null` if all rows are inserted.
   */
  async function insertIf(rows: CredentialRow[], lookUp: () => Promise<boolean>) {
    // A transaction has one connection, on which the statements run one after the other.
    const found = inTransaction ? await lookUp() : undefined
    const [inserted, looked] = await Promise.allSettled([insert(rows), found ?? lookUp()])
    if (looked.status === 'rejected') throw looked.reason
    const isAllowed = looked.value
    if (inserted.status === 'rejected') return { isAllowed, failure: inserted.reason as unknown }
    const isComplete = inserted.value.length === rows.length
    if (isAllowed && isComplete) return { isAllowed, failure: null }
    // Some rows were inserted without a conflict. Either the attempt lost, or it won before and
    // these rows were purged since then.
    await remove(inserted.value)
    return { isAllowed, failure: new DuplicateError() }
  }

  return {
    async find(hash) {
      const row = await rowOf(hash)
      return row && toCredential(row)
    },

    async redeem(old, successors): Promise<Redemption> {
      const rows = successorRows(old, successors)
      const { failure, isAllowed } = await insertIf(rows, () => belongs(old))
      if (!isAllowed) return { status: (await isGrant(old.grant.id)) ? 'unknown' : 'revoked' }
      if (failure === null) return { status: 'redeemed' }
      // The cause is a conflict, a grant that is gone, or a lost reply. The rows show which.
      const winner = await winnerOf(old.hash)
      if (winner !== null) return { status: winner === rows[0]!.id ? 'redeemed' : 'replayed' }
      if (!(await isGrant(old.grant.id))) return { status: 'revoked' }
      throw failure
    },

    async isRedeemed({ hash }) {
      return (await winnerOf(hash)) !== null
    },

    async extend(grant, credentials: NewCredential[]) {
      if (credentials.length === 0) return (await isGrant(grant.id)) ? 'extended' : 'revoked'
      const rows = credentials.map((one) => credentialRow(one, grant))
      const { failure, isAllowed } = await insertIf(rows, () => isGrant(grant.id))
      if (isAllowed && failure === null) return 'extended'
      if (isAllowed && (await isGrant(grant.id))) throw failure
      return 'revoked'
    },
  }
}
