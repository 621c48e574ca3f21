import { mayBePurged } from '@oauth2-kit/core/store-kit'
import type { Credential, NewCredential, Redemption, Store } from '@oauth2-kit/core'
import type { Database } from './database'
import { DuplicateError } from './errors'
import { credentialFields } from './fields'
import { credentialRow, later, successorRows, toCredential } from './rows'
import type { CredentialRow } from './schema'

type LookUp = () => Promise<CredentialRow | null>

/**
 * The methods that find, redeem and extend. A generated client has no INSERT with a condition. So
 * `redeem` and `extend` insert rows and look up the row that the insert relies on: the redeemed
 * credential, or the grant. If it is missing, the inserted rows are removed.
 */
export function credentialMethods(
  database: Database,
): Pick<Store, 'find' | 'redeem' | 'isRedeemed' | 'extend'> {
  const { ask, attempt, inTransaction, orSkip } = database

  async function rowOf(id: string): Promise<CredentialRow | null> {
    const row = await ask(({ credentials }) =>
      credentials.findUnique({ where: { id }, select: credentialFields }),
    )
    // The collation of the column may treat another id as equal.
    return row?.id === id ? row : null
  }

  async function grantRowOf(id: string): Promise<CredentialRow | null> {
    const row = await rowOf(id)
    return row?.kind === 'grant' ? row : null
  }

  async function isGrant(id: string): Promise<boolean> {
    return (await grantRowOf(id)) !== null
  }

  async function rowInGrant({ hash, grant }: Credential): Promise<CredentialRow | null> {
    const row = await rowOf(hash)
    return row?.grantId === grant.id ? row : null
  }

  /** Resolves with the row of a credential's first successor, which names the attempt that won. */
  async function winnerOf(hash: string): Promise<CredentialRow | null> {
    const where = { claims_ordinal: { claims: hash, ordinal: 0 } }
    const row = await ask(({ credentials }) =>
      credentials.findUnique({ where, select: credentialFields }),
    )
    return row?.claims === hash ? row : null
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
   * Inserts the rows and looks up what they rely on: at the same time, or in this order if `inTurn`
   * is true. Unless it is found and all rows were inserted, removes the inserted ones again.
   * Resolves with what was found and the reason why the insert failed, or `null` if all rows are
   * inserted.
   */
  async function insertIf(rows: CredentialRow[], lookUp: LookUp, inTurn: boolean) {
    const inserting = insert(rows)
    if (inTurn) await inserting.catch(() => {})
    const [inserted, looked] = await Promise.allSettled([inserting, lookUp()])
    const ids = inserted.status === 'fulfilled' ? inserted.value : []
    if (looked.status === 'rejected') {
      // It is unknown whether the rows are allowed, so they must not stay.
      await remove(ids).catch(() => {})
      throw looked.reason
    }
    const found = looked.value
    if (inserted.status === 'rejected') return { found, failure: inserted.reason as unknown }
    if (found && ids.length === rows.length) return { found, failure: null }
    // Some rows were inserted without a conflict. Either the attempt lost, or it won before and
    // these rows were purged since then.
    await remove(ids)
    return { found, failure: new DuplicateError() }
  }

  /** Makes a redemption mark stay as long as the row of the credential that it marks. */
  async function keepAsLongAs(marked: CredentialRow, mark: CredentialRow): Promise<void> {
    const keepUntil = later(mark.keepUntil, marked.keepUntil)
    if (keepUntil === mark.keepUntil) return
    const where = { id: mark.id }
    await ask(({ credentials }) => credentials.updateMany({ where, data: { keepUntil } }))
  }

  return {
    async find(hash) {
      const row = await rowOf(hash)
      return row && toCredential(row)
    },

    async redeem(old, successors): Promise<Redemption> {
      const rows = successorRows(old, successors)
      const mark = rows[0]!
      // A purge may remove an expired credential together with its redemption mark. Looked up after
      // the insert, the credential is only found if its mark is there too, and then the insert
      // failed. A transaction has one connection, on which statements run one after the other.
      const inTurn = inTransaction || mayBePurged(old, successors)
      const { found, failure } = await insertIf(rows, () => rowInGrant(old), inTurn)
      if (!found) return { status: (await isGrant(old.grant.id)) ? 'unknown' : 'revoked' }
      if (failure === null) {
        await keepAsLongAs(found, mark)
        return { status: 'redeemed' }
      }
      // The cause is a conflict, a grant that is gone, or a lost reply. The rows show which.
      const winner = await winnerOf(old.hash)
      if (winner?.grantId === old.grant.id) {
        return { status: winner.id === mark.id ? 'redeemed' : 'replayed' }
      }
      if (!(await isGrant(old.grant.id))) return { status: 'revoked' }
      // A purge may have removed the credential and its mark in the meantime.
      if (!(await rowInGrant(old))) return { status: 'unknown' }
      throw failure
    },

    async isRedeemed({ hash }) {
      return (await winnerOf(hash)) !== null
    },

    async extend(grant, credentials: NewCredential[]) {
      if (credentials.length === 0) return (await isGrant(grant.id)) ? 'extended' : 'revoked'
      const rows = credentials.map((one) => credentialRow(one, grant))
      const { found, failure } = await insertIf(rows, () => grantRowOf(grant.id), inTransaction)
      if (found && failure === null) return 'extended'
      if (found && (await isGrant(grant.id))) throw failure
      return 'revoked'
    },
  }
}
