import { OptionError } from '@oauth2-kit/core/store-kit'
import { CompiledQuery, type Generated, type Migration } from 'kysely'
import { type SqlDialect, assertDialect } from '../dialect'
import type { SqlExecutor, SqlValue } from '../executor'
import { type MigrationOptions, migrationSteps } from '../migration-steps'
import type { SqlStoreOptions } from '../options'
import { type SqlStore, sqlStoreFor } from '../sql-store'

/** An instance or a transaction of Kysely, or what has its methods. */
export interface KyselyClient {
  readonly isTransaction: boolean
  executeQuery(query: CompiledQuery): Promise<{
    readonly rows: unknown[]
    readonly numAffectedRows?: bigint | undefined
  }>
  transaction(): { execute<T>(work: (transaction: KyselyClient) => Promise<T>): Promise<T> }
  withoutPlugins(): KyselyClient
}

/** Options of `kyselyStore()`. */
export interface KyselyStoreOptions extends SqlStoreOptions {
  /** The SQL that the database understands, which Kysely does not tell. */
  dialect: SqlDialect
}

/** A time in milliseconds since the epoch, as the driver reads big integers. */
type Time = string | number | bigint

/** The columns of the credentials table. */
export interface OAuthCredentialsTable {
  id: string
  kind: string
  grant_id: string | null
  claims: string | null
  ordinal: Generated<number>
  client_id: string
  user_id: string | null
  data: string
  created_at: Time
  expires_at: Time | null
  keep_until: Time | null
  owner: string | null
}

/** The columns of the clients table. */
export interface OAuthClientsTable {
  id: string
  version: string
  data: string
}

/** The columns of the users table. */
export interface OAuthUsersTable {
  id: string
  version: string
  username: string | null
  password_hash: string
  data: string | null
  deleted_until: Time | null
}

/** The columns of the records table. */
export interface OAuthRecordsTable {
  id: string
  data: string
  expires_at: Time
}

/**
 * The tables of the store with their default names, for the interface of your database. Write only
 * through the store: it keeps rules that the tables do not have.
 */
export interface OAuthTables {
  oauth_credentials: OAuthCredentialsTable
  oauth_clients: OAuthClientsTable
  oauth_users: OAuthUsersTable
  oauth_records: OAuthRecordsTable
}

export type { MigrationOptions, SqlDialect, SqlStore, SqlStoreOptions }

/**
 * Returns a store on your own instance of Kysely. With a transaction of Kysely, everything that
 * the store does is part of that transaction. Your plugins do not change its statements. Throws a
 * TypeError if the set-up is wrong.
 */
export function kyselyStore(db: KyselyClient, options: KyselyStoreOptions): SqlStore {
  const { executeQuery, withoutPlugins } = (db as Partial<KyselyClient> | null) ?? {}
  if (typeof executeQuery !== 'function' || typeof withoutPlugins !== 'function')
    throw new OptionError('db', 'kyselyStore() takes an instance of Kysely, or its transaction')
  const { dialect, ...others } = options ?? {}
  assertDialect(dialect)
  return sqlStoreFor(executorOn(db.withoutPlugins(), dialect), others, 'kyselyStore()')
}

/**
 * Returns a migration of the tables for Kysely's `Migrator`, whose `down` drops them. Throws a
 * TypeError if the dialect or an option is wrong.
 */
export function oauthMigration(
  dialect: SqlDialect,
  options: MigrationOptions = {},
): Required<Migration> {
  const { up, down } = migrationSteps(dialect, options)
  return { up: (db) => runAll(db, up), down: (db) => runAll(db, down) }
}

function executorOn(db: KyselyClient, dialect: SqlDialect): SqlExecutor {
  return {
    dialect,

    async query(text, values: readonly SqlValue[]) {
      const query = CompiledQuery.raw(text, [...values])
      const { rows, numAffectedRows } = await db.executeQuery(query)
      return { rows: rows as Record<string, unknown>[], affected: Number(numAffectedRows ?? 0) }
    },

    transaction: (work) => db.transaction().execute((own) => work(executorOn(own, dialect))),
    isJoined: () => db.isTransaction,
    // Kysely calls the method of mysql2 that quotes the values.
    interpolates: dialect === 'mysql' || dialect === 'mariadb',
  }
}

async function runAll(db: KyselyClient, statements: readonly string[]): Promise<void> {
  const plain = db.withoutPlugins()
  for (const text of statements) await plain.executeQuery(CompiledQuery.raw(text))
}
