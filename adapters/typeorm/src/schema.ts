import { EntitySchema, type EntitySchemaColumnOptions } from 'typeorm'
import { createOAuthTables } from './migrations/create-oauth-tables'

/** The databases that the store speaks to, by the `type` of a DataSource. */
export type DatabaseType = 'postgres' | 'mariadb' | 'mysql' | 'better-sqlite3' | 'sqljs'

/** The names of the tables, and of their entities. */
export interface TableNames {
  /** Grants, codes and tokens. @default 'oauth_credentials' */
  credentials: string
  /** Registered clients. @default 'oauth_clients' */
  clients: string
  /** The reference user model. @default 'oauth_users' */
  users: string
  /** What `remember` was given. @default 'oauth_keys' */
  keys: string
}

/** The defaults of `tables`. */
export const defaultTables: Readonly<TableNames> = Object.freeze({
  credentials: 'oauth_credentials',
  clients: 'oauth_clients',
  users: 'oauth_users',
  keys: 'oauth_keys',
})

/** A row of the credentials table: a code, a token or, without `grantId`, the grant itself. */
export interface CredentialRow {
  /** The hash; of a grant its id. */
  id: string
  /**
   * `revoked` is an access token that was revoked by itself: nobody finds it, but it is still the
   * mark of use of the code that it came from.
   */
  kind: 'grant' | 'code' | 'access' | 'refresh' | 'used' | 'revoked'
  grantId: string | null
  /** What this is the first successor of. Unique: that is what makes a redemption happen once. */
  claims: string | null
  clientId: string
  userId: string | null
  data: string
  /** Milliseconds since the epoch, as all times here: the same on every engine and in every zone. */
  createdAt: string
  expiresAt: string | null
  /**
   * `purge` may remove it after this; `null` = never. A mark of use stays as long as what it marks.
   * Of a grant: when to look whether anything of it is left.
   */
  keepUntil: string | null
}

export interface ClientRow {
  id: string
  data: string
}

export interface UserRow {
  id: string
  username: string
  passwordHash: string
  data: string | null
}

export interface KeyRow {
  id: string
  expiresAt: string
}

/** What a DataSource needs: `new DataSource({ ..., ...oauthTables('postgres') })`. */
export interface OAuthTables {
  entities: EntitySchema[]
  migrations: ReturnType<typeof createOAuthTables>[]
}

/**
 * The entities and the migration of the store, for a DataSource of that type. Throws a TypeError for
 * a type that the store does not speak to.
 */
export function oauthTables(
  type: DatabaseType,
  { tables }: { tables?: Partial<TableNames> } = {},
): OAuthTables {
  const names = tableNames(tables)
  const { key, text } = columnTypes(type)
  const id: EntitySchemaColumnOptions = { ...key, primary: true }
  const time: EntitySchemaColumnOptions = { type: 'bigint' }

  const credentials = new EntitySchema<CredentialRow>({
    name: names.credentials,
    tableName: names.credentials,
    columns: {
      id: { ...id, primaryKeyConstraintName: `pk_${names.credentials}` },
      kind: { ...key, length: 16 },
      grantId: { ...key, name: 'grant_id', nullable: true },
      claims: { ...key, nullable: true },
      clientId: { ...key, name: 'client_id' },
      userId: { ...key, name: 'user_id', nullable: true },
      data: text,
      createdAt: { ...time, name: 'created_at' },
      expiresAt: { ...time, name: 'expires_at', nullable: true },
      keepUntil: { ...time, name: 'keep_until', nullable: true },
    },
    uniques: [{ name: `uq_${names.credentials}_claims`, columns: ['claims'] }],
    indices: [
      { name: `ix_${names.credentials}_grant`, columns: ['grantId'] },
      { name: `ix_${names.credentials}_user`, columns: ['userId', 'kind', 'id'] },
      { name: `ix_${names.credentials}_client`, columns: ['clientId', 'kind', 'id'] },
      { name: `ix_${names.credentials}_keep`, columns: ['keepUntil'] },
    ],
    foreignKeys: [
      {
        name: `fk_${names.credentials}_grant`,
        target: names.credentials,
        columnNames: ['grantId'],
        referencedColumnNames: ['id'],
        // What makes a revocation win: nothing can be added to a grant that is gone.
        onDelete: 'CASCADE',
        onUpdate: 'NO ACTION',
      },
    ],
  })
  const clients = new EntitySchema<ClientRow>({
    name: names.clients,
    tableName: names.clients,
    columns: { id: { ...id, primaryKeyConstraintName: `pk_${names.clients}` }, data: text },
  })
  const users = new EntitySchema<UserRow>({
    name: names.users,
    tableName: names.users,
    columns: {
      id: { ...id, primaryKeyConstraintName: `pk_${names.users}` },
      username: key,
      passwordHash: { ...text, name: 'password_hash' },
      data: { ...text, nullable: true },
    },
    uniques: [{ name: `uq_${names.users}_username`, columns: ['username'] }],
  })
  const keys = new EntitySchema<KeyRow>({
    name: names.keys,
    tableName: names.keys,
    columns: {
      id: { ...id, primaryKeyConstraintName: `pk_${names.keys}` },
      expiresAt: { ...time, name: 'expires_at' },
    },
    indices: [{ name: `ix_${names.keys}_expires`, columns: ['expiresAt'] }],
  })
  return {
    entities: [credentials, clients, users, keys] as EntitySchema[],
    migrations: [createOAuthTables(names)],
  }
}

/** All names, checked. Throws a TypeError for one that is none. */
export function tableNames(given: Partial<TableNames> = {}): TableNames {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(defaultTables, name))
  if (unknown !== undefined) {
    const known = Object.keys(defaultTables).join(', ')
    throw new TypeError(`"tables" has "${unknown}", which is no table: take ${known}`)
  }
  const names = { ...defaultTables, ...given }
  for (const [table, name] of Object.entries(names)) {
    if (typeof name !== 'string' || name === '')
      throw new TypeError(`"tables.${table}" must be the name of a table`)
  }
  if (new Set(Object.values(names)).size < Object.keys(names).length)
    throw new TypeError('"tables" has the same name twice: each table needs its own')
  return names
}

/**
 * Text is compared byte for byte: no other case, accent or trailing space passes for the same id.
 * MySQL's and MariaDB's other binary collations ignore trailing spaces.
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
      return { key: { type: 'varchar', length: 255 }, text: { type: 'text' } }
    default: {
      const types = 'postgres, mariadb, mysql, better-sqlite3 or sqljs'
      throw new TypeError(`"${String(type)}" is no type that the store speaks to: take ${types}`)
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
