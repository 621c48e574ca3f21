import type { TableNames } from './tables'

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
   * Milliseconds since the epoch, like all times here: the same on every database and in every time
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

/**
 * What a column holds: `key` is text that is compared byte for byte, `text` is long text, `time` is a
 * number of milliseconds since the epoch.
 */
export type ColumnType = 'key' | 'text' | 'time' | 'integer'

/** A column of a table. */
export interface Column {
  readonly name: string
  readonly type: ColumnType
  /** The greatest length of a key, in characters. */
  readonly length?: number
  readonly nullable?: boolean
  readonly default?: number
}

/** A condition on a row, by the property of a column. */
export interface Condition<Property extends string = string> {
  readonly column: Property
  /** The value of the column; without it, any value but NULL. */
  readonly equals?: string
}

/** An index, by the properties of its columns. Its name ends with `suffix`. */
export interface Index<Property extends string = string> {
  readonly suffix: string
  readonly columns: readonly Property[]
  /**
   * The rows that a look-up by this index can find. PostgreSQL and SQLite index only these rows, and
   * use the index only for statements whose own conditions imply this one. MariaDB and MySQL index
   * all rows.
   */
  readonly where?: Condition<Property>
}

/** A table of the store. Its primary key is `id`. */
export interface TableSchema<Property extends string = string> {
  readonly columns: Readonly<Record<Property, Column>>
  readonly uniques: readonly Index<Property>[]
  readonly indexes: readonly Index<Property>[]
  /** A column that refers to the id of a row of the same table, and is deleted with that row. */
  readonly parent?: Index<Property>
}

/** An index with its name. */
export interface NamedIndex {
  readonly name: string
  readonly isUnique: boolean
  readonly index: Index
}

/** Returns the indexes of the table with that name, apart from the primary key. */
export function namedIndexes(table: string, { uniques, indexes }: TableSchema): NamedIndex[] {
  const withName = (prefix: string, index: Index) => ({
    name: `${prefix}_${table}_${index.suffix}`,
    isUnique: prefix === 'uq',
    index,
  })
  return [
    ...uniques.map((one) => withName('uq', one)),
    ...indexes.map((one) => withName('ix', one)),
  ]
}

const key: Column = { name: '', type: 'key', length: 255 }
const text: Column = { name: '', type: 'text' }
const time: Column = { name: '', type: 'time' }

function named(name: string, column: Column, more: Partial<Column> = {}): Column {
  return Object.freeze({ ...column, ...more, name })
}

const nullable = { nullable: true }

const isGrant: Condition<keyof CredentialRow> = { column: 'kind', equals: 'grant' }

const credentials: TableSchema<keyof CredentialRow> = {
  columns: {
    id: named('id', key),
    kind: named('kind', key, { length: 16 }),
    grantId: named('grant_id', key, nullable),
    claims: named('claims', key, nullable),
    ordinal: { name: 'ordinal', type: 'integer', default: 0 },
    clientId: named('client_id', key),
    userId: named('user_id', key, nullable),
    data: named('data', text),
    createdAt: named('created_at', time),
    expiresAt: named('expires_at', time, nullable),
    keepUntil: named('keep_until', time, nullable),
    owner: named('owner', key, { length: 64, ...nullable }),
  },
  uniques: [{ suffix: 'claims', columns: ['claims', 'ordinal'], where: { column: 'claims' } }],
  indexes: [
    { suffix: 'grant', columns: ['grantId'], where: { column: 'grantId' } },
    { suffix: 'user', columns: ['userId', 'kind', 'id'], where: isGrant },
    { suffix: 'client', columns: ['clientId', 'kind', 'id'], where: isGrant },
    { suffix: 'owner', columns: ['owner', 'id'], where: { column: 'owner' } },
    { suffix: 'keep', columns: ['kind', 'keepUntil'] },
  ],
  // Ensures that a revocation wins: nothing can be added to a grant that is deleted.
  parent: { suffix: 'grant', columns: ['grantId'] },
}

const clients: TableSchema<keyof ClientRow> = {
  columns: { id: named('id', key), version: named('version', key), data: named('data', text) },
  uniques: [],
  indexes: [],
}

const users: TableSchema<keyof UserRow> = {
  columns: {
    id: named('id', key),
    version: named('version', key),
    username: named('username', key, nullable),
    passwordHash: named('password_hash', text),
    data: named('data', text, nullable),
    deletedUntil: named('deleted_until', time, nullable),
  },
  uniques: [{ suffix: 'username', columns: ['username'] }],
  indexes: [{ suffix: 'deleted', columns: ['deletedUntil'], where: { column: 'deletedUntil' } }],
}

const records: TableSchema<keyof RecordRow> = {
  columns: {
    id: named('id', key),
    data: named('data', text),
    expiresAt: named('expires_at', time),
  },
  uniques: [],
  indexes: [{ suffix: 'expires', columns: ['expiresAt'] }],
}

/**
 * The tables of the store, which `@oauth2-kit/prisma` and `@oauth2-kit/typeorm` have too. Keys are
 * compared byte for byte, so that ids which differ in case, accents or trailing spaces are different.
 */
export const oauthSchema = Object.freeze({ credentials, clients, users, records }) satisfies Record<
  keyof TableNames,
  TableSchema
>
