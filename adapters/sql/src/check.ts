import type { Finding } from '@oauth2-kit/core'
import type { FoundColumn, FoundIndex, FoundTable, ReadTable } from './catalog/catalog'
import { readMysqlTable } from './catalog/mysql'
import { readPostgresTable } from './catalog/postgres'
import { readSqliteTable } from './catalog/sqlite'
import type { Database } from './database'
import type { Dialect } from './dialect'
import { indexCondition } from './index-condition'
import {
  type Column,
  type ColumnType,
  type Index,
  type NamedIndex,
  type TableSchema,
  namedIndexes,
  oauthSchema,
} from './schema'
import { serverFinding } from './server'
import { settingFindings } from './settings'
import type { TableNames } from './tables'

/** What the database of a dialect tells, and what it must tell. */
interface Expected {
  readonly readTable: ReadTable
  /** The types of a column that hold all that the store writes. */
  readonly types: Readonly<Record<ColumnType, readonly string[]>>
  /** The collations that compare byte for byte. */
  readonly collations: readonly string[]
  /** The types of columns that need one of these collations. */
  readonly collated: readonly ColumnType[]
}

const expected: Record<Dialect['name'], Expected> = {
  postgres: {
    readTable: readPostgresTable,
    types: {
      key: ['varchar', 'text'],
      text: ['text', 'varchar'],
      time: ['int8', 'numeric'],
      integer: ['int4', 'int8', 'int2'],
    },
    collations: ['C', 'POSIX', 'ucs_basic'],
    collated: ['key'],
  },
  mysql: {
    readTable: readMysqlTable,
    types: {
      key: ['varchar'],
      text: ['mediumtext', 'longtext'],
      time: ['bigint'],
      integer: ['int', 'bigint', 'smallint', 'mediumint'],
    },
    collations: ['utf8mb4_nopad_bin', 'utf8mb4_0900_bin'],
    collated: ['key', 'text'],
  },
  sqlite: {
    readTable: readSqliteTable,
    types: {
      key: ['text', 'varchar'],
      text: ['text', 'varchar'],
      time: ['bigint', 'integer', 'int'],
      integer: ['integer', 'int', 'bigint'],
    },
    collations: ['BINARY'],
    collated: ['key'],
  },
}

/** Resolves with what is wrong with the tables and settings that the store relies on. */
export async function check(database: Database, howToMigrate: string): Promise<Finding[]> {
  const wrongServer = await serverFinding(database)
  // Every other finding would be a consequence.
  if (wrongServer) return [wrongServer]
  const findings = await settingFindings(database)
  for (const [table, schema] of Object.entries(oauthSchema)) {
    findings.push(
      ...(await tableFindings(database, table as keyof TableNames, schema, howToMigrate)),
    )
  }
  return findings
}

async function tableFindings(
  database: Database,
  table: keyof TableNames,
  schema: TableSchema,
  migrate: string,
): Promise<Finding[]> {
  const { path, columns: renamed = {} } = database.references[table]
  const expectation = expected[database.dialect.name]
  const found = await expectation.readTable(database, path)
  const name = path.join('.')
  if (!found) return [{ problem: `There is no table ${name}`, fix: migrate }]
  const nameOf = (property: string) => renamed[property] ?? schema.columns[property]!.name
  const naming = { name, table: path.at(-1)!, nameOf, migrate, dialect: database.dialect.name }
  return [
    ...engineFindings(found, name),
    ...Object.entries(schema.columns).flatMap(([property, column]) =>
      columnFindings(found, { name, column, as: nameOf(property), migrate }, expectation),
    ),
    ...indexFindings(found, schema, naming),
    ...foreignKeyFindings(found, schema, naming),
  ]
}

function engineFindings({ engine }: FoundTable, name: string): Finding[] {
  if (engine === undefined || engine === 'InnoDB') return []
  return [
    {
      problem: `${name} has the engine ${engine}, without foreign keys and atomic statements`,
      fix: `ALTER TABLE ${name} ENGINE = InnoDB, then create its foreign key`,
    },
  ]
}

