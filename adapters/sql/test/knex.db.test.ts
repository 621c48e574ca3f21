import { knexStore, oauthMigration } from '@oauth2-kit/sql/knex'
import { aClient, aCredential, aGrant, issued } from '@oauth2-kit/testing'
import knex, { type Knex } from 'knex'
import { createConnection } from 'mysql2/promise'
import { Client } from 'pg'
import { mysqlDialect } from '../../../test/support/mysql-server'
import type { Engine } from './support/binding'
import { configOf } from './support/bindings/knex'
import { livesOn, oddTables } from './support/life'
import { describeEngines } from './support/places'

/** Settings that change what the driver returns. */
const unusual: Record<Engine, (url: string) => Knex.Config> = {
  postgres: (connectionString) => ({
    client: 'pg',
    connection: {
      connectionString,
      options: '-c TimeZone=America/St_Johns',
      types: {
        getTypeParser: (type: number) => (value: string) => (type === 20 ? BigInt(value) : value),
      },
    },
  }),

  mariadb: (uri) => ({
    client: 'mysql2',
    // With a version, Knex does not ask the server, whose answer it could not read.
    version: '10.11.0',
    connection: {
      uri,
      rowsAsArray: true,
      nestTables: true,
      namedPlaceholders: true,
      supportBigNumbers: true,
      bigNumberStrings: true,
      dateStrings: true,
      timezone: '-03:30',
      flags: '-FOUND_ROWS',
    },
    pool: {
      afterCreate: (
        connection: { query(sql: string, done: (error: unknown) => void): void },
        done: (error: unknown) => void,
      ) => connection.query("SET sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT,STRICT_ALL_TABLES'", done),
    },
  }),

  sqlite: (filename) => ({
    ...configOf(filename, 'sqlite', 20_000),
    connection: { filename, options: { safeIntegers: true } },
  }),
}

type Lock = (url: string) => Promise<() => Promise<void>>

const lockPostgres: Lock = async (connectionString) => {
  const client = new Client({ connectionString })
  await client.connect()
  await client.query('BEGIN; LOCK TABLE oauth_clients')
  return () => client.end()
}

const lockMysql: Lock = async (uri) => {
  const connection = await createConnection(uri)
  await connection.query('LOCK TABLES oauth_clients WRITE')
  return () => connection.end()
}

/** Locks the table of the clients on a connection of its own. Resolves with what ends the lock. */
const locks: Partial<Record<Engine, Lock>> = { postgres: lockPostgres, mariadb: lockMysql }

