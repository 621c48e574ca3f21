import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { describeDatabase } from '@oauth2-kit/conformance/databases'
import { type MariadbPool, type MariadbStoreOptions, mariadbStore } from '@oauth2-kit/sql/mariadb'
import { aHash, issued } from '@oauth2-kit/testing'
import { mysqlDialect } from '../../../test/support/mysql-server'
import { type PoolConfig, createPool, createPoolCluster } from 'mariadb'
import { behaviourOf } from './support/works'

const storeOn = (pool: MariadbPool, options?: MariadbStoreOptions) =>
  mariadbStore(pool, { dialect: mysqlDialect, ...options })

describeDatabase('mariadb', (database) => {
  let config: PoolConfig
  let drop: () => Promise<void>
  beforeAll(async () => {
    const isolated = await database.isolated()
    drop = () => isolated.drop()
    const { hostname, port, username, password, pathname } = new URL(isolated.url)
    const account = { user: username, password, database: pathname.slice(1) }
    config = { host: hostname, port: Number(port), connectionLimit: 1, ...account }
  })
  afterAll(() => drop?.())

  function opened(options: PoolConfig = {}) {
    const pool = createPool({ ...config, ...options })
    return Object.assign(pool, { [Symbol.asyncDispose]: () => pool.end() })
  }

  it.each<PoolConfig>([
    { rowsAsArray: true },
    { metaAsArray: true },
    { nestTables: true },
    { nestTables: '_' },
    { namedPlaceholders: true },
    { bigIntAsNumber: true },
    { supportBigNumbers: true, bigNumberStrings: true },
    { dateStrings: true, insertIdAsNumber: true, timezone: '-03:30' },
    { typeCast: () => 'cast' },
    { foundRows: false },
    { pipelining: false, prepareCacheLength: 0 },
  ])('works on a pool with the options %j', async (options) => {
    await using pool = opened(options)
    expect(await behaviourOf(storeOn(pool))).toBe('as documented')
  })

  it.each(['ANSI_QUOTES', 'NO_BACKSLASH_ESCAPES', ''])('works in the sql_mode %j', async (mode) => {
    await using pool = opened()
    await pool.query('SET SESSION sql_mode = ?', [mode])
    expect(await behaviourOf(storeOn(pool))).toBe('as documented')
  })

  it.each<MariadbStoreOptions>([{ dialect: 'mysql' }, { dialect: mysqlDialect }])(
    'works with %j',
    async (options) => {
      await using pool = opened()
      expect(await behaviourOf(storeOn(pool, options))).toBe('as documented')
    },
  )

  it('works on the primary of a cluster, and refuses the whole cluster', async () => {
    const cluster = createPoolCluster()
    try {
      cluster.add('PRIMARY', config)
      expect(await behaviourOf(storeOn(cluster.of('PRIMARY')))).toBe('as documented')
      expect(() => storeOn(cluster as never)).toThrow('pass cluster.of()')
    } finally {
      await cluster.end()
    }
  })

  it('a connection on which a statement has timed out does not return to the pool', async () => {
    await using pool = opened()
    await using other = opened()
    const store = storeOn(pool, { timeout: 300 })
    await store.migrate()
    const { credential } = await issued(store)
    await other.query('LOCK TABLES oauth_credentials WRITE')
    await expect(store.find(credential.hash)).rejects.toMatchObject({ code: 'ETIMEDOUT' })
    await other.query('UNLOCK TABLES')
    expect(await storeOn(pool).find(credential.hash)).toEqual(credential)
  })

  it('the wait for a connection is bounded, and a late connection returns to the pool', async () => {
    await using pool = opened()
    await storeOn(pool).migrate()
    const connection = await pool.getConnection()
    const late = storeOn(pool, { timeout: 50 }).find(aHash())
    await expect(late).rejects.toMatchObject({ code: 'ETIMEDOUT' })
    await connection.release()
    expect(await storeOn(pool).find(aHash())).toBeNull()
  })

  it('with the collation of the README, a connection that is lost while it opens does not end the process', async () => {
    // Resets each connection that has signed in when it sends its first statement.
    await using server = createServer((client) => {
      const upstream = connect(config.port!, config.host)
      for (const socket of [client, upstream]) socket.on('error', () => {})
      client.once('data', (handshake) => {
        upstream.write(handshake)
        client.once('data', () => client.resetAndDestroy())
      })
      client.on('close', () => upstream.destroy())
      upstream.on('data', (data) => client.write(data))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    await using pool = opened({ host: '127.0.0.1', port, collation: 'UTF8MB4_UNICODE_CI' })
    // An unhandled rejection makes the test fail, as it would end a process.
    for (let attempt = 0; attempt < 3; attempt++)
      await expect(storeOn(pool).find(aHash())).rejects.toThrow(Error)
  })

  it('errors contain no value, also if the client logs parameters', async () => {
    await using pool = opened({ logParam: true, debugLen: 4000 })
    const store = storeOn(pool, { tables: { credentials: 'missing' } })
    const hash = aHash()
    const error = await store.find(hash).then(
      () => null,
      (one: Error) => one,
    )
    expect(error).toMatchObject({ errno: 1146 })
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(hash.slice(0, 8))
  })

  it('errors contain no part of a value, also if the client cuts its messages', async () => {
    await using pool = opened({ logParam: true, debugLen: 330 })
    const store = storeOn(pool, { tables: { records: 'r' } })
    const error = await store
      .addRecord({ key: 'key-of-a-secret', data: 'data-of-a-secret'.repeat(20), expiresAt: 1 })
      .then(
        () => null,
        (one: Error) => one,
      )
    const shown = JSON.stringify(error, Object.getOwnPropertyNames(error))
    expect(shown).not.toMatch(/of-a-secret/)
  })
})

describe('mariadbStore()', () => {
  it.each([null, undefined, {}, 'mariadb://', { query() {} }])(
    'throws a TypeError for %j',
    (pool) => {
      expect(() => mariadbStore(pool as never)).toThrow(TypeError)
      expect(() => mariadbStore(pool as never)).toThrow('mariadbStore() takes a pool of mariadb')
    },
  )
})
