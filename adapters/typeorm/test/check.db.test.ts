import type { DataSource, QueryRunner } from 'typeorm'
import { typeormStore } from '@oauth2-kit/typeorm'
import { tablesOf } from './support/create'
import { describeEngines, migrated } from './support/data-source'

let count = 0

/** Damages the tables, and returns the problems that check() then reports. */
async function findings(url: string, damage: (runner: QueryRunner, prefix: string) => unknown) {
  const prefix = `check${count++}`
  const tables = tablesOf(prefix)
  await using dataSource = await migrated(url, { tables })
  const store = typeormStore(dataSource, { tables })
  expect(await store.check()).toEqual([])
  await withRunner(dataSource, (runner) => damage(runner, prefix))
  const found = await store.check()
  for (const { problem, fix } of found) expect([problem, fix]).not.toContain('')
  return found.map(({ problem }) => problem).join('\n')
}

async function withRunner(dataSource: DataSource, work: (runner: QueryRunner) => unknown) {
  const runner = dataSource.createQueryRunner()
  try {
    await work(runner)
  } finally {
    await runner.release()
  }
}

describeEngines((place) => {
  it.each(['credentials', 'clients', 'users', 'records'])(
    'reports a missing table: %s',
    async (name) => {
      const found = await findings(place.url, (runner, prefix) =>
        runner.dropTable(`${prefix}_${name}`),
      )
      expect(found).toMatch(new RegExp(`^There is no table \\S+${name}$`))
    },
  )

  it.each([
    ['keep', 'kind, keep_until'],
    ['user', 'user_id, kind, id'],
    ['owner', 'owner, id'],
    ['client', 'client_id, kind, id'],
  ])('reports a missing index: %s', async (name, columns) => {
    const found = await findings(place.url, (runner, prefix) =>
      runner.dropIndex(`${prefix}_credentials`, `ix_${prefix}_credentials_${name}`),
    )
    expect(found).toContain(`has no index on ${columns}`)
  })

  it.each([
    ['users', 'deleted', 'deleted_until'],
    ['records', 'expires', 'expires_at'],
  ])('reports a missing index of %s', async (table, name, columns) => {
    const found = await findings(place.url, (runner, prefix) =>
      runner.dropIndex(`${prefix}_${table}`, `ix_${prefix}_${table}_${name}`),
    )
    expect(found).toContain(`has no index on ${columns}`)
  })

  it('reports a missing unique index on claims', async () => {
    const found = await findings(place.url, (runner, prefix) =>
      runner.dropIndex(`${prefix}_credentials`, `uq_${prefix}_credentials_claims`),
    )
    expect(found).toContain('has no unique index on claims')
  })

  it('reports a missing foreign key', async () => {
    const found = await findings(place.url, (runner, prefix) =>
      runner.dropForeignKey(`${prefix}_credentials`, `fk_${prefix}_credentials_grant`),
    )
    expect(found).toContain('has no foreign key on grant_id with ON DELETE CASCADE')
  })

  it.each([
    ['users', 'data'],
    ['users', 'version'],
    ['clients', 'version'],
    ['records', 'data'],
  ])('reports a missing column: %s.%s', async (table, column) => {
    const found = await findings(place.url, (runner, prefix) =>
      runner.query(`ALTER TABLE ${prefix}_${table} DROP COLUMN ${column}`),
    )
    expect(found).toMatch(new RegExp(`${table} has no column ${column}$`))
  })
})

describeEngines(
  (place) => {
    it('reports a column with another collation', async () => {
      const found = await findings(place.url, async (runner, prefix) => {
        const alter = `ALTER TABLE ${prefix}_users ALTER COLUMN username TYPE varchar(255)`
        await runner.query(`${alter} COLLATE "en-x-icu"`)
      })
      expect(found).toMatch(/Column username of \S+ has the collation en-x-icu/)
    })
  },
  ['postgres'],
)

describeEngines(
  (place) => {
    it('reports a column with another collation', async () => {
      const found = await findings(place.url, (runner, prefix) =>
        runner.query(
          `ALTER TABLE ${prefix}_users MODIFY username varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
        ),
      )
      expect(found).toMatch(/Column username of \S+ has the collation utf8mb4_bin/)
    })

    it('reports a MyISAM table', async () => {
      const found = await findings(place.url, async (runner, prefix) => {
        const table = `${prefix}_credentials`
        await runner.query(`ALTER TABLE ${table} DROP FOREIGN KEY fk_${table}_grant`)
        await runner.query(`ALTER TABLE ${table} DROP PRIMARY KEY, DROP INDEX ix_${table}_user,
        DROP INDEX ix_${table}_client, DROP INDEX ix_${table}_owner, DROP INDEX ix_${table}_grant, DROP INDEX uq_${table}_claims`)
        await runner.query(`ALTER TABLE ${table} ENGINE = MyISAM`)
      })
      expect(found).toContain('has the engine MyISAM')
      expect(found).toContain('has no foreign key')
    })
  },
  ['mariadb'],
)