describeEngines(['postgres', 'mariadb', 'sqlite'], (place) => {
  const opened: Knex[] = []
  function open(more: Knex.Config = {}, config = configOf(place.url, place.engine, 20_000)): Knex {
    const db = knex({ ...config, ...more })
    opened.push(db)
    return db
  }
  afterEach(() => Promise.all(opened.splice(0).map((db) => db.destroy())))

  it('oauthMigration() creates the tables that the store needs, and drops them', async () => {
    const db = open()
    const migrationSource: Knex.MigrationSource<string> = {
      getMigrations: async () => ['001_oauth'],
      getMigrationName: (name) => name,
      getMigration: async () => oauthMigration(),
    }
    await db.migrate.latest({ migrationSource })
    const store = knexStore(db)
    expect(await store.check()).toEqual([])
    const { credential } = await issued(store)
    const row = await db('oauth_credentials').where({ id: credential.hash }).first('created_at')
    expect(Number(row.created_at)).toBe(credential.createdAt)
    await db.migrate.rollback({ migrationSource })
    expect(await store.check()).toHaveLength(4)
  })

  it('a later migration creates what its version adds, and drops nothing', async () => {
    const db = open()
    const options = { tables: oddTables }
    await oauthMigration(options).up(db)
    const later = oauthMigration({ ...options, from: 1 })
    await later.up(db)
    await later.down(db)
    expect(await knexStore(db, options).check()).toEqual([])
  })

  it('settings of the driver and names that need quoting do not matter', async () => {
    const db = open(
      {
        postProcessResponse: () => null,
        wrapIdentifier: () => '"missing"',
        compileSqlOnError: false,
      },
      unusual[place.engine](place.url),
    )
    const store = knexStore(db, { tables: oddTables })
    await store.migrate()
    expect(await livesOn(store)).toEqual([])
  })

  it('sends one statement for each of find, issue, redeem, extend and revoke', async () => {
    const db = open()
    const store = knexStore(db)
    await store.migrate()
    const client = aClient()
    await store.createClient(client)
    const [grant, old] = [aGrant({ clientId: client.id }), aCredential()]
    const ref = { id: grant.id, clientId: grant.clientId, userId: grant.userId }
    const sent: unknown[] = []
    db.on('query', ({ sql }) => sent.push(sql))
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

  it('a store on a transaction that has ended rejects, and writes nothing', async () => {
    const db = open()
    await knexStore(db).migrate()
    const ended = await db.transaction(async (transaction) => transaction)
    const client = aClient()
    await expect(knexStore(ended).createClient(client)).rejects.toThrow(/already complete/)
    expect(await knexStore(db).getClient(client.id)).toBeNull()
  })

  if (place.engine === 'sqlite') return

  it('ends a statement after the timeout, and closes its connection', async () => {
    const db = open({ pool: { min: 0, max: 1 } })
    await knexStore(db).migrate()
    const store = knexStore(db, { timeout: 1000 })
    const unlock = await locks[place.engine]!(place.url)
    try {
      await expect(store.getClient('a')).rejects.toThrow(/timeout/)
      expect(await db.raw('SELECT 1 AS one')).toBeDefined()
    } finally {
      await unlock()
    }
    expect(await knexStore(db).getClient('a')).toBeNull()
  })

  if (place.engine === 'mariadb') {
    it('works with the driver mariadb', async () => {
      const { hostname: host, port, username: user, password, pathname } = new URL(place.url)
      const account = { user, password, database: pathname.slice(1) }
      const connection = {
        host,
        port: Number(port),
        ...account,
        collation: 'UTF8MB4_UNICODE_CI',
      }
      // It is for MariaDB, unless the options say otherwise.
      const options = mysqlDialect === 'mariadb' ? {} : { dialect: mysqlDialect }
      const store = knexStore(open({}, { client: 'mariadb', connection }), options)
      await store.migrate()
      expect(await livesOn(store)).toEqual([])
    })
  }

  if (place.engine !== 'postgres') return

  it('a timeout of the connection has the same effect', async () => {
    await knexStore(open()).migrate()
    const connection = { connectionString: place.url, query_timeout: 2000 }
    const db = open({ pool: { min: 0, max: 1 } }, { client: 'pg', connection })
    const store = knexStore(db)
    const unlock = await lockPostgres(place.url)
    try {
      await expect(store.getClient('a')).rejects.toThrow('Query read timeout')
      expect((await db.raw('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
    } finally {
      await unlock()
    }
  })
})

describe('knexStore()', () => {
  it.each([undefined, null, {}, () => {}, 'db'])('refuses what is not Knex: %s', (value) => {
    expect(() => knexStore(value as never)).toThrow(/knexStore\(\) takes an instance of Knex/)
  })

  it.each(['mssql', 'sqlite3', 'cockroachdb'])('refuses the client %s', (client) => {
    expect(() => knexStore(knex({ client, useNullAsDefault: true }))).toThrow(
      `knexStore() does not know the client "${client}"`,
    )
  })

  it('refuses a dialect of another database, and an unknown option', () => {
    const db = knex({ client: 'pg' })
    expect(() => knexStore(db, { dialect: 'mariadb' })).toThrow('"dialect" must be postgres')
    expect(() => knexStore(db, { table: {} } as never)).toThrow(/table/)
    expect(() => knexStore(db, { timeout: 0 })).toThrow('"timeout" must be')
    expect(() => oauthMigration({ form: 1 } as never)).toThrow(/form/)
  })
})
