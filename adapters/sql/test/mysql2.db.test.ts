import { type Mysql2StoreOptions, mysql2Store } from '@oauth2-kit/sql/mysql2'
import { aHash, issued } from '@oauth2-kit/testing'
import { createPool as createCallbackPool } from 'mysql2'
import { type PoolOptions, createPool, createPoolCluster } from 'mysql2/promise'
import { mysqlDialect } from '../../../test/support/mysql-server'
import { describeEngines } from './support/places'
import { behaviourOf } from './support/works'

describeEngines(['mariadb'], (place) => {
  function opened(options: PoolOptions = {}) {
    const pool = createPool({ uri: place.url, connectionLimit: 1, ...options })
    return Object.assign(pool, { [Symbol.asyncDispose]: () => pool.end() })
  }

  it.each<PoolOptions>([
    { rowsAsArray: true },
    { nestTables: true },
    { nestTables: '_' },
    { namedPlaceholders: true },
    { supportBigNumbers: true, bigNumberStrings: true },
    { dateStrings: true, decimalNumbers: true, timezone: '-03:30' },
    { typeCast: () => 'cast' },
    { typeCast: false },
    { flags: ['-FOUND_ROWS'] },
    { multipleStatements: true, disableEval: true },
  ])('works on a pool with the options %j', async (options) => {
    await using pool = opened(options)
    expect(await behaviourOf(mysql2Store(pool))).toBe('as documented')
  })

  it.each(['ANSI_QUOTES', 'NO_BACKSLASH_ESCAPES', 'STRICT_TRANS_TABLES', 'PIPES_AS_CONCAT', ''])(
    'works in the sql_mode %j',
    async (mode) => {
      await using pool = opened()
      await pool.query('SET SESSION sql_mode = ?, time_zone = "+05:30"', [mode])
      expect(await behaviourOf(mysql2Store(pool))).toBe('as documented')
    },
  )

  it.each<Mysql2StoreOptions>([{ dialect: 'mysql' }, { dialect: mysqlDialect }])(
    'works with %j on the server, and on a pool with callbacks',
    async (options) => {
      const pool = createCallbackPool({ uri: place.url, connectionLimit: 2 })
      try {
        expect(await behaviourOf(mysql2Store(pool, options))).toBe('as documented')
      } finally {
        await pool.promise().end()
      }
    },
  )

  it('works on the primary of a cluster, and refuses the whole cluster', async () => {
    await using cluster = createPoolCluster()
    cluster.add('PRIMARY', { uri: place.url })
    expect(await behaviourOf(mysql2Store(cluster.of('PRIMARY')))).toBe('as documented')
    expect(() => mysql2Store(cluster as never)).toThrow('pass cluster.of()')
  })

  it('a connection on which a statement has timed out does not return to the pool', async () => {
    await using pool = opened()
    await using other = opened()
    const store = mysql2Store(pool, { timeout: 300 })
    await store.migrate()
    const { credential } = await issued(store)
    await other.query('LOCK TABLES oauth_credentials WRITE')
    await expect(store.find(credential.hash)).rejects.toMatchObject({ code: 'ETIMEDOUT' })
    await other.query('UNLOCK TABLES')
    expect(await mysql2Store(pool).find(credential.hash)).toEqual(credential)
  })

  it('the wait for a connection is bounded, and a late connection returns to the pool', async () => {
    await using pool = opened()
    await mysql2Store(pool).migrate()
    const connection = await pool.getConnection()
    const late = mysql2Store(pool, { timeout: 50 }).find(aHash())
    await expect(late).rejects.toMatchObject({ code: 'ETIMEDOUT' })
    connection.release()
    expect(await mysql2Store(pool).find(aHash())).toBeNull()
  })

  it('a value that is longer than 64 KiB is kept under conditions, in a prepared UNION', async () => {
    await using pool = opened()
    const store = mysql2Store(pool)
    await store.migrate()
    const data = JSON.stringify({ text: 'é'.repeat(40_000) })
    await issued(store, { data: '{}' })
    const { credential } = await issued(store, { data }, { data })
    expect((await store.find(credential.hash))?.data).toBe(data)
  })
})

describe('mysql2Store()', () => {
  it.each([null, undefined, {}, 'mysql://', { query() {} }])(
    'throws a TypeError for %j',
    (pool) => {
      expect(() => mysql2Store(pool as never)).toThrow(TypeError)
      expect(() => mysql2Store(pool as never)).toThrow('mysql2Store() takes a pool of mysql2')
    },
  )

  it.each([
    { timeout: 0 },
    { timeout: 1.5 },
    { timeout: '5' },
    { dialect: 'sqlite' },
    { tabels: {} },
  ])('throws a TypeError for the options %j', (options) => {
    const pool = { execute: async () => [[], []], getConnection: async () => pool } as never
    expect(() => mysql2Store(pool, options as never)).toThrow(TypeError)
  })
})
