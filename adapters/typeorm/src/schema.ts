import { OptionError } from '@oauth2-kit/core/store-kit'
import {
  type Column,
  type SqlDialect,
  type TableNames,
  type TableSchema,
  namedIndexes,
  oauthSchema,
  tableNames,
} from '@oauth2-kit/sql'
import { EntitySchema, type EntitySchemaColumnOptions } from 'typeorm'
import { indicesOf, isPartial } from './indices'
import { createOAuthTables } from './migrations/create-oauth-tables'
import { type DatabaseType, dialectOfType } from './types'

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
  const names = tableNames(tables, 'oauthTables()')
  const columnOf = columnsOf(type)
  const dialect = dialectOfType(type)!
  const entities = Object.entries(oauthSchema).map(([table, schema]) =>
    entityOf(names[table as keyof TableNames], schema, dialect, columnOf),
  )
  return { entities, migrations: [createOAuthTables(type, names)] }
}

function entityOf(
  name: string,
  schema: TableSchema,
  dialect: SqlDialect,
  columnOf: ToColumn,
): EntitySchema {
  const { columns, parent } = schema
  const primary = { primary: true, primaryKeyConstraintName: `pk_${name}` }
  return new EntitySchema({
    name,
    tableName: name,
    columns: Object.fromEntries(
      Object.entries(columns).map(([property, column]) => [
        property,
        { ...columnOf(column), ...(property === 'id' && primary) },
      ]),
    ),
    uniques: namedIndexes(name, schema)
      .filter(({ isUnique, index }) => isUnique && !isPartial(index))
      .map((one) => ({ name: one.name, columns: [...one.index.columns] })),
    indices: indicesOf(name, schema, dialect, (property) => columns[property]!.name),
    ...(parent && {
      foreignKeys: [
        {
          name: `fk_${name}_${parent.suffix}`,
          target: name,
          columnNames: [...parent.columns],
          referencedColumnNames: ['id'],
          onDelete: 'CASCADE',
          onUpdate: 'NO ACTION',
        },
      ],
    }),
  })
}

/** Returns the options of a column of an entity. */
type ToColumn = (column: Column) => EntitySchemaColumnOptions

function columnsOf(type: DatabaseType): ToColumn {
  const { key, text } = columnTypes(type)
  return ({ name, type: holds, length, nullable = false, default: value }) => {
    const types: Record<Column['type'], EntitySchemaColumnOptions> = {
      key: key.length === undefined || length === undefined ? key : { ...key, length },
      text,
      time: { type: 'bigint' },
      integer: { type: 'int' },
    }
    return { ...types[holds], name, nullable, ...(value !== undefined && { default: value }) }
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
