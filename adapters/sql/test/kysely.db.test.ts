import { oauthSchema } from '@oauth2-kit/sql'
import {
  type OAuthClientsTable,
  type OAuthCredentialsTable,
  type OAuthRecordsTable,
  type OAuthTables,
  type OAuthUsersTable,
  kyselyStore,
  oauthMigration,
} from '@oauth2-kit/sql/kysely'
import { aCredential, aGrant, aClient, issued } from '@oauth2-kit/testing'
import {
  CamelCasePlugin,
  CompiledQuery,
  type Dialect,
  Kysely,
  Migrator,
  MysqlDialect,
  PostgresDialect,
  SqliteDialect,
} from 'kysely'
import Database from 'libsql'
import { createPool } from 'mysql2'
import { Pool } from 'pg'
import { mysqlDialect } from '../../../test/support/mysql-server'
import type { Engine } from './support/binding'
import { describeEngines } from './support/places'
import { dialectOf } from './support/bindings/kysely'
import { livesOn, oddTables } from './support/life'

/** Settings that change what the driver returns. */
const unusual: Record<Engine, (url: string) => Dialect> = {
  postgres: (connectionString) =>
    new PostgresDialect({
      pool: new Pool({
        connectionString,
        options: '-c TimeZone=America/St_Johns',
        types: {
          getTypeParser: (type: number) => (value: string) => (type === 20 ? BigInt(value) : value),
        },
      }),
    }),

  mariadb: (uri) =>
    new MysqlDialect({
      pool: createPool({
        uri,
        namedPlaceholders: true,
        supportBigNumbers: true,
        bigNumberStrings: true,
        dateStrings: true,
        timezone: '-03:30',
        flags: ['-FOUND_ROWS'],
      }),
      onCreateConnection: async (connection) => {
        const mode = "SET sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT,STRICT_ALL_TABLES'"
        await connection.executeQuery(CompiledQuery.raw(mode))
      },
    }),

  sqlite(file) {
    const database = new Database(file)
    database.defaultSafeIntegers(true)
    return new SqliteDialect({ database })
  },
}

describeEngines(['postgres', 'mariadb', 'sqlite'], (place) => {
  const dialect = place.engine === 'mariadb' ? mysqlDialect : place.engine
  const opened: Kysely<OAuthTables>[] = []
  function open(driver: Dialect, more: object = {}): Kysely<OAuthTables> {
    const db = new Kysely<OAuthTables>({ dialect: driver, ...more })
    opened.push(db)
    return db
  }
  const usual = () => dialectOf(place.url, place.engine, 20_000)
  afterEach(() => Promise.all(opened.splice(0).map((db) => db.destroy())))

  it('oauthMigration() creates the tables that the store needs, and drops them', async () => {
    const db = open(usual())
    const migration = oauthMigration(dialect)
    const provider = { getMigrations: async () => ({ '001_oauth': migration }) }
    const migrator = new Migrator({ db, provider })
    expect(await migrator.migrateToLatest()).toMatchObject({ results: [{ status: 'Success' }] })
    const store = kyselyStore(db, { dialect })
    expect(await store.check()).toEqual([])

    const { credential } = await issued(store)
    const row = await db
      .selectFrom('oauth_credentials')
      .where('id', '=', credential.hash)
      .select(['kind', 'created_at'])
      .executeTakeFirstOrThrow()
    expect(Number(row.created_at)).toBe(credential.createdAt)

    expect(await migrator.migrateDown()).toMatchObject({ results: [{ status: 'Success' }] })
    expect(await store.check()).toHaveLength(4)
  })

  it('a later migration creates what its version adds, and drops nothing', async () => {
    const db = open(usual())
    const options = { tables: oddTables }
    await oauthMigration(dialect, options).up(db)
    const later = oauthMigration(dialect, { ...options, from: 1 })
    await later.up(db)
    await later.down(db)
    expect(await kyselyStore(db, { dialect, ...options }).check()).toEqual([])
  })

  it('settings of the driver, plugins and names that need quoting do not matter', async () => {
    const db = open(unusual[place.engine](place.url), {
      plugins: [new CamelCasePlugin()],
    }).withSchema('missing')
    const store = kyselyStore(db, { dialect, tables: oddTables })
    await store.migrate()
    expect(await livesOn(store)).toEqual([])
  })

  it('sends one statement for each of find, issue, redeem, extend and revoke', async () => {
    const sent: string[] = []
    const db = open(usual(), {
      log: ({ query }: { query: { sql: string } }) => sent.push(query.sql),
    })
    const store = kyselyStore(db, { dialect })
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
  })
})

describe('kyselyStore()', () => {
  const db = new Kysely<OAuthTables>({ dialect: new SqliteDialect({ database: new Database('') }) })
  afterAll(() => db.destroy())

  it.each([undefined, null, {}, new Pool(), 'db'])('refuses what is not Kysely: %s', (value) => {
    expect(() => kyselyStore(value as never, { dialect: 'sqlite' })).toThrow(
      /kyselyStore\(\) takes an instance of Kysely/,
    )
  })

  it.each([undefined, {}, { dialect: 'postgresql' }])('needs a dialect: %j', (options) => {
    expect(() => kyselyStore(db, options as never)).toThrow(
      '"dialect" must be one of postgres, mariadb, mysql, sqlite',
    )
  })

  it('refuses an unknown option', () => {
    expect(() => kyselyStore(db, { dialect: 'sqlite', table: {} } as never)).toThrow(/table/)
    expect(() => oauthMigration('sqlite', { form: 1 } as never)).toThrow(/form/)
  })
})

describe('OAuthTables', () => {
  // Each object must name all columns of its type.
  const columns: {
    credentials: Record<keyof OAuthCredentialsTable, true>
    clients: Record<keyof OAuthClientsTable, true>
    users: Record<keyof OAuthUsersTable, true>
    records: Record<keyof OAuthRecordsTable, true>
  } = {
    credentials: {
      id: true,
      kind: true,
      grant_id: true,
      claims: true,
      ordinal: true,
      client_id: true,
      user_id: true,
      data: true,
      created_at: true,
      expires_at: true,
      keep_until: true,
      owner: true,
    },
    clients: { id: true, version: true, data: true },
    users: {
      id: true,
      version: true,
      username: true,
      password_hash: true,
      data: true,
      deleted_until: true,
    },
    records: { id: true, data: true, expires_at: true },
  }

  it.each(['credentials', 'clients', 'users', 'records'] as const)(
    'names the columns of %s',
    (table) => {
      const names = Object.values(oauthSchema[table].columns).map(({ name }) => name)
      expect(Object.keys(columns[table])).toEqual(names)
    },
  )
})
