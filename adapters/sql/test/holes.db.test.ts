import { type SqlStore, sqlMigrations } from '@oauth2-kit/sql'
import { drizzleStore } from '@oauth2-kit/sql/drizzle'
import { knexStore } from '@oauth2-kit/sql/knex'
import { kyselyStore } from '@oauth2-kit/sql/kysely'
import { mysql2Store } from '@oauth2-kit/sql/mysql2'
import { pgStore } from '@oauth2-kit/sql/pg'
import { aClient, aCredential, aRecord, issued } from '@oauth2-kit/testing'
import { drizzle } from 'drizzle-orm/mysql2'
import knex from 'knex'
import { Kysely, MysqlDialect } from 'kysely'
import { createPool as createCallbackPool } from 'mysql2'
import { type Pool as MysqlPool, createPool } from 'mysql2/promise'
import { Pool } from 'pg'
import { mysqlDialect } from '../../../test/support/mysql-server'
import { describeEngines } from './support/places'

async function problemsOf(store: SqlStore): Promise<string> {
  return (await store.check()).map(({ problem }) => problem).join('\n')
}

describeEngines(['postgres'], (place) => {
  let pool: Pool
  beforeAll(() => {
    pool = new Pool({ connectionString: place.url })
    pool.on('error', () => {})
  })
  afterAll(() => pool.end())

  let count = 0
  /** A store whose tables were changed after their creation, with the names TABLE. */
  async function changed(...statements: string[]): Promise<SqlStore> {
    const prefix = `t${count++}`
    const tables = {
      credentials: `${prefix}_credentials`,
      clients: `${prefix}_clients`,
      users: `${prefix}_users`,
      records: `${prefix}_records`,
    }
    const store = pgStore(pool, { tables })
    await store.migrate()
    for (const text of statements) await pool.query(text.replaceAll('TABLE_', `${prefix}_`))
    return store
  }

  it('redeems once, whatever the default of "ordinal" is', async () => {
    const store = await changed(
      'ALTER TABLE TABLE_credentials ALTER ordinal DROP DEFAULT, ALTER ordinal DROP NOT NULL',
    )
    const { credential } = await issued(store)
    const all = await Promise.all(
      Array.from({ length: 8 }, () => store.redeem(credential, [aCredential()])),
    )
    expect(all.filter(({ status }) => status === 'redeemed')).toHaveLength(1)
    expect(await store.isRedeemed(credential)).toBe(true)
  })

  it('check() reports foreign keys that are disabled', async () => {
    const store = await changed('ALTER TABLE TABLE_credentials DISABLE TRIGGER ALL')
    expect(await problemsOf(store)).toContain('has no foreign key on grant_id')
    const replica = new Pool({
      connectionString: place.url,
      options: '-c session_replication_role=replica',
    })
    replica.on('error', () => {})
    expect(await problemsOf(pgStore(replica))).toContain('Foreign keys are not enforced')
    await replica.end()
  })

  it('check() reports a unique constraint that is deferrable', async () => {
    const store = await changed(
      'DROP INDEX "uq_TABLE_credentials_claims"',
      'ALTER TABLE TABLE_credentials ADD UNIQUE (claims, ordinal) DEFERRABLE',
    )
    expect(await problemsOf(store)).toContain('has no unique index on claims')
  })

  it('refuses names that the database would cut', () => {
    const tables = { credentials: `${'t'.repeat(60)}_a` }
    expect(() => pgStore(pool, { tables })).toThrow('must have at most 50 bytes')
    expect(() => sqlMigrations('postgres', { tables })).toThrow('must have at most 50 bytes')
  })
})

