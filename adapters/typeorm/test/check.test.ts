import type { DataSource, QueryRunner } from 'typeorm'
import { typeormStore } from '@oauth2-kit/typeorm'
import { tablesOf } from './support/create'
import { describeEngines, migrated } from './support/data-source'

let count = 0

/** What check() finds once the tables were damaged. */
async function findings(url: string, damage: (runner: QueryRunner, prefix: string) => unknown) {
  const prefix = `check${count++}`
  const tables = tablesOf(prefix)
  await using dataSource = await migrated(url, { tables })
  const store = typeormStore(dataSource, { tables })
  expect(await store.check()).toEqual([])
  await withRunner(dataSource, (runner) => damage(runner, prefix))
  const found = await store.check()
  for (const { problem, mend } of found) expect([problem, mend]).not.toContain('')
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
  it.each(['credentials', 'clients', 'users', 'keys'])('finds that %s is missing', async (name) => {
    const found = await findings(place.url, (runner, prefix) =>
      runner.dropTable(`${prefix}_${name}`),
    )
    expect(found).toMatch(new RegExp(`^There is no table \\S+${name}$`))
  })

  it.each([
    ['keep', 'keep_until'],
    ['user', 'user_id, kind, id'],
    ['client', 'client_id, kind, id'],
  ])('finds a missing index: %s', async (name, columns) => {
    const found = await findings(place.url, (runner, prefix) =>
      runner.dropIndex(`${prefix}_credentials`, `ix_${prefix}_credentials_${name}`),
    )
    expect(found).toContain(`has no index on ${columns}`)
  })

  it('finds that a redemption could happen twice', async () => {
    const found = await findings(place.url, async (runner, prefix) => {
      const table = `${prefix}_credentials`
      const name = `uq_${table}_claims`
      if (place.type === 'mariadb') await runner.dropIndex(table, name)
      else await runner.dropUniqueConstraint(table, name)
    })
    expect(found).toContain('has no unique index on claims')
  })

  it('finds a missing foreign key', async () => {
    const found = await findings(place.url, (runner, prefix) =>
      runner.dropForeignKey(`${prefix}_credentials`, `fk_${prefix}_credentials_grant`),
    )
    expect(found).toContain('has no foreign key on grant_id with ON DELETE CASCADE')
  })

  it('finds a missing column', async () => {
    const found = await findings(place.url, (runner, prefix) =>
      runner.query(`ALTER TABLE ${prefix}_users DROP COLUMN data`),
    )
    expect(found).toMatch(/users has no column data$/)
  })
})

describeEngines(
  (place) => {
    it('finds a collation in which other texts are the same', async () => {
      const found = await findings(place.url, async (runner, prefix) => {
        const alter = `ALTER TABLE ${prefix}_users ALTER COLUMN username TYPE varchar(255)`
        await runner.query(`${alter} COLLATE "en-x-icu"`)
      })
      expect(found).toMatch(/Column username of \S+ differs from its entity/)
    })
  },
  ['postgres'],
)

describeEngines(
  (place) => {
    it('finds a collation in which other texts are the same', async () => {
      const found = await findings(place.url, (runner, prefix) =>
        runner.query(
          `ALTER TABLE ${prefix}_users MODIFY username varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL`,
        ),
      )
      expect(found).toMatch(/Column username of \S+ compares by utf8mb4_bin/)
    })

    it('finds a table of MyISAM', async () => {
      const found = await findings(place.url, async (runner, prefix) => {
        const table = `${prefix}_credentials`
        await runner.query(`ALTER TABLE ${table} DROP FOREIGN KEY fk_${table}_grant`)
        await runner.query(`ALTER TABLE ${table} DROP PRIMARY KEY, DROP INDEX ix_${table}_user,
        DROP INDEX ix_${table}_client, DROP INDEX ix_${table}_grant, DROP INDEX uq_${table}_claims`)
        await runner.query(`ALTER TABLE ${table} ENGINE = MyISAM`)
      })
      expect(found).toContain('is kept by MyISAM')
      expect(found).toContain('has no foreign key')
    })
  },
  ['mariadb'],
)
