import { type MigrationInterface, type QueryRunner, Table, TableForeignKey } from 'typeorm'
import { metadataOf } from '../metadata'
import type { TableNames } from '../tables'

/**
 * Returns the migration that creates the tables with those names, on every engine. It skips tables
 * that exist. The tables are what the entities say, so the schema builder finds no difference. A
 * later release that changes an entity brings a second migration, which adds what is missing and
 * changes nothing in tables that this one has just created.
 */
export function createOAuthTables(names: TableNames): new () => MigrationInterface {
  const tables = [names.credentials, names.clients, names.users, names.records]

  return class CreateOAuthTables implements MigrationInterface {
    /** Contains the table's name, so that two sets of tables can be in one database. */
    readonly name = `CreateOAuthTables_${names.credentials}_1763942400000`

    async up(queryRunner: QueryRunner): Promise<void> {
      const { driver } = queryRunner.dataSource
      for (const name of tables) {
        const metadata = metadataOf(queryRunner.dataSource, name)
        const table = Table.create(metadata, driver)
        table.foreignKeys = metadata.foreignKeys.map((key) => TableForeignKey.create(key, driver))
        // MyISAM has neither foreign keys nor atomic statements.
        if (driver.options.type === 'mysql' || driver.options.type === 'mariadb')
          table.engine = 'InnoDB'
        await queryRunner.createTable(table, true)
      }
    }

    async down(queryRunner: QueryRunner): Promise<void> {
      for (const name of tables.toReversed()) {
        const { tablePath } = metadataOf(queryRunner.dataSource, name)
        await queryRunner.dropTable(tablePath, true)
      }
    }
  }
}
