import { assertCredentials, firstSuccessor, withCode } from '@oauth2-kit/core/store-kit'
import type { Credential, Manifest, Redemption, Store } from '@oauth2-kit/core'
import { checking } from './check'
import { clientsOf } from './clients'
import type { Database } from './database'
import { engineOf } from './engine'
import { grantsOf } from './grants'
import { purging } from './purge'
import { recordsOf } from './records'
import { isKey, toCredential } from './rows'
import type { TableNames } from './tables'
import type { CredentialRow } from './schema'
import { type AccessToken, type Explanation, credentialStatements } from './statements'
import { usersOf } from './users'

/** Returns the methods of the contract, on the tables with those names. */
export function storeOn(
  database: Database,
  tables: TableNames,
  batchSize: number,
): Required<Store> {
  const statements = credentialStatements(database.dataSource, tables)
  const grants = grantsOf(database, statements, batchSize)
  const { purge, removeEmpty } = purging(database, tables, batchSize)
  const { removeClient, ...clients } = clientsOf(database, tables)
  const { markUser, ...users } = usersOf(database, tables)

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

  return {
    supports: manifestOf(database),
    ...clients,
    ...users,
    ...recordsOf(database, tables),

    async deleteClient(id) {
      await removeClient(id)
      await grants.revoke({ clientId: id })
    },

    async deleteUser(id, markUntil) {
      await markUser(id, markUntil)
      await grants.revoke({ userId: id })
    },

    async issue(grant, credentials, conditions) {
      assertCredentials(credentials)
      const written = await database.write(statements.issue(grant, credentials, conditions))
      return written > 0 ? 'issued' : 'refused'
    },

    async find(hash) {
      if (!isKey(hash)) return null
      const [row] = await database.read<CredentialRow>(statements.find(hash))
      // The columns of a table that was created by hand may ignore case.
      return row?.id === hash ? toCredential(row) : null
    },

    async redeem(old, successors) {
      const first = firstSuccessor(successors)
      if (!isKey(old.grant.id)) return { status: 'revoked' }
      if (!isKey(old.hash)) {
        return { status: (await grants.has(old.grant.id)) ? 'unknown' : 'revoked' }
      }
      let failure: unknown = withCode(
        'OAUTH2_KIT_EXISTS',
        new Error('A credential with that hash exists'),
      )
      try {
        const written = await database.write(
          statements.redeem(old.hash, old.grant.id, successors, database.isJoined()),
        )
        if (written > 0) return { status: 'redeemed' }
      } catch (error) {
        failure = error
      }
      // A conflict, a grant that is gone, or a lost reply: the rows show which.
      const outcome = await outcomeOf(old, first.hash).catch(() => null)
      if (!outcome) throw failure
      return outcome
    },

    async isRedeemed({ hash }) {
      if (!isKey(hash)) return false
      const [row] = await database.read<Pick<CredentialRow, 'claims'>>(statements.claimOn(hash))
      return row?.claims === hash
    },

    async extend(grant, credentials) {
      if (!isKey(grant.id)) return 'revoked'
      if (credentials.length === 0) return (await grants.has(grant.id)) ? 'extended' : 'revoked'
      let written = 0
      try {
        written = await database.write(statements.extend(grant.id, credentials))
      } catch (error) {
        // On some engines a revocation first shows as an error of the foreign key.
        if (await grants.has(grant.id).catch(() => true)) throw error
      }
      return written > 0 ? 'extended' : 'revoked'
    },

    revoke: (selector) => grants.revoke(selector),

    async revokeAccessToken(hash) {
      if (!isKey(hash)) return
      const [token] = await database.read<AccessToken>(statements.accessToken(hash))
      if (!token) return
      if (token.oldId !== null) {
        await database.write(statements.hideAccessToken(hash, token.keepUntil))
        return
      }
      await database.write(statements.removeAccessToken(hash))
      await removeEmpty([token.grantId])
    },

    listGrants: (selector, page) => grants.list(selector, page),

    purge,
    check: () => checking(database, tables),
  }
}

function manifestOf({ dataSource }: Database): Manifest {
  const { options } = dataSource
  const inMemory =
    options.type === 'sqljs' ||
    (options.type === 'better-sqlite3' && options.database === ':memory:')
  return Object.freeze({
    contract: 1,
    roundTrips: Object.freeze({
      find: 1,
      issue: 1,
      redeem: 1,
      extend: 1,
      revoke: 1,
      addRecord: 1,
      takeRecord: engineOf(dataSource).returning ? 1 : 2,
    }),
    cleanup: 'purge',
    users: true,
    durable: !inMemory,
    tenants: true,
    multiProcess: !inMemory,
  })
}
