import type { Finding } from '@oauth2-kit/core'
import type { EntityMetadata, QueryRunner, Table } from 'typeorm'
import { dataSourceOf } from './data-source'
import type { Database } from './database'
import { type Engine, engineOf } from './engine'
import { metadataOf } from './metadata'
import { serverFinding } from './server'
import type { TableNames } from './tables'

const migrate = 'run the migrations of oauthTables()'

/** Resolves with what is wrong with the tables and settings that the store relies on. */
export function check({ dataSource, using }: Database, tables: TableNames): Promise<Finding[]> {
  const metadatas = Object.values(tables).map((name) => metadataOf(dataSource, name))
  return using(async (runner) => {
    const wrongServer = await serverFinding(runner)
    // Every other finding would be a consequence.
    if (wrongServer) return [wrongServer]
    const findings = await settingFindings[engineOf(dataSource).name](runner)
    for (const metadata of metadatas) {
      findings.push(...(await tableFindings(runner, metadata)))
    }
    return findings
  })
}

const settingFindings: Record<Engine['name'], (runner: QueryRunner) => Promise<Finding[]>> = {
  postgres: async () => [],

  async mysql(runner) {
    const [row] = await select<{ mode: string; keys: unknown }>(
      runner,
      'SELECT @@SESSION.sql_mode AS mode, @@SESSION.foreign_key_checks AS `keys`',
    )
    const findings: Finding[] = []
    if (Number(row?.keys) !== 1) findings.push(unenforced('set foreign_key_checks to 1'))
    if (row?.mode.split(',').includes('NO_BACKSLASH_ESCAPES')) {
      findings.push({
        problem:
          'sql_mode has NO_BACKSLASH_ESCAPES, which the driver ignores when it quotes values',
        fix: 'remove it from sql_mode: values could be executed as SQL',
      })
    }
    return findings
  },

  async sqlite(runner) {
    const [row] = await select<{ foreign_keys: unknown }>(runner, 'PRAGMA foreign_keys')
    return Number(row?.foreign_keys) === 1 ? [] : [unenforced('run PRAGMA foreign_keys = ON')]
  },
}

async function tableFindings(runner: QueryRunner, metadata: EntityMetadata): Promise<Finding[]> {
  const table = await runner.getTable(metadata.tablePath)
  if (!table) return [{ problem: `There is no table ${metadata.tablePath}`, fix: migrate }]
  const { type } = dataSourceOf(runner).options
  return [
    ...columnFindings(runner, table, metadata),
    ...indexFindings(table, metadata),
    ...foreignKeyFindings(table, metadata),
    ...(type === 'mysql' || type === 'mariadb' ? await mysqlFindings(runner, metadata) : []),
  ]
}

function columnFindings(
  runner: QueryRunner,
  table: Table,
  { columns, tablePath }: EntityMetadata,
): Finding[] {
  const { driver } = dataSourceOf(runner)
  const missing = columns.filter(
    ({ databaseName }) => !table.columns.some(({ name }) => name === databaseName),
  )
  // A unique index and a unique constraint serve alike. They are compared by `indexFindings`.
  const found = table.columns.map((column) => {
    const wanted = columns.find(({ databaseName }) => databaseName === column.name)
    const isUnique = column.isUnique || (wanted !== undefined && driver.normalizeIsUnique(wanted))
    return Object.assign(column.clone(), { isUnique })
  })
  const changed = driver.findChangedColumns(found, columns)
  return [
    ...missing.map(({ databaseName }) => ({
      problem: `${tablePath} has no column ${databaseName}`,
      fix: migrate,
    })),
    ...changed.map(({ databaseName, collation }) => ({
      problem: `Column ${databaseName} of ${tablePath} differs from its entity`,
      fix: `give it the type, length${collation ? `, collation ${collation}` : ''} and nullability of the entity`,
    })),
  ]
}

/** Compares indexes by their columns. Their names do not matter. */
function indexFindings(table: Table, { indices, uniques, tablePath }: EntityMetadata): Finding[] {
  const whole = table.indices.filter(({ where }) => !where)
  const unique = [...table.uniques, ...whole.filter(({ isUnique }) => isUnique)]
  return [
    ...indices
      .filter(({ isUnique }) => !isUnique)
      .map(namesOf)
      .filter((wanted) => lacks(whole, wanted))
      .map((wanted) => ({
        problem: `${tablePath} has no index on ${wanted.join(', ')}: each such look-up reads the whole table`,
        fix: `create it, or ${migrate}`,
      })),
    // MySQL stores unique constraints as indexes, and so does TypeORM's metadata for it.
    ...[...uniques, ...indices.filter(({ isUnique }) => isUnique)]
      .map(namesOf)
      .filter((wanted) => lacks(unique, wanted))
      .map((wanted) => ({
        problem: `${tablePath} has no unique index on ${wanted.join(', ')}: duplicates are possible`,
        fix: `create it, or ${migrate}`,
      })),
  ]
}

function lacks(existing: { columnNames: string[] }[], wanted: string[]): boolean {
  return !existing.some(({ columnNames }) => setOf(columnNames) === setOf(wanted))
}

function namesOf({ columns }: { columns: { databaseName: string }[] }): string[] {
  return columns.map(({ databaseName }) => databaseName)
}

function setOf(names: string[]): string {
  return names.toSorted().join()
}

function foreignKeyFindings(table: Table, { foreignKeys, tablePath }: EntityMetadata): Finding[] {
  return foreignKeys
    .filter(
      ({ columnNames, onDelete }) =>
        !table.foreignKeys.some(
          (key) => setOf(key.columnNames) === setOf(columnNames) && key.onDelete === onDelete,
        ),
    )
    .map(({ columnNames, onDelete }) => ({
      problem: `${tablePath} has no foreign key on ${columnNames.join(', ')} with ON DELETE ${onDelete}: a token can be added to a revoked grant`,
      fix: `create it, or ${migrate}`,
    }))
}

/** Checks engine and collations, which the schema builder ignores. */
async function mysqlFindings(runner: QueryRunner, metadata: EntityMetadata): Promise<Finding[]> {
  const { tableName, tablePath, columns } = metadata
  const where = 'WHERE table_schema = DATABASE() AND table_name = ?'
  const [table] = await select<{ engine: string }>(
    runner,
    `SELECT engine AS engine FROM information_schema.tables ${where}`,
    [tableName],
  )
  const found = await select<{ name: string; collation: string | null }>(
    runner,
    `SELECT column_name AS name, collation_name AS collation FROM information_schema.columns ${where}`,
    [tableName],
  )
  const findings: Finding[] = []
  if (table?.engine !== 'InnoDB') {
    findings.push({
      problem: `${tablePath} has the engine ${table?.engine}, without foreign keys and atomic statements`,
      fix: `ALTER TABLE ${tableName} ENGINE = InnoDB, then create its foreign key`,
    })
  }
  for (const { name, collation } of found) {
    const wanted = columns.find(({ databaseName }) => databaseName === name)?.collation
    if (!wanted || wanted === collation) continue
    findings.push({
      problem: `Column ${name} of ${tablePath} has the collation ${collation}, which treats different texts as equal`,
      fix: `give it CHARACTER SET utf8mb4 COLLATE ${wanted}`,
    })
  }
  return findings
}

function unenforced(fix: string): Finding {
  return { problem: 'Foreign keys are not enforced: a token can be added to a revoked grant', fix }
}

async function select<Row>(
  runner: QueryRunner,
  sql: string,
  values: string[] = [],
): Promise<Row[]> {
  const { records } = await runner.query(sql, values, true)
  return records as Row[]
}
