import { readFileSync } from 'node:fs'
import path from 'node:path'
import { Cluster, Redis, type RedisOptions } from 'ioredis'
import { redisStore } from '@oauth2-kit/redis'
import { defaults } from '../src/options'
import { isAmbiguous, keysOf } from '../src/schema'

const clients: (Redis | Cluster)[] = []

/** A client that never connects. */
function aClient(options: RedisOptions = {}): Redis {
  const client = new Redis({ lazyConnect: true, ...options })
  clients.push(client)
  return client
}

function aCluster(options: object = {}): Cluster {
  const client = new Cluster([{ port: 1 }], { lazyConnect: true, ...options })
  clients.push(client)
  return client
}

afterAll(() => {
  for (const client of clients) client.disconnect()
})

describe('redisStore() options', () => {
  it.each([
    [{ prefix: '' }, '"prefix" must be text without braces'],
    [{ prefix: 'a{b}' }, '"prefix" must be text without braces'],
    [{ prefix: 7 }, '"prefix" must be text without braces'],
    [{ prefix: '\ud800' }, '"prefix" must be text without braces'],
    [{ prefix: 'a:@b' }, '"prefix" could share keys with another store'],
    [{ prefix: 'a:cs' }, '"prefix" could share keys'],
    [{ prefix: 'a:t:b' }, '"prefix" could share keys'],
    [{ tenant: '' }, '"tenant" must be a non-empty string'],
    [{ tenant: null }, '"tenant" must be a non-empty string'],
    [{ retentionSeconds: -1 }, '"retentionSeconds" must be a number of seconds, 0 or more'],
    [{ retentionSeconds: '60' }, '"retentionSeconds" must be'],
    [{ retentionSeconds: Number.NaN }, '"retentionSeconds" must be'],
    [{ batchSize: 0 }, '"batchSize" must be a whole number, 1 or more'],
    [{ waitReplicas: -1 }, '"waitReplicas" must be a whole number, 0 or more'],
    [{ waitReplicas: 0.5 }, '"waitReplicas" must be a whole number'],
    // 0 would wait forever.
    [{ waitMs: 0 }, '"waitMs" must be a whole number, 1 or more'],
    [{ keyPrefix: 'x' }, 'Unknown option "keyPrefix" of redisStore(). Did you mean "prefix"?'],
  ])('throws a TypeError for %p', (options, message) => {
    const make = () => redisStore(aClient(), options as never)
    expect(make).toThrow(TypeError)
    expect(make).toThrow(message)
  })

  it.each([undefined, null, {}, 'redis://localhost', Redis])('%p is not a client', (client) => {
    expect(() => redisStore(client as never)).toThrow(
      '"redis" must be a Redis or Cluster of ioredis',
    )
  })

  it.each(['{', 'x{}', 'a{b', '{}x{y}'])(
    'throws for the keyPrefix %p, which would split a grant across slots',
    (keyPrefix) => {
      expect(() => redisStore(aClient({ keyPrefix }))).toThrow(
        '"keyPrefix" must have a name between',
      )
      const redisOptions = { keyPrefix }
      expect(() => redisStore(aCluster({ redisOptions }))).toThrow(
        '"keyPrefix" must have a name between',
      )
    },
  )

  it.each(['app:', '{app}', 'x}', '*'])('accepts the keyPrefix %p', (keyPrefix) => {
    expect(() => redisStore(aClient({ keyPrefix }))).not.toThrow()
  })

  it.each(['{u}:', 'app:c:', 'app:gu:x:'])(
    'F39: throws for the keyPrefix %p, with which two stores could share keys',
    (keyPrefix) => {
      const make = () => redisStore(aClient({ keyPrefix: `x:${keyPrefix}` }))
      expect(make).toThrow('"prefix" with the "keyPrefix" of the client before it could share keys')
    },
  )

  it.each([
    { prefix: 'app' },
    { prefix: 'app:oauth' },
    { prefix: '@app' },
    { prefix: 't' },
    { prefix: 'a:@b:c-d' },
    { prefix: 'app:u' },
  ])('accepts the prefix $prefix', (options) => {
    expect(() => redisStore(aClient(), options)).not.toThrow()
  })

  it.each(['slave', 'all', () => []])('throws for a Cluster with scaleReads %p', (scaleReads) => {
    expect(() => redisStore(aCluster({ scaleReads }))).toThrow('"scaleReads" must be "master"')
  })

  it('throws for Sentinels with the role "slave"', () => {
    const sentinels = [{ host: '127.0.0.1', port: 1 }]
    const make = (role: 'master' | 'slave') => () =>
      redisStore(aClient({ sentinels, name: 'oauth', role }))
    expect(make('slave')).toThrow('"role" must be "master"')
    expect(make('master')).not.toThrow()
  })

  it('are not written to', () => {
    const options = Object.freeze({ prefix: 'x', tenant: undefined, waitMs: undefined })
    expect(() => redisStore(aClient(), options)).not.toThrow()
  })

  it('have the defaults that their doc comments state', () => {
    const source = readFileSync(path.join(__dirname, '../src/options.ts'), 'utf8')
    const [, body = ''] = /export interface RedisStoreOptions \{\n(.*?)\n\}/s.exec(source) ?? []
    const documented = [...body.matchAll(/@default\s+(?:\* )?(\S+).*?\*\/\s*(\w+)\?:/gs)].map(
      ([, value, name]) => [name, value],
    )
    const expected = Object.entries(defaults).map(([name, value]) => [name, String(value)])
    expected.splice(1, 0, ['tenant', 'none'])
    expect(documented).toEqual(expected)
    expect(Object.isFrozen(defaults)).toBe(true)
  })
})

