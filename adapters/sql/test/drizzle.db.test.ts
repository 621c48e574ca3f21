import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { type TableSchema, oauthSchema } from '@oauth2-kit/sql'
import { drizzleStore } from '@oauth2-kit/sql/drizzle'
import { aClient, aCredential, aGrant } from '@oauth2-kit/testing'
import { BetterSQLiteSession } from 'drizzle-orm/better-sqlite3/session'
import { drizzle as onMysql2 } from 'drizzle-orm/mysql2'
import { drizzle as onPg } from 'drizzle-orm/node-postgres'
import { withReplicas } from 'drizzle-orm/pg-core'
import { drizzle as onPostgresJs } from 'drizzle-orm/postgres-js'
import { BaseSQLiteDatabase, SQLiteSyncDialect } from 'drizzle-orm/sqlite-core'
import Database from 'libsql'
import { createPool } from 'mysql2/promise'
import { Pool } from 'pg'
import type { Engine } from './support/binding'
import { type Db, openDb } from './support/bindings/drizzle'
import { livesOn, oddTables } from './support/life'
import { type Place, describeEngines } from './support/places'
import { postgresJs } from './support/postgres-js'
import { type RawConnection, openRaw } from './support/raw'

const run = promisify(execFile)

/** Names that need quoting; drizzle-kit does not escape quotes in them. */
const kitTables = {
  credentials: 'odd credentials?',
  clients: 'odd.clients :name',
  users: 'order',
  records: 'odd records ñ',
}

const kits: Record<Engine, { dialect: string; tables: string; options: string }> = {
  postgres: { dialect: 'postgresql', tables: 'pg', options: "{ schema: 'Odd schema' }" },
  mariadb: { dialect: 'mysql', tables: 'mysql', options: '{}' },
  sqlite: { dialect: 'sqlite', tables: 'sqlite', options: '{}' },
}

const partialIndexes = Object.values(oauthSchema)
  .flatMap(({ uniques, indexes }: TableSchema) => [...uniques, ...indexes])
  .filter(({ where }) => where !== undefined).length

/** Runs drizzle-kit in a folder. Returns the statements of its new migration, if there is one. */
async function generate(folder: string, engine: Engine): Promise<string[]> {
  const out = path.join(folder, 'drizzle')
  mkdirSync(out, { recursive: true })
  const known = new Set(readdirSync(out))
  const kit = path.resolve(__dirname, '../../../node_modules/drizzle-kit/bin.cjs')
  const hook = path.resolve(__dirname, '../../../test/support/typescript.cjs')
  const options = ['--dialect', kits[engine].dialect, '--schema', 'schema.ts', '--out', 'drizzle']
  await run(process.execPath, ['--require', hook, kit, 'generate', ...options], { cwd: folder })
  return readdirSync(out)
    .filter((file) => file.endsWith('.sql') && !known.has(file))
    .flatMap((file) => readFileSync(path.join(out, file), 'utf8').split('--> statement-breakpoint'))
}

