import type { Credential, Manifest, Redemption, Selector, Store } from '@oauth2-kit/core'
import { checking } from './check'
import type { Database } from './database'
import { engineOf } from './engine'
import { metadataOf } from './metadata'
import { purging } from './purge'
import { records } from './records'
import { isKey, toCredential, toGrant, toMark } from './rows'
import type { CredentialRow, KeyRow, TableNames } from './schema'
import { type Statement, namesOf, statement } from './sql'
import {
  type AccessToken,
  type Conditions,
  type Explanation,
  credentialStatements,
} from './statements'

/** The contract, on the tables of those names. */
export function storeOn(
  database: Database,
  tables: TableNames,
  batchSize: number,
): Required<Store> {
  const { dataSource } = database
  const statements = credentialStatements(dataSource, tables)
  const { purge, removeEmpty } = purging(database, tables, batchSize)
  const { removeClient, removeUser, ...kept } = records(database, tables)
  const newKey = keyStatement(database, tables)

  async function hasGrant(id: string): Promise<boolean> {
    const [grant] = await database.read(statements.listGrants({ id }, { limit: 1 }))
    return grant !== undefined
  }

  async function revoke(selector: Selector): Promise<number> {
    const conditions = conditionsOf(selector)
    return conditions ? database.write(statements.revoke(conditions)) : 0
  }

  /**
   * What has become of a credential that could not be redeemed; `null` if nothing of it speaks
   * against that, so that something else was in the way.
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
    const by = toMark(row)
    if (!by) return null
    if (by.hash === attempt) return { status: 'redeemed' }
    return { status: 'replayed', by }
  }

  return {
    supports: manifestOf(database),
    ...kept,

    async deleteClient(id) {
      await removeClient(id)
      await revoke({ clientId: id })
    },

    async deleteUser(id) {
      await removeUser(id)
      await revoke({ userId: id })
    },

    async issue(grant, credentials) {
      if (credentials.length === 0) throw new TypeError('A grant needs a credential')
      await database.write(statements.issue(grant, credentials))
    },

    async find(hash) {
      if (!isKey(hash)) return null
      const [row] = await database.read<CredentialRow>(statements.find(hash))
      // A table that was made by hand may compare without regard to case.
      return row?.id === hash ? toCredential(row) : null
    },

    async redeem(old, successors) {
      const [first] = successors
      if (!first) throw new TypeError('A credential is redeemed for one successor at least')
      if (!isKey(old.grant.id)) return { status: 'revoked' }
      if (!isKey(old.hash)) {
        return { status: (await hasGrant(old.grant.id)) ? 'unknown' : 'revoked' }
      }
      let failure: unknown = new Error('A credential with that hash exists')
      try {
        const written = await database.write(
          statements.redeem(old.hash, old.grant.id, successors, database.isJoined()),
        )
        if (written > 0) return { status: 'redeemed' }
      } catch (error) {
        failure = error
      }
      // A conflict, a grant that is gone, or a reply that was lost: the rows say which.
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
      if (credentials.length === 0) return (await hasGrant(grant.id)) ? 'extended' : 'revoked'
      let written = 0
      try {
        written = await database.write(statements.extend(grant.id, credentials))
      } catch (error) {
        // On some engines the foreign key is the first to know of a revocation.
        if (await hasGrant(grant.id).catch(() => true)) throw error
      }
      return written > 0 ? 'extended' : 'revoked'
    },

    revoke,

    async revokeCredential(hash) {
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

    async listGrants(selector, page) {
      const conditions = conditionsOf(selector)
      if (!conditions) return []
      const rows = await database.read<CredentialRow>(statements.listGrants(conditions, page))
      return rows.map(toGrant)
    },

    async remember(key, expiresAt) {
      if (!isKey(key)) throw new TypeError('"key" must be well-formed text')
      return (await database.write(newKey(key, expiresAt))) > 0
    },

    purge,
    check: () => checking(database, tables),
  }
}

/** What a grant's row must have; `null` if one of the values can be nobody's. */
function conditionsOf(selector: Selector): Conditions | null {
  const conditions =
    'grantId' in selector
      ? { id: selector.grantId }
      : 'userId' in selector
        ? {
            userId: selector.userId,
            ...(selector.clientId !== undefined && { clientId: selector.clientId }),
          }
        : { clientId: selector.clientId }
  return Object.values(conditions).every(isKey) ? conditions : null
}

function keyStatement(
  { dataSource }: Database,
  tables: TableNames,
): (key: string, expiresAt: number) => Statement {
  const engine = engineOf(dataSource)
  const { table, list } = namesOf<keyof KeyRow>(dataSource, metadataOf(dataSource, tables.keys))
  return (key, expiresAt) =>
    statement(dataSource, (next) =>
      engine.insertNew(
        `${table} (${list(['id', 'expiresAt'])}) VALUES (${next(key)}, ${next(expiresAt)})`,
      ),
    )
}

function manifestOf({ dataSource: { options } }: Database): Manifest {
  const inMemory =
    options.type === 'sqljs' ||
    (options.type === 'better-sqlite3' && options.database === ':memory:')
  return Object.freeze({
    contract: 1,
    roundTrips: Object.freeze({ find: 1, issue: 1, redeem: 1, extend: 1, revoke: 1 }),
    cleanup: 'purge',
    users: true,
    durable: !inMemory,
    tenants: true,
    multiProcess: !inMemory,
  })
}
