import { readFileSync } from 'node:fs'
import path from 'node:path'
import { type SqlExecutor, sqlMigrations, sqlSchema, sqlStore } from '@oauth2-kit/sql'
import { aCredential, aRecord, issued, redeemed } from '@oauth2-kit/testing'
import Database from 'libsql'
import { defaults } from '../src/options'

/** An executor as someone would write it for a client of their own. */
function executorOn(database = new Database(':memory:')): SqlExecutor {
  return {
    dialect: 'sqlite',
    async query(text, values) {
      const statement = database.prepare(text)
      if (statement.reader) {
        const rows = statement.all(...values) as never[]
        return { rows, affected: rows.length }
      }
      return { rows: [], affected: statement.run(...values).changes }
    },
  }
}

describe('sqlStore()', () => {
  it('is a store on an executor of the application', async () => {
    const store = sqlStore(executorOn())
    expect(await store.migrate()).toBe(1)
    expect(await store.check()).toEqual([])
    const { grant, credential } = await issued(store)
    await redeemed(store, credential, aCredential(), aCredential({ kind: 'access' }))
    expect(await store.redeem(credential, [aCredential()])).toEqual({ status: 'replayed' })
    expect(await store.revoke({ grantId: grant.id })).toBe(1)
    const record = aRecord()
    expect(await store.addRecord(record)).toBe(true)
    expect(await store.takeRecord(record.key)).toEqual(record)
  })

  it('redeem() rejects with the error of the database if it cannot find out why it wrote nothing', async () => {
    const executor = executorOn()
    await sqlStore(executor).migrate()
    const { credential } = await issued(sqlStore(executor))
    await sqlStore(executor).redeem(credential, [aCredential()])
    let statements = 0
    const store = sqlStore({
      ...executor,
      async query() {
        statements++
        if (statements === 1) return { rows: [], affected: 0 }
        throw new Error('the database is away')
      },
    })
    await expect(store.redeem(credential, [aCredential()])).rejects.toThrow('the database is away')
    expect(statements).toBe(2)
  })

  it('reads numbers that a client returns as texts or bigints', async () => {
    const executor = executorOn()
    const changed = (change: (value: number) => unknown): SqlExecutor => ({
      ...executor,
      async query(text, values) {
        const { rows, affected } = await executor.query(text, values)
        const entries = rows.map((row) =>
          Object.entries(row).map(([name, value]) => [
            name,
            typeof value === 'number' ? change(value) : value,
          ]),
        )
        return { rows: entries.map((row) => Object.fromEntries(row) as never), affected }
      },
    })
    await sqlStore(executor).migrate()
    for (const change of [String, BigInt]) {
      const store = sqlStore(changed(change))
      expect(await store.check()).toEqual([])
      const { credential } = await issued(store)
      expect(await store.find(credential.hash)).toEqual(credential)
      const record = aRecord()
      await store.addRecord(record)
      expect(await store.takeRecord(record.key)).toEqual(record)
    }
  })

  it.each(['Table "1"', 'tab`le', "o'clock", 'select', 'ünï', 'a.b', '?', '$1'])(
    'quotes the names of tables and columns: %s',
    async (name) => {
      const tables = {
        credentials: `${name}c`,
        clients: `${name}l`,
        users: `${name}u`,
        records: `${name}r`,
      }
      const store = sqlStore(executorOn(), { tables })
      await store.migrate()
      expect(await store.check()).toEqual([])
      const { credential } = await issued(store)
      expect(await store.find(credential.hash)).toEqual(credential)
    },
  )

  it('uses the schema of the option', async () => {
    const database = new Database(':memory:')
    database.exec("ATTACH DATABASE ':memory:' AS oauth")
    const store = sqlStore(executorOn(database), { schema: 'oauth' })
    await store.migrate()
    expect(await store.check()).toEqual([])
    const { credential } = await issued(store)
    expect(await store.find(credential.hash)).toEqual(credential)
    const sql = 'SELECT COUNT(*) AS n FROM oauth.oauth_credentials'
    expect(database.prepare(sql).get()).toMatchObject({ n: 2 })
  })

  it.each([
    [null, {}, 'must be an object with the members "dialect" and "query"'],
    [{ dialect: 'sqlite' }, {}, 'must be an object with the members'],
    [{ dialect: 'oracle', query() {} }, {}, '"executor.dialect" must be one of postgres, mariadb'],
    [{ dialect: 'postgres', query() {} }, {}, '"executor.transaction" is required on PostgreSQL'],
    [
      { dialect: 'sqlite', query() {}, isJoined: true },
      {},
      '"executor.isJoined" must be a function',
    ],
    [executorOn(), { batchSize: 0 }, '"batchSize" must be a whole number of rows from 1 to 10000'],
    [executorOn(), { prefix: 'x' }, 'Unknown option "prefix" of sqlStore()'],
    [executorOn(), { schema: '' }, '"schema" must be the name of a schema'],
    [executorOn(), { schema: 'a\0' }, '"schema" must be the name of a schema'],
    [executorOn(), { tables: { tokens: 'x' } }, 'Unknown option "tables.tokens" of sqlStore()'],
    [executorOn(), { tables: { users: 'a\0' } }, '"tables.users" must be the name of a table'],
    [executorOn(), { tables: { users: 'oauth_records' } }, '"tables" has the same name twice'],
  ])('throws a TypeError: %#', (executor, options, message) => {
    const make = () => sqlStore(executor as never, options as never)
    expect(make).toThrow(TypeError)
    expect(make).toThrow(message)
  })

  it('has the defaults that its doc comments state', () => {
    const text = readFileSync(path.join(__dirname, '../src/options.ts'), 'utf8')
    expect(text).toContain(`@default ${defaults.batchSize}\n`)
    expect(Object.isFrozen(defaults)).toBe(true)
  })
})

describe('check()', () => {
  it('reports foreign keys that are not enforced, and those that are missing', async () => {
    const database = new Database(':memory:')
    const store = sqlStore(executorOn(database))
    await store.migrate()
    database.exec('PRAGMA foreign_keys = OFF')
    expect(await store.check()).toEqual([
      expect.objectContaining({ fix: 'run PRAGMA foreign_keys = ON' }),
    ])
  })

  it('reports a column that has another collation', async () => {
    const database = new Database(':memory:')
    for (const text of sqlMigrations('sqlite')[0]!.statements)
      database.exec(text.replace('"username" TEXT', '"username" TEXT COLLATE NOCASE'))
    const [finding, ...others] = await sqlStore(executorOn(database)).check()
    expect(finding!.problem).toContain('Column username of oauth_users has the collation NOCASE')
    expect(others).toEqual([])
  })
})

describe('sqlSchema()', () => {
  it.each(['postgres', 'mariadb', 'mysql', 'sqlite'] as const)('has every table: %s', (dialect) => {
    const text = sqlSchema(dialect)
    expect(text).toMatch(/^-- Version 1 of the tables of oauth2-kit: /)
    expect(text.match(/CREATE TABLE IF NOT EXISTS/g)).toHaveLength(4)
    expect(sqlSchema(dialect, { from: 1 })).toBe('')
  })

  it('throws a TypeError for an unknown dialect', () => {
    expect(() => sqlSchema('oracle' as never)).toThrow(TypeError)
    expect(() => sqlSchema('oracle' as never)).toThrow('must be one of postgres, mariadb, mysql')
  })
})
