import { once } from 'node:events'
import { type AddressInfo, type Socket, connect, createServer } from 'node:net'
import { postgresStore } from '@oauth2-kit/sql/postgres'
import { aClient, aHash, issued, openEndedWhenReady } from '@oauth2-kit/testing'
import postgres4 from 'postgres'
import type postgres3 from 'postgres3'
import { describeEngines } from './support/places'
import { postgresJs } from './support/postgres-js'
import { behaviourOf } from './support/works'

type Options = postgres3.Options<Record<string, postgres3.PostgresType>>

describe.each(postgresJs)('postgres $version', ({ version, postgres }) => {
  describeEngines(['postgres'], (place) => {
    function opened(options: Options = {}, at = place.url) {
      const sql = postgres(at, { max: 1, onnotice: () => {}, ...options })
      return Object.assign(sql, { [Symbol.asyncDispose]: () => sql.end({ timeout: 1 }) })
    }

    it('without types, a connection that ends as soon as it is open does not end the process', async () => {
      await using direct = opened()
      const proxy = await openEndedWhenReady(
        place.url,
        (processId) => direct`SELECT pg_terminate_backend(${processId})`,
      )
      try {
        const own = postgresStore(direct)
        await own.migrate()
        const { credential } = await issued(own)
        await using sql = opened({ max: 2, fetch_types: false }, proxy.url)
        const store = postgresStore(sql)
        const find = () => store.find(credential.hash)
        expect(await find()).toEqual(credential)
        proxy.start()
        const [first, second] = await Promise.allSettled([find(), find()])
        expect(first).toEqual({ status: 'fulfilled', value: credential })
        // It needs a new connection. Version 4 runs it on the first one instead.
        expect(second).toMatchObject({ status: version === 3 ? 'rejected' : 'fulfilled' })
        proxy.stop()
        // Version 3 may reject one more statement with the error of the connection that ended.
        if (version === 3) await Promise.allSettled([find(), find()])
        expect(await Promise.all([find(), find()])).toEqual([credential, credential])
      } finally {
        proxy.close()
      }
    })

    it.each<[string, Options]>([
      ['a transformation to camel case', { transform: postgres.camel }],
      ['a transformation to Pascal case', { transform: postgres.pascal }],
      ['a transformation to kebab case', { transform: postgres.kebab }],
      [
        'transformations of names, values and rows',
        {
          transform: {
            column: { from: (name) => name.toUpperCase() },
            value: { from: () => 'changed' },
            row: { from: (row: object) => ({ ...row }) as never },
          },
        },
      ],
      ['a parser of big integers', { types: { bigint: postgres.BigInt } }],
      [
        'parsers of every type',
        {
          types: {
            changed: {
              to: 0,
              from: [16, 19, 20, 21, 23, 25, 26, 1043],
              serialize: String,
              parse: () => 'changed',
            },
          },
        },
      ],
      ['no prepared statements', { prepare: false }],
      ['no types', { fetch_types: false }],
      ['debugging', { debug: () => {} }],
    ])('works on a client with %s', async (_name, options) => {
      await using sql = opened(options)
      expect(await behaviourOf(postgresStore(sql))).toBe('as documented')
    })

    it.each([
      { prepare: true, repeated: 1, first: 2 },
      { prepare: false, repeated: 2, first: 2 },
    ])(
      'with prepare: $prepare, a statement takes $first round trips first, and then $repeated',
      async ({ prepare, repeated, first }) => {
        let writes = 0
        const socket = ({ host: [host], port: [port] }: { host: string[]; port: number[] }) => {
          const made: Socket = connect(Number(port), host)
          const write = made.write.bind(made) as (...args: unknown[]) => boolean
          return Object.assign(made, { write: (...args: unknown[]) => (writes++, write(...args)) })
        }
        await using sql = opened({ prepare, socket } as Options)
        const store = postgresStore(sql)
        await store.migrate()
        const counted = async () => {
          const before = writes
          await store.find(aHash())
          return writes - before
        }
        expect(await counted()).toBe(first)
        expect(await counted()).toBe(repeated)
      },
    )

    it('a statement that takes too long is cancelled, and its connection can be used again', async () => {
      await using sql = opened()
      await using other = opened()
      const store = postgresStore(sql)
      await store.migrate()
      const { credential } = await issued(store)
      await other.begin(async (own) => {
        await own`LOCK TABLE oauth_credentials IN ACCESS EXCLUSIVE MODE`
        const late = postgresStore(sql, { timeout: 1000 }).find(credential.hash)
        await expect(late).rejects.toMatchObject({ code: 'ETIMEDOUT' })
        // Only the cancellation ends the wait for the lock.
        const waiting = () => own`SELECT pid FROM pg_locks
          WHERE NOT granted AND relation = 'oauth_credentials'::regclass`
        while ((await waiting()).length > 0);
      })
      expect(await store.find(credential.hash)).toEqual(credential)
    })

    it('a statement that cannot be cancelled, because the server is gone, does not end the process', async () => {
      const { port, hostname } = new URL(place.url)
      const sockets: Socket[] = []
      let isGone = false
      const proxy = createServer((client) => {
        const server = connect(Number(port), hostname)
        sockets.push(
          client.on('error', () => {}),
          server.on('error', () => {}),
        )
        client.on('data', (data) => isGone || server.write(data))
        server.on('data', (data) => isGone || client.write(data))
      })
      await once(proxy.listen(0), 'listening')
      const through = new URL(place.url)
      through.hostname = '127.0.0.1'
      through.port = String((proxy.address() as AddressInfo).port)
      const sql = postgres(through.href, { max: 1, onnotice: () => {} })
      const unhandled = jest.fn()
      process.on('unhandledRejection', unhandled)
      try {
        await postgresStore(sql).migrate()
        isGone = true
        proxy.close()
        const late = postgresStore(sql, { timeout: 100 }).find(aHash())
        await expect(late).rejects.toMatchObject({ code: 'ETIMEDOUT' })
        // Another attempt fails after that of the cancellation.
        await expect(once(connect(Number(through.port), '127.0.0.1'), 'connect')).rejects.toThrow(
          'ECONNREFUSED',
        )
        expect(unhandled).not.toHaveBeenCalled()
      } finally {
        process.off('unhandledRejection', unhandled)
        for (const socket of sockets) socket.destroy()
        await sql.end({ timeout: 0 })
      }
    })

    it('does not repeat a statement that ended the transaction it is part of', async () => {
      await using sql = opened({ max: 2 })
      const store = postgresStore(sql)
      await store.migrate()
      const client = aClient()
      await store.createClient(client)
      const failing = sql.begin('isolation level repeatable read', async (own) => {
        const joined = postgresStore(own)
        expect(await joined.getClient(client.id)).toEqual(client)
        await store.deleteClient(client.id)
        await joined.deleteClient(client.id)
      })
      // Repeated, it would fail with the error of a transaction that has ended.
      await expect(failing).rejects.toMatchObject({ code: '40001' })
    })

    it('joins the transaction of a reserved connection', async () => {
      await using sql = opened({ max: 2 })
      await postgresStore(sql).migrate()
      const reserved = await sql.reserve()
      try {
        await reserved`BEGIN`
        const { credential } = await issued(postgresStore(reserved))
        await reserved`ROLLBACK`
        expect(await postgresStore(sql).find(credential.hash)).toBeNull()
      } finally {
        reserved.release()
      }
    })
  })
})

// With its own types, which the tests of both versions do not use.
describeEngines(['postgres'], (place) => {
  it('accepts the types of version 4, in a transaction too', async () => {
    const sql = postgres4(place.url, { max: 1, onnotice: () => {} })
    try {
      const store = postgresStore(sql)
      await store.migrate()
      const { credential } = await sql.begin((own) => issued(postgresStore(own)))
      expect(await store.find(credential.hash)).toEqual(credential)
    } finally {
      await sql.end({ timeout: 1 })
    }
  })
})

describe('postgresStore()', () => {
  it.each([null, undefined, {}, () => {}, 'postgres://'])('throws a TypeError for %p', (sql) => {
    expect(() => postgresStore(sql as never)).toThrow(TypeError)
    expect(() => postgresStore(sql as never)).toThrow('postgresStore() takes a client of postgres')
  })
})
