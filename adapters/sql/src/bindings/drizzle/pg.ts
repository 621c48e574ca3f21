import {
  type PgColumn,
  type PgTableExtraConfigValue,
  bigint,
  customType,
  foreignKey,
  index,
  integer,
  pgSchema,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core'
import type { SchemaOptions } from '../../migrations'
import type { Index } from '../../schema'
import { partsOf, readTableOptions } from '../../table-parts'
import { onlyWhere } from './partial'
import type { TableNames } from '../../tables'

export type { SchemaOptions, TableNames }

/** Text that is compared and ordered byte for byte, whatever the locale of the database is. */
const keyType = customType<{ data: string; config: { length: number }; configRequired: true }>({
  dataType: ({ length }) => `varchar(${length}) COLLATE "C"`,
})

const key = (name: string, length = 255) => keyType(name, { length })
const time = (name: string) => bigint(name, { mode: 'number' })

/**
 * Returns the tables of the store for the schema of Drizzle, from which `drizzle-kit` makes the
 * migrations. Throws a TypeError if an option is wrong.
 */
export function oauthTables(options: SchemaOptions = {}) {
  const { names, schema } = readTableOptions(options)
  const table = (
    schema === undefined || schema === 'public' ? pgTable : pgSchema(schema).table
  ) as typeof pgTable

  return {
    credentials: table(
      names.credentials,
      {
        id: key('id').notNull(),
        kind: key('kind', 16).notNull(),
        grantId: key('grant_id'),
        claims: key('claims'),
        ordinal: integer('ordinal').notNull().default(0),
        clientId: key('client_id').notNull(),
        userId: key('user_id'),
        data: text('data').notNull(),
        createdAt: time('created_at').notNull(),
        expiresAt: time('expires_at'),
        keepUntil: time('keep_until'),
        owner: key('owner', 64),
      },
      (columns) => parts('credentials', names, columns),
    ),
    clients: table(
      names.clients,
      {
        id: key('id').notNull(),
        version: key('version').notNull(),
        data: text('data').notNull(),
      },
      (columns) => parts('clients', names, columns),
    ),
    users: table(
      names.users,
      {
        id: key('id').notNull(),
        version: key('version').notNull(),
        username: key('username'),
        passwordHash: text('password_hash').notNull(),
        data: text('data'),
        deletedUntil: time('deleted_until'),
      },
      (columns) => parts('users', names, columns),
    ),
    records: table(
      names.records,
      {
        id: key('id').notNull(),
        data: text('data').notNull(),
        expiresAt: time('expires_at').notNull(),
      },
      (columns) => parts('records', names, columns),
    ),
  }
}

/** Returns the keys and indexes of a table. */
function parts(table: keyof TableNames, names: TableNames, columns: Record<string, PgColumn>) {
  const of = (wanted: Index['columns']) =>
    wanted.map((property) => columns[property]!) as [PgColumn, ...PgColumn[]]
  return partsOf<PgTableExtraConfigValue>('postgres', table, names[table], {
    primaryKey: (name) => primaryKey({ name, columns: of(['id']) }),
    unique: (name, wanted, where) => onlyWhere(uniqueIndex(name).on(...of(wanted)), where),
    index: (name, wanted, where) => onlyWhere(index(name).on(...of(wanted)), where),
    parent: (name, wanted) =>
      foreignKey({ name, columns: of(wanted), foreignColumns: of(['id']) }).onDelete('cascade'),
  })
}
