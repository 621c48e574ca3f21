import { randomBytes } from 'node:crypto'
import type { QueryRunner } from 'typeorm'
import { type DatabaseType, oauthTables, typeormStore } from '@oauth2-kit/typeorm'
import { mysqlDialect } from '../../../test/support/mysql-server'
import { serverFinding } from '../src/server'
import { tablesOf } from './support/create'
import { dataSourceFor, describeEngines, migrated } from './support/data-source'

const mismatch = {
  problem: 'The DataSource has the type "mysql", but the server is MariaDB',
  fix: 'use the type "mariadb" in the DataSource and in oauthTables()',
}

function newTables() {
  return tablesOf(`server${randomBytes(4).toString('hex')}`)
}

describeEngines(
  (place) => {
    function dataSourceOf(type: DatabaseType, from: DatabaseType, tables = newTables()) {
      const { entities, migrations } = oauthTables(from, { tables })
      return dataSourceFor(place.url, { tables, options: { type, entities, migrations } })
    }

    it('the migration throws a TypeError that names the type to use', async () => {
      await using dataSource = dataSourceOf('mysql', 'mysql')
      await dataSource.initialize()
      const migrating = dataSource.runMigrations()
      await expect(migrating).rejects.toThrow(TypeError)
      await expect(migrating).rejects.toThrow(
        `"dataSource" cannot be used. ${mismatch.problem}: ${mismatch.fix}`,
      )
    })

    it('check() reports the type to use, and nothing that follows from it', async () => {
      const tables = newTables()
      await using right = await migrated(place.url, { tables })
      expect(await typeormStore(right, { tables }).check()).toEqual([])
      await using wrong = dataSourceOf('mysql', 'mysql', tables)
      await wrong.initialize()
      expect(await typeormStore(wrong, { tables }).check()).toEqual([mismatch])
    })

    it('the migration throws a TypeError for the tables of another type', async () => {
      await using dataSource = dataSourceOf('mariadb', 'mysql')
      await dataSource.initialize()
      const migrating = dataSource.runMigrations()
      await expect(migrating).rejects.toThrow(TypeError)
      await expect(migrating).rejects.toThrow(
        'has the type "mariadb", but the tables of "mysql": use oauthTables("mariadb")',
      )
    })
  },
  // MySQL would refuse the type of MariaDB, which the table below shows without a server.
  mysqlDialect === 'mariadb' ? ['mariadb'] : [],
)

describe('the type of a DataSource and its server', () => {
  it.each([
    ['mysql', 1, mismatch.fix],
    ['mysql', '0', undefined],
    ['mariadb', '1', undefined],
    ['mariadb', 0, 'use the type "mysql" in the DataSource and in oauthTables()'],
    ['postgres', 0, undefined],
  ])('%s on a server that answers %p', async (type, mariadb, fix) => {
    const runner = { dataSource: { options: { type } }, query: async () => [{ mariadb }] }
    const finding = await serverFinding(runner as never as QueryRunner)
    expect(finding?.fix).toBe(fix)
  })
})
