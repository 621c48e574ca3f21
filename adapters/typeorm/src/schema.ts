import { OptionError } from '@oauth2-kit/core/store-kit'
import { EntitySchema, type EntitySchemaColumnOptions } from 'typeorm'
import { createOAuthTables } from './migrations/create-oauth-tables'
import type { DatabaseType } from './engine'
import { type TableNames, tableNames } from './tables'

/** A row of the credentials table: a code, a token or, without `grantId`, the grant itself. */
export interface CredentialRow {
  /** The hash; for a grant, its id. */
  id: string
  /**
   * `revoked` is an access token that was revoked alone. It is no longer found, but it is still the
   * redemption mark of the code that it came from.
   */
  kind: 'grant' | 'code' | 'access' | 'refresh' | 'used' | 'answer' | 'revoked'
  grantId: string | null
  /**
   * The credential whose successor this is. Unique together with `ordinal`, so that a credential is
   * redeemed only once. This store writes it for the first successor only.
   */
  claims: string | null
  /** Position among the successors of one redemption; the first one (0) is the redemption mark. */
  ordinal: number
  clientId: string
  userId: string | null
  data: string
  /**
   * Milliseconds since the epoch, like all times here: the same on every engine and in every time
   * zone.
   */
  createdAt: string
  expiresAt: string | null
  /**
   * `purge` may remove the row after this time; `null` = never. A redemption mark stays as long as
   * the credential that it marks. For a grant: when to check whether it has credentials left.
   */
  keepUntil: string | null
  /**
   * For a grant with a user: a hash of the user and the client, whose ids together are too long for
   * an index of MySQL.
   */
  owner: string | null
}

export interface ClientRow {
  id: string
  version: string
  data: string
}

/** A user, or the mark of a deleted user. */
export interface UserRow {
  id: string
  /** Empty in a mark. */
  version: string
  /** `null` in a mark. */
  username: string | null
  /** Empty in a mark. */
  passwordHash: string
  data: string | null
  /** Until when the id is marked as deleted; `null` = the user is not deleted. */
  deletedUntil: string | null
}

export interface RecordRow {
  id: string
  data: string
  expiresAt: string
}

/** The options that a DataSource needs: `new DataSource({ ..., ...oauthTables('postgres') })`. */
export interface OAuthTables {
  entities: EntitySchema[]
  migrations: ReturnType<typeof createOAuthTables>[]
}

/**
 * Returns the entities and the migration of the store, for a DataSource of that type. Throws a
 * TypeError if the store does not support the type.
 */
export function oauthTables(
  type: DatabaseType,
  { tables }: { tables?: Partial<TableNames> } = {},
): OAuthTables {
  const names = tableNames(tables)
  const { key, text } = columnTypes(type)
  const id: EntitySchemaColumnOptions = { ...key, primary: true }
  const time: EntitySchemaColumnOptions = { type: 'bigint' }
  const limited = (length: number) => (key.length === undefined ? key : { ...key, length })

  const credentials = new EntitySchema<CredentialRow>({
    name: names.credentials,
    tableName: names.credentials,
    columns: {
      id: { ...id, primaryKeyConstraintName: `pk_${names.credentials}` },
      kind: limited(16),
      grantId: { ...key, name: 'grant_id', nullable: true },
      claims: { ...key, nullable: true },
      ordinal: { type: 'int', default: 0 },
      clientId: { ...key, name: 'client_id' },
      userId: { ...key, name: 'user_id', nullable: true },
      data: text,
      createdAt: { ...time, name: 'created_at' },
      expiresAt: { ...time, name: 'expires_at', nullable: true },
      keepUntil: { ...time, name: 'keep_until', nullable: true },
      owner: { ...limited(64), nullable: true },
    },
    uniques: [{ name: `uq_${names.credentials}_claims`, columns: ['claims', 'ordinal'] }],
    indices: [
      { name: `ix_${names.credentials}_grant`, columns: ['grantId'] },
      { name: `ix_${names.credentials}_user`, columns: ['userId', 'kind', 'id'] },
      { name: `ix_${names.credentials}_client`, columns: ['clientId', 'kind', 'id'] },
      { name: `ix_${names.credentials}_owner`, columns: ['owner', 'id'] },
      { name: `ix_${names.credentials}_keep`, columns: ['kind', 'keepUntil'] },
    ],
    foreignKeys: [
      {
        name: `fk_${names.credentials}_grant`,
        target: names.credentials,
        columnNames: ['grantId'],
        referencedColumnNames: ['id'],
        // Ensures that a revocation wins: nothing can be added to a grant that is deleted.
        onDelete: 'CASCADE',
        onUpdate: 'NO ACTION',
      },
    ],
  })
  const clients = new EntitySchema<ClientRow>({
    name: names.clients,
    tableName: names.clients,
    columns: {
      id: { ...id, primaryKeyConstraintName: `pk_${names.clients}` },
      version: key,
      data: text,
    },
  })
  const users = new EntitySchema<UserRow>({
    name: names.users,
    tableName: names.users,
    columns: {
      id: { ...id, primaryKeyConstraintName: `pk_${names.users}` },
      version: key,
      username: { ...key, nullable: true },
      passwordHash: { ...text, name: 'password_hash' },
      data: { ...text, nullable: true },
      deletedUntil: { ...time, name: 'deleted_until', nullable: true },
    },
    uniques: [{ name: `uq_${names.users}_username`, columns: ['username'] }],
    indices: [{ name: `ix_${names.users}_deleted`, columns: ['deletedUntil'] }],
  })
  const records = new EntitySchema<RecordRow>({
    name: names.records,
    tableName: names.records,
    columns: {
      id: { ...id, primaryKeyConstraintName: `pk_${names.records}` },
      data: text,
      expiresAt: { ...time, name: 'expires_at' },
    },
    indices: [{ name: `ix_${names.records}_expires`, columns: ['expiresAt'] }],
  })
  return {
    entities: [credentials, clients, users, records] as EntitySchema[],
    migrations: [createOAuthTables(type, names)],
  }
}

/**
 * Returns column types that compare text byte for byte: ids that differ in case, accents or
 * trailing spaces are different. The other binary collations of MySQL and MariaDB ignore trailing
 * spaces.
 */
function columnTypes(type: DatabaseType): Record<'key' | 'text', EntitySchemaColumnOptions> {
  switch (type) {
    case 'postgres':
      return { key: { type: 'varchar', length: 255, collation: 'C' }, text: { type: 'text' } }
    case 'mariadb':
      return mysqlTypes('utf8mb4_nopad_bin')
    case 'mysql':
      return mysqlTypes('utf8mb4_0900_bin')
    case 'better-sqlite3':
    case 'sqljs':
      // A type with a length would promise a limit that SQLite does not have.
      return { key: { type: 'text' }, text: { type: 'text' } }
    default: {
      const types = 'postgres, mariadb, mysql, better-sqlite3 or sqljs'
      throw new OptionError('type', `"${String(type)}" is not a supported type: use ${types}`)
    }
  }
}

function mysqlTypes(collation: string): Record<'key' | 'text', EntitySchemaColumnOptions> {
  const utf8 = { charset: 'utf8mb4', collation }
  return {
    key: { type: 'varchar', length: 255, ...utf8 },
    text: { type: 'mediumtext', ...utf8 },
  }
}
