import { anything, readOptions } from '@oauth2-kit/core/store-kit'
import { type Dialect, type SqlDialect, assertDialect, dialects } from './dialect'
import { indexCondition } from './index-condition'
import { type Column, type Index, type TableSchema, namedIndexes, oauthSchema } from './schema'
import { type SqlStoreOptions, schemaRule } from './options'
import { type TableNames, assertNamesFit, tableNames } from './tables'

/** One step from a version of the tables to the next one. */
export interface SqlMigration {
  /** The version of the tables after this step. */
  readonly version: number
  readonly name: string
  /** SQL without values. Each statement can be run again: it skips what is already there. */
  readonly statements: readonly string[]
}

/** Where the tables of a migration are. */
export type SchemaOptions = Pick<SqlStoreOptions, 'tables' | 'schema'>

/**
 * Returns the migrations of the tables, in the order in which they must run. A migration of a
 * published version never changes: a later release adds another one. Throws an OptionError if an
 * option is wrong.
 */
export function sqlMigrations(
  dialect: SqlDialect,
  options: SchemaOptions = {},
): readonly SqlMigration[] {
  assertDialect(dialect)
  const { tables, schema } = readOptions<SchemaOptions>(
    options,
    { tables: anything, schema: schemaRule },
    { of: 'sqlMigrations()' },
  )
  const names = tableNames(tables, 'sqlMigrations()')
  assertNamesFit(dialects[dialect], names)
  const statements = Object.entries(oauthSchema).flatMap(([table, columns]) =>
    creation(dialects[dialect], names[table as keyof TableNames], columns, schema),
  )
  return [{ version: 1, name: 'create the tables', statements }]
}

/**
 * Returns the migrations after a version as one text of SQL, with a comment for each version.
 */
export function sqlSchema(
  dialect: SqlDialect,
  { from = 0, ...options }: SchemaOptions & { from?: number } = {},
): string {
  return sqlMigrations(dialect, options)
    .filter(({ version }) => version > from)
    .map(
      ({ version, name, statements }) =>
        `-- Version ${version} of the tables of oauth2-kit: ${name}\n\n${statements.join(';\n\n')};\n`,
    )
    .join('\n')
}

const types: Record<Dialect['name'], (column: Column) => string> = {
  // Ids are ordered byte for byte, whatever the locale of the database.
  postgres: ({ type, length }) =>
    ({
      key: `VARCHAR(${length}) COLLATE "C"`,
      text: 'TEXT',
      time: 'BIGINT',
      integer: 'INTEGER',
    })[type],
  mysql: ({ type, length }) =>
    ({ key: `VARCHAR(${length})`, text: 'MEDIUMTEXT', time: 'BIGINT', integer: 'INTEGER' })[type],
  // A type with a length would promise a limit that SQLite does not have.
  sqlite: ({ type }) =>
    ({ key: 'TEXT', text: 'TEXT', time: 'BIGINT', integer: 'INTEGER' })[type] satisfies string,
}

/**
 * MariaDB reads the first comment and MySQL the second one. The other binary collations of both
 * ignore trailing spaces. MyISAM has neither foreign keys nor atomic statements.
 */
const mysqlOptions =
  ' ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */'

/** Returns the statements that create a table with its indexes. */
function creation(
  dialect: Dialect,
  name: string,
  described: TableSchema,
  schema: string | undefined,
): string[] {
  const { columns, parent } = described
  const { quote } = dialect
  const isMysql = dialect.name === 'mysql'
  const inSchema = (one: string) =>
    [schema, one]
      .flatMap((part) => part ?? [])
      .map(quote)
      .join('.')
  const table = inSchema(name)
  const nameOf = (property: string) => columns[property]!.name
  const list = (index: Index) => index.columns.map((one) => quote(nameOf(one))).join(', ')
  const rows = (index: Index) => {
    const condition = indexCondition(dialect.name, index, nameOf)
    return condition === undefined ? '' : ` WHERE ${condition}`
  }
  const all = namedIndexes(name, described).map((one) => ({
    ...one,
    kind: one.isUnique ? 'UNIQUE INDEX' : 'INDEX',
  }))
  const lines = [
    ...Object.values(columns).map(
      (column) => `${quote(column.name)} ${types[dialect.name](column)}${ends(column)}`,
    ),
    `${isMysql ? '' : `CONSTRAINT ${quote(`pk_${name}`)} `}PRIMARY KEY (${quote('id')})`,
    // MySQL can create an index only with its table, or it fails if the index exists.
    ...(isMysql ? all.map((one) => `${one.kind} ${quote(one.name)} (${list(one.index)})`) : []),
    ...(parent
      ? [
          `CONSTRAINT ${quote(`fk_${name}_${parent.suffix}`)} FOREIGN KEY (${list(parent)}) ` +
            // SQLite looks for the table in the same schema.
            `REFERENCES ${dialect.name === 'sqlite' ? quote(name) : table} (${quote('id')}) ` +
            'ON DELETE CASCADE ON UPDATE NO ACTION',
        ]
      : []),
  ]
  const created = `CREATE TABLE IF NOT EXISTS ${table} (\n  ${lines.join(',\n  ')}\n)`
  if (isMysql) return [`${created}${mysqlOptions}`]
  return [
    created,
    ...all.map((one) =>
      // The schema of an index is that of its table. Only SQLite names it before the index.
      dialect.name === 'sqlite'
        ? `CREATE ${one.kind} IF NOT EXISTS ${inSchema(one.name)} ON ${quote(name)} (${list(one.index)})${rows(one.index)}`
        : `CREATE ${one.kind} IF NOT EXISTS ${quote(one.name)} ON ${table} (${list(one.index)})${rows(one.index)}`,
    ),
  ]
}

function ends({ nullable, default: value }: Column): string {
  return `${nullable ? '' : ' NOT NULL'}${value === undefined ? '' : ` DEFAULT ${value}`}`
}