describe('F39: the keys of a store', () => {
  it('are never those of another prefix or tenant', () => {
    const parts = ['P', 't', 'x', 'xs', 'c', 'cs', 'ga', 'gc', 'r', '@t', '@cs', '{u}', 'i', '']
    const prefixes = parts.flatMap((a) =>
      ['', ...parts.map((b) => `:${b}`)].flatMap((b) =>
        ['', ...parts.map((c) => `:${c}`)].map((c) => a + b + c),
      ),
    )
    const owners = new Map<string, string>()
    for (const prefix of new Set(prefixes)) {
      if (isAmbiguous(prefix)) continue
      for (const tenant of [undefined, 't', 'cs', 'P']) {
        for (const key of everyKey(keysOf(prefix, tenant, ''))) {
          const owner = `${prefix} ${tenant}`
          expect([key, owners.get(key) ?? owner]).toEqual([key, owner])
          owners.set(key, owner)
        }
      }
    }
    expect(owners.size).toBeGreaterThan(10_000)
  })
})

/** Returns all keys of a store for ids that are also key names. */
function everyKey(keys: ReturnType<typeof keysOf>): Set<string> {
  const names = ['t', 'cs', 'P', '@t']
  return new Set(
    Object.values(keys).flatMap((key) => {
      if (typeof key === 'object') return []
      return typeof key === 'string'
        ? [key]
        : names.flatMap((id) => names.map((hash) => key(id, hash)))
    }),
  )
}

describe('the manifest', () => {
  it.each([
    [
      aClient(),
      { find: 1, issue: 1, redeem: 1, extend: 1, revoke: 1, addRecord: 1, takeRecord: 1 },
    ],
    [
      aCluster(),
      { find: 1, issue: 3, redeem: 2, extend: 2, revoke: 3, addRecord: 1, takeRecord: 1 },
    ],
  ])('has the round trips of the client (%#)', (client, roundTrips) => {
    expect(redisStore(client).supports).toEqual({
      contract: 1,
      roundTrips,
      cleanup: 'native',
      users: true,
      durable: true,
      tenants: true,
      multiProcess: true,
    })
  })
})