function columnFindings(
  { columns }: FoundTable,
  { name, column, as, migrate }: { name: string; column: Column; as: string; migrate: string },
  { types, collations, collated }: Expected,
): Finding[] {
  const found = columns.find((one) => one.name === as)
  if (!found) return [{ problem: `${name} has no column ${as}`, fix: migrate }]
  const findings: Finding[] = []
  const type = found.type.replace(/\(.*/, '')
  if (!types[column.type].includes(type) || isTooShort(found, column)) {
    const [wanted] = types[column.type]
    const length = column.length === undefined ? '' : ` of ${column.length} characters`
    findings.push({
      problem: `Column ${as} of ${name} has the type ${found.type}, which does not hold every value`,
      fix: `give it the type ${wanted}${length}`,
    })
  }
  if (found.isRequired && column.nullable) {
    findings.push({
      problem: `Column ${as} of ${name} is NOT NULL: some grants cannot be stored`,
      fix: 'drop its NOT NULL constraint',
    })
  }
  if (
    collated.includes(column.type) &&
    found.collation !== null &&
    !collations.includes(found.collation)
  ) {
    findings.push({
      problem: `Column ${as} of ${name} has the collation ${found.collation}, which treats different texts as equal or orders them by a language`,
      fix: `give it the collation ${collations.join(' or ')}`,
    })
  }
  return findings
}

function isTooShort({ length }: FoundColumn, column: Column): boolean {
  return length !== null && column.length !== undefined && length < column.length
}

/** How a table and its columns are called, and what creates what is missing. */
interface Naming {
  /** With its schema. */
  readonly name: string
  readonly table: string
  readonly nameOf: (property: string) => string
  readonly migrate: string
  readonly dialect: Dialect['name']
}

/** Compares indexes by their columns and their condition. Their names do not matter. */
function indexFindings(
  { indexes }: FoundTable,
  schema: TableSchema,
  { name, table, nameOf, migrate, dialect }: Naming,
): Finding[] {
  const unique = indexes.filter(({ isUnique }) => isUnique)
  const describe = (index: Index) => {
    const condition = indexCondition(dialect, index, nameOf)
    const columns = index.columns.map(nameOf).join(', ')
    return condition === undefined ? columns : `${columns} WHERE ${condition}`
  }
  const problemOf = ({ isUnique, index }: NamedIndex) => {
    if (!isUnique && lacks(indexes, index, nameOf))
      return `index on ${describe(index)}: each such look-up reads the whole table`
    // The order of the columns of a unique index does not matter for what it forbids.
    if (isUnique && lacks(unique, index, nameOf, (columns) => columns.toSorted(byCode)))
      return `unique index on ${describe(index)}: duplicates are possible`
    return undefined
  }
  const finding = (problem: string, first = ''): Finding => ({
    problem: `${name} has no ${problem}`,
    fix: `${first}create it, or ${migrate}`,
  })
  return [
    ...(lacks(unique, { columns: ['id'] }, nameOf)
      ? [finding(`primary key on ${nameOf('id')}: duplicates are possible`)]
      : []),
    ...namedIndexes(table, schema).flatMap((wanted) => {
      const problem = problemOf(wanted)
      if (problem === undefined) return []
      // A migration takes an index with this name for the right one.
      const isThere = indexes.some((one) => one.name === wanted.name)
      return [finding(problem, isThere ? `drop the index "${wanted.name}", then ` : '')]
    }),
  ]
}

type Columns = readonly (string | null)[]

/**
 * Returns whether none of the indexes has the wanted columns and all the rows that are wanted. An
 * index with another condition may lack some: a unique one would then allow duplicates.
 */
function lacks(
  all: readonly FoundIndex[],
  { columns, where }: Omit<Index, 'suffix'>,
  nameOf: (property: string) => string,
  inOrder = (names: Columns) => names,
): boolean {
  const names = inOrder(columns.map(nameOf)).join()
  const hasRows = ({ condition }: FoundIndex) =>
    condition === null ||
    (condition !== 'other' &&
      where !== undefined &&
      condition.column === nameOf(where.column) &&
      condition.equals === (where.equals ?? null))
  return !all.some((found) => inOrder(found.columns).join() === names && hasRows(found))
}

/** Orders texts, in the same way for every list. */
function byCode(one: string | null, other: string | null): number {
  return String(one) < String(other) ? -1 : 1
}

function foreignKeyFindings(
  { foreignKeys }: FoundTable,
  { parent }: TableSchema,
  { name, nameOf, migrate }: Naming,
): Finding[] {
  if (!parent) return []
  const column = nameOf(parent.columns[0]!)
  const isThere = foreignKeys.some((one) => one.column === column && one.onDelete === 'CASCADE')
  if (isThere) return []
  return [
    {
      problem: `${name} has no foreign key on ${column} with ON DELETE CASCADE: a token can be added to a revoked grant`,
      fix: `create it, or ${migrate}`,
    },
  ]
}
