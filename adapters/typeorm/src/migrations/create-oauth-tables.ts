import { optionError } from '@oauth2-kit/core/store-kit'
import { type TableNames, oauthSchema } from '@oauth2-kit/sql'
import { type MigrationInterface, type QueryRunner, Table, TableForeignKey } from 'typeorm'
import { dataSourceOf } from '../data-source'
import { indicesOf } from '../indices'
import { assertForeignKey, columnNameIn, metadataOf } from '../metadata'
import { serverFinding } from '../server'
import { type DatabaseType, dialectOfType, haveSameTables } from '../types'

/**
 * Returns the migration that creates the tables with those names, on every engine. It skips tables
 * that exist. The tables are what the entities say, so the schema builder finds no difference. A
 * later release that changes an entity brings a second migration, which adds what is missing and
 * changes nothing in tables that this one has just created.
 */
export function createOAuthTables(
  type: DatabaseType,
  names: TableNames,
): new () => MigrationInterface {
  const tables = Object.entries(oauthSchema).map(
    ([table, schema]) => [names[table as keyof TableNames], schema] as const,
  )
  const dialect = dialectOfType(type)!

  return class CreateOAuthTables implements MigrationInterface {
    /** Contains the table's name, so that two sets of tables can be in one database. */
    readonly name = `CreateOAuthTables_${names.credentials}_1763942400000`

    async up(queryRunner: QueryRunner): Promise<void> {
      await assertServer(queryRunner, type)
      const dataSource = dataSourceOf(queryRunner)
      assertForeignKey(dataSource, names.credentials)
      const { driver } = dataSource
      for (const [name, schema] of tables) {
        const metadata = metadataOf(dataSource, name)
        const table = Table.create(metadata, driver)
        // A naming strategy does not change the text of a condition.
        const indices = indicesOf(name, schema, dialect, columnNameIn(metadata))
        for (const index of table.indices)
          index.where = indices.find((one) => one.name === index.name)?.where ?? ''
        table.foreignKeys = metadata.foreignKeys.map((key) => TableForeignKey.create(key, driver))
        // MyISAM has neither foreign keys nor atomic statements.
        if (driver.options.type === 'mysql' || driver.options.type === 'mariadb')
          table.engine = 'InnoDB'
        await queryRunner.createTable(table, true)
      }
    }

    async down(queryRunner: QueryRunner): Promise<void> {
      for (const [name] of tables.toReversed()) {
        const { tablePath } = metadataOf(dataSourceOf(queryRunner), name)
        await queryRunner.dropTable(tablePath, true)
      }
    }
  }
}

/** Throws an OptionError if the tables are those of another type of database. */
async function assertServer(runner: QueryRunner, type: DatabaseType): Promise<void> {
  const { type: found } = dataSourceOf(runner).options
  if (!haveSameTables(found, type)) {
    const fix = `use oauthTables("${found}")`
    throw optionError('dataSource', `has the type "${found}", but the tables of "${type}": ${fix}`)
  }
  const finding = await serverFinding(runner)
  if (finding) throw optionError('dataSource', `cannot be used. ${finding.problem}: ${finding.fix}`)
}