describeEngines(['postgres', 'mariadb', 'sqlite'], (place) => {
  let raw: RawConnection
  let db: Db
  let close: () => unknown
  beforeAll(async () => {
    raw = openRaw(place.engine, place.url)
    ;({ db, close } = await openDb(place.url, place.engine, 20_000))
  })
  afterAll(async () => {
    await close?.()
    await raw?.close()
  })

  it.each(['default', 'odd'])(
    'drizzle-kit creates from oauthTables() what the store needs, with %s names',
    async (kind) => {
      const { tables, options } = kits[place.engine]
      const folder = mkdtempSync(path.join(tmpdir(), 'oauth2-kit-drizzle-'))
      try {
        const given =
          kind === 'odd' ? `{ ...${options}, tables: ${JSON.stringify(kitTables)} }` : ''
        writeFileSync(
          path.join(folder, 'schema.ts'),
          `import { oauthTables } from '@oauth2-kit/sql/drizzle/${tables}'
          export const { credentials, clients, users, records } = oauthTables(${given})`,
        )
        const statements = await generate(folder, place.engine)
        if (kind === 'odd' && place.engine === 'postgres')
          await raw.run('CREATE SCHEMA "Odd schema"')
        for (const statement of statements) await raw.run(statement)
        const partial = statements.filter((statement) => statement.includes(' WHERE '))
        expect(partial).toHaveLength(place.engine === 'mariadb' ? 0 : partialIndexes)
        expect(await generate(folder, place.engine)).toEqual([])
        const isInSchema = kind === 'odd' && place.engine === 'postgres'
        const store = drizzleStore(db, {
          ...(kind === 'odd' && { tables: kitTables }),
          ...(isInSchema && { schema: 'Odd schema' }),
        })
        expect(await livesOn(store)).toEqual([])
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    },
  )

  it('names that need quoting, or have a word of SQL, do not matter', async () => {
    const store = drizzleStore(db, { tables: { ...oddTables, records: 'RETURNING "records"' } })
    await store.migrate()
    expect(await livesOn(store)).toEqual([])
  })

  it('sends one statement for each of find, issue, redeem, extend and revoke', async () => {
    const sent: string[] = []
    const logger = { logQuery: (query: string) => sent.push(query) }
    const logged = await openDb(place.url, place.engine, 20_000, { logger })
    try {
      const store = drizzleStore(logged.db)
      await store.migrate()
      const client = aClient()
      await store.createClient(client)
      const [grant, old] = [aGrant({ clientId: client.id }), aCredential()]
      const ref = { id: grant.id, clientId: grant.clientId, userId: grant.userId }
      for (const call of [
        () => store.issue(grant, [old], { clientVersion: client.version }),
        () => store.find(old.hash),
        () => store.redeem({ ...old, grant: ref }, [aCredential(), aCredential()]),
        () => store.extend(ref, [aCredential()]),
        () => store.revoke({ grantId: grant.id }),
      ]) {
        sent.length = 0
        await call()
        expect(sent).toHaveLength(1)
      }
    } finally {
      await logged.close()
    }
  })

  if (place.engine === 'sqlite') onBetterSqlite3(place)
  if (place.engine === 'postgres') onOtherPostgres(place)
  if (place.engine === 'mariadb') onUnusualMysql(place)
})

function onBetterSqlite3(place: Place): void {
  it('works on better-sqlite3, whatever it returns for integers', async () => {
    // The API of better-sqlite3, with its binary inside. Drizzle's own function imports that package.
    const client = new Database(place.url)
    client.defaultSafeIntegers(true)
    try {
      const dialect = new SQLiteSyncDialect()
      const session = new BetterSQLiteSession(client, dialect, undefined)
      const store = drizzleStore(
        new BaseSQLiteDatabase('sync', dialect, session as never, undefined),
      )
      await store.migrate()
      expect(await livesOn(store)).toEqual([])
    } finally {
      client.close()
    }
  })
}

function onOtherPostgres(place: Place): void {
  it.each(postgresJs)(
    'works on postgres-js $version, in transactions too',
    async ({ postgres }) => {
      const client = postgres(place.url, { max: 2, onnotice: () => {} })
      try {
        // The types of Drizzle are for the version of Postgres.js that it resolves.
        const db = onPostgresJs(client as never)
        const store = drizzleStore(db)
        await store.migrate()
        expect(await livesOn(store)).toEqual([])
        const [kept, lost] = [aClient(), aClient()]
        await db.transaction((own) => drizzleStore(own).createClient(kept))
        const failing = db.transaction(async (own) => {
          await drizzleStore(own).createClient(lost)
          own.rollback()
        })
        await expect(failing).rejects.toThrow('Rollback')
        expect(await store.getClient(kept.id)).toEqual(kept)
        expect(await store.getClient(lost.id)).toBeNull()
      } finally {
        await client.end()
      }
    },
  )

  it('reads from the primary of a database with replicas', async () => {
    const pool = new Pool({ connectionString: place.url })
    const replica = new Pool({ connectionString: 'postgres://replica.invalid/none' })
    try {
      const store = drizzleStore(withReplicas(onPg(pool), [onPg(replica)]))
      await store.migrate()
      expect(await livesOn(store)).toEqual([])
    } finally {
      await pool.end()
      await replica.end()
    }
  })

  it.each(postgresJs)(
    'does not depend on how postgres-js $version reads big integers',
    async ({ postgres }) => {
      const client = postgres(place.url, {
        max: 1,
        onnotice: () => {},
        types: { bigint: postgres.BigInt },
        transform: postgres.camel,
        connection: { TimeZone: 'America/St_Johns' },
      })
      try {
        const store = drizzleStore(onPostgresJs(client as never))
        await store.migrate()
        expect(await livesOn(store)).toEqual([])
      } finally {
        await client.end()
      }
    },
  )
}

function onUnusualMysql(place: Place): void {
  it('settings of the driver do not matter', async () => {
    const pool = createPool({
      uri: place.url,
      namedPlaceholders: true,
      supportBigNumbers: true,
      bigNumberStrings: true,
      dateStrings: true,
      timezone: '-03:30',
      flags: ['-FOUND_ROWS'],
    })
    pool.on('connection', (connection) => {
      void connection.query("SET sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT,STRICT_ALL_TABLES'")
    })
    try {
      const store = drizzleStore(onMysql2(pool))
      await store.migrate()
      expect(await livesOn(store)).toEqual([])
    } finally {
      await pool.end()
    }
  })
}

describe('drizzleStore()', () => {
  it.each([undefined, null, {}, new Pool(), 'db'])('refuses what is not of Drizzle', (value) => {
    expect(() => drizzleStore(value as never)).toThrow(
      /drizzleStore\(\) takes what drizzle\(\) returns/,
    )
  })

  it('refuses a dialect of another database, and an unknown option', () => {
    const db = onPg(new Pool())
    expect(() => drizzleStore(db, { dialect: 'mariadb' })).toThrow('"dialect" must be postgres')
    expect(() => drizzleStore(db, { table: {} } as never)).toThrow(/table/)
  })
})
