import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { programFolder, root } from '../../../test/support/programs'

/** What a program does with the types of each client. */
const program = `
import { drizzleStore } from '@oauth2-kit/sql/drizzle'
import { oauthTables as mysqlTables } from '@oauth2-kit/sql/drizzle/mysql'
import { oauthTables as pgTables } from '@oauth2-kit/sql/drizzle/pg'
import { oauthTables as sqliteTables } from '@oauth2-kit/sql/drizzle/sqlite'
import { knexStore, oauthMigration as knexMigration } from '@oauth2-kit/sql/knex'
import { kyselyStore, oauthMigration, type OAuthTables } from '@oauth2-kit/sql/kysely'
import { drizzle as libsqlDb } from 'drizzle-orm/libsql'
import { drizzle as mysqlDb } from 'drizzle-orm/mysql2'
import { drizzle } from 'drizzle-orm/node-postgres'
import { Kysely, type Migration, PostgresDialect } from 'kysely'
import knex, { type Knex } from 'knex'
import pg from 'pg'

export async function uses(pool: pg.Pool): Promise<unknown> {
  const { credentials } = pgTables()
  const db = drizzle(pool, { schema: { credentials } })
  drizzleStore(db)
  await db.transaction(async (tx) => void drizzleStore(tx))
  const [row] = await db.select().from(credentials)
  const text: string | undefined = row?.id
  drizzleStore(mysqlDb('mysql://localhost'), { dialect: 'mariadb' })
  drizzleStore(libsqlDb(':memory:'))

  const kysely = new Kysely<OAuthTables>({ dialect: new PostgresDialect({ pool }) })
  kyselyStore(kysely, { dialect: 'postgres' })
  await kysely.transaction().execute(async (tx) => void kyselyStore(tx, { dialect: 'postgres' }))
  const migrations: Migration[] = [oauthMigration('postgres')]

  const instance = knex({ client: 'pg' })
  knexStore(instance)
  await instance.transaction(async (tx) => void knexStore(tx))
  const others: Knex.Migration[] = [knexMigration()]
  return [text, mysqlTables(), sqliteTables(), migrations, others]
}
`

it.each([
  ['an ES module, by the rules of Node.js', 'program.mts', { module: 'nodenext' }],
  ['CommonJS, by the rules of Node.js', 'program.cts', { module: 'nodenext' }],
  ['a program for a bundler', 'program.mts', { module: 'esnext', moduleResolution: 'bundler' }],
])('%s accepts the types of Drizzle, Kysely and Knex', (_what, name, options) => {
  using created = programFolder()
  writeFileSync(path.join(created.folder, name), program)
  const compilerOptions = {
    ...options,
    noEmit: true,
    strict: true,
    skipLibCheck: true,
    esModuleInterop: true,
    target: 'es2023',
    types: ['node'],
  }
  const config = { compilerOptions, files: [name] }
  writeFileSync(path.join(created.folder, 'tsconfig.json'), JSON.stringify(config))
  const tsc = path.join(root, 'node_modules/.bin/tsc')
  const { stdout, status } = spawnSync(tsc, ['-p', created.folder], { encoding: 'utf8' })
  expect([stdout, status]).toEqual(['', 0])
})