describeEngines(['mariadb'], (place) => {
  /** Clients whose connections have a character set in which letters become quotes. */
  const clients: Record<string, (uri: string) => { store: SqlStore; end: () => Promise<unknown> }> =
    {
      mysql2(uri) {
        const pool = createPool({ uri, charset: 'LATIN1_SWEDISH_CI' })
        return { store: mysql2Store(pool), end: () => pool.end() }
      },
      knex(uri) {
        const db = knex({ client: 'mysql2', connection: { uri, charset: 'LATIN1_SWEDISH_CI' } })
        return { store: knexStore(db), end: () => db.destroy() }
      },
      kysely(uri) {
        const pool = createCallbackPool({ uri, charset: 'LATIN1_SWEDISH_CI' })
        const db = new Kysely<unknown>({ dialect: new MysqlDialect({ pool }) })
        return { store: kyselyStore(db, { dialect: mysqlDialect }), end: () => db.destroy() }
      },
      drizzle(uri) {
        const pool = createPool({ uri, charset: 'LATIN1_SWEDISH_CI' })
        return { store: drizzleStore(drizzle(pool)), end: () => pool.end() }
      },
    }

  it.each(Object.keys(clients))(
    'no value becomes SQL or another id in another character set: %s',
    async (name) => {
      const { store, end } = clients[name]!(place.url)
      try {
        await store.migrate()
        const { credential } = await issued(store, { userId: 'josé' })
        for (const userId of ['xħ OR 1=1 -- ', 'josǩ', "x' OR '1'='1", String.raw`\' OR 1=1 -- `])
          expect(await store.revoke({ userId })).toBe(0)
        expect(await store.find(credential.hash)).not.toBeNull()
        const client = aClient({ id: String.raw`it's "\ 中` })
        await store.createClient(client)
        expect(await problemsOf(store)).toContain('The character set of the connection is latin1')
        expect(await store.revoke({ userId: 'josé' })).toBe(1)
        const record = aRecord({ data: 'é'.repeat(100_000) })
        await store.addRecord(record)
        const utf8 = createPool(place.url)
        const found = mysql2Store(utf8)
        expect(await found.getClient(client.id)).toEqual(client)
        expect(await found.getRecord(record.key)).toEqual(record)
        await utf8.end()
        await store.takeRecord(record.key)
        await store.deleteClient(client.id)
      } finally {
        await end()
      }
    },
  )

  it('check() reports autocommit that is off', async () => {
    const pool = createPool(place.url)
    pool.pool.on('connection', (connection) => connection.query('SET autocommit = 0'))
    const store = mysql2Store(pool)
    expect(await problemsOf(store)).toContain('autocommit is off')
    await pool.end()
  })

  describe('in a joined transaction', () => {
    let pool: MysqlPool
    beforeAll(async () => {
      pool = createPool(place.url)
      await mysql2Store(pool).migrate()
    })
    afterAll(() => pool.end())

    it('a deadlock rejects, because it has ended the transaction, and is no replay', async () => {
      const store = mysql2Store(pool)
      const [one, other] = [await issued(store), await issued(store)]
      await using first = await lent(pool)
      await using second = await lent(pool)
      const lock = 'SELECT 1 FROM oauth_credentials WHERE id = ? FOR UPDATE'
      const winner = mysql2Store(second)
      await winner.redeem(one.credential, [aCredential()])
      // InnoDB ends the transaction that has written least.
      for (let n = 0; n < 20; n++) await winner.addRecord(aRecord())
      await first.query(lock, [other.grant.id])
      const waiting = mysql2Store(first)
        .redeem(one.credential, [aCredential()])
        .then(
          ({ status }) => status,
          (error: { errno?: number }) => error.errno,
        )
      await second.query(lock, [other.grant.id])
      await second.commit()
      expect(await waiting).toBe(1213)
    })
  })
})

/** A connection in a transaction, which is rolled back. */
async function lent(pool: MysqlPool) {
  const connection = await pool.getConnection()
  await connection.beginTransaction()
  return Object.assign(connection, {
    async [Symbol.asyncDispose]() {
      await connection.rollback()
      connection.release()
    },
  })
}
