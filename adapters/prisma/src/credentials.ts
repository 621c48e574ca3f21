import type { Credential, Grant, GrantRef, NewCredential, Redemption } from '@oauth2-kit/core'
import type { Database } from './database'
import { DuplicateError } from './errors'
import { isId, credentialOf, credentialRow, grantKey, grantRow } from './rows'
import type { CredentialRow } from './schema'

/** Issuing, finding and redeeming: the part of the contract that every request comes through. */
export function credentialsOf(database: Database) {
  const { ask, attempt, orSkip } = database

  async function insert(rows: CredentialRow[]): Promise<number> {
    const { count } = await attempt(({ credentials }) => credentials.createMany({ data: rows }))
    return count
  }

  async function exists(id: string): Promise<boolean> {
    return (await rowOf(id)) !== null
  }

  async function rowOf(id: string): Promise<CredentialRow | null> {
    const row = await ask(({ credentials }) => credentials.findUnique({ where: { id } }))
    // The column's collation may take another id for this one.
    return row?.id === id ? row : null
  }

  async function firstSuccessorOf(hash: string, grantId: string): Promise<CredentialRow | null> {
    const claim = { claimsGrantId: grantKey(grantId), claims: hash, ordinal: 0 }
    const where = { claimsGrantId_claims_ordinal: claim }
    const row = await ask(({ credentials }) => credentials.findUnique({ where }))
    return row?.claims === hash ? row : null
  }

  /** The claims are taken, or one of the rows can't be: what does the database say by now? */
  async function settle(
    { hash, grant }: Credential,
    rows: CredentialRow[],
    inserted: number,
  ): Promise<Redemption | null> {
    const winner = await firstSuccessorOf(hash, grant.id)
    const isOurs = winner?.id === rows[0]?.id
    if (inserted > 0 && !(isOurs && (await areAllThere(rows)))) {
      // Rows whose place nobody had taken. Nobody was told of them.
      const where = { id: { in: rows.map(({ id }) => id) }, claims: hash }
      await ask(({ credentials }) => credentials.deleteMany({ where }))
      if (isOurs) return null
    }
    if (winner) {
      if (isOurs) return { status: 'redeemed' }
      return { status: 'replayed', by: successorOf(winner) }
    }
    if (!(await exists(grantKey(grant.id)))) return { status: 'revoked' }
    const old = await rowOf(hash)
    return old?.grantId === grantKey(grant.id) ? null : { status: 'unknown' }
  }

  async function areAllThere(rows: CredentialRow[]): Promise<boolean> {
    const where = { id: { in: rows.map(({ id }) => id) }, claims: rows[0]?.claims ?? '' }
    const found = await ask(({ credentials }) =>
      credentials.findMany({ where, select: { id: true } }),
    )
    return found.length === rows.length
  }

  return {
    async issue(grant: Grant, credentials: NewCredential[]): Promise<void> {
      if (credentials.length === 0) throw new TypeError('A grant needs a credential')
      // The root goes first: SQLite and MariaDB check a foreign key row by row.
      await insert([grantRow(grant), ...credentials.map((one) => credentialRow(one, grant))])
    },

    async find(hash: string): Promise<Credential | null> {
      if (!isId(hash)) return null
      const row = await rowOf(hash)
      return row && credentialOf(row)
    },

    async redeem(old: Credential, successors: NewCredential[]): Promise<Redemption> {
      if (!isId(old.grant.id)) return { status: 'revoked' }
      if (!isId(old.hash)) return { status: 'unknown' }
      if (successors.length === 0) {
        throw new TypeError('A credential is redeemed for one successor at least')
      }
      const rows = successors.map((one, at) => credentialRow(one, old.grant, old.hash, at))
      assertDistinct(rows)
      let inserted = 0
      let failure: unknown = new DuplicateError()
      try {
        const { count } = await attempt(({ credentials }) =>
          credentials.createMany({ data: rows, ...orSkip }),
        )
        if (count === rows.length) return { status: 'redeemed' }
        inserted = count
      } catch (error) {
        // Refused, or done and the reply lost: the database knows.
        failure = error
      }
      const settled = await settle(old, rows, inserted)
      if (!settled) throw failure
      return settled
    },

    async isRedeemed({ hash, grant }: Credential): Promise<boolean> {
      if (!isId(hash) || !isId(grant.id)) return false
      return (await firstSuccessorOf(hash, grant.id)) !== null
    },

    async extend(grant: GrantRef, credentials: NewCredential[]): Promise<'extended' | 'revoked'> {
      if (!isId(grant.id)) return 'revoked'
      if (credentials.length === 0) {
        return (await exists(grantKey(grant.id))) ? 'extended' : 'revoked'
      }
      try {
        await insert(credentials.map((one) => credentialRow(one, grant)))
        return 'extended'
      } catch (error) {
        if (await exists(grantKey(grant.id))) throw error
        return 'revoked'
      }
    },
  }
}

/** The winner as it was when it won, also where it was revoked alone since then. */
function successorOf(row: CredentialRow): Credential {
  const by = credentialOf(row) ?? credentialOf({ ...row, kind: 'access' })
  if (!by) throw new Error(`A successor can't be of the kind "${row.kind}"`)
  return by
}

function assertDistinct(rows: CredentialRow[]): void {
  if (new Set(rows.map(({ id }) => id)).size < rows.length) {
    throw new DuplicateError()
  }
}
