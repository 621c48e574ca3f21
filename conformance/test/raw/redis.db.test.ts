import type { Context } from '@oauth2-kit/conformance'
import { type Isolated, describeDatabase, redisNodes } from '@oauth2-kit/conformance/databases'
import { redisRaw } from '@oauth2-kit/conformance/raw/redis'
import { Cluster, Redis } from 'ioredis'

const context = { namespace: 'things', instance: 0 } as Context
const at = Date.now() + 3_600_000

describe.each(['redis', 'redis-cluster'] as const)('redisRaw() on %s', (name) => {
  describeDatabase(name, (database) => {
    let mine: Isolated
    let client: Redis | Cluster
    beforeAll(async () => {
      mine = await database.isolated()
      const nodes = redisNodes(mine.url)
      client = name === 'redis' ? new Redis(nodes[0]!) : new Cluster(nodes)
    })
    afterAll(async () => {
      client?.disconnect()
      await mine?.drop()
    })
    beforeEach(async () => {
      const keys = Object.keys(await hooks.ends(context))
      await Promise.all(keys.map((key) => client.del(key)))
    })

    const keyOf = (kind: string) => `${mine.namespace}[a*b]:${kind}`
    const hooks = redisRaw({
      client: () => client,
      prefix: () => `${mine.namespace}[a*b]:`,
      credentialKey: (_context, hash) => keyOf(hash),
      recordKey: async (_context, key) => keyOf(key),
      isLasting: (key) => key.endsWith('client'),
    })

    /** Writes a key of each type, and one that another store has written. */
    async function write() {
      await client.set(keyOf('string'), 'a string', 'PXAT', at)
      await client.hset(keyOf('hash'), 'field', 'a hash', 'other', '1')
      await client.rpush(keyOf('list'), 'a list')
      await client.sadd(keyOf('set'), 'a set', 'and more')
      await client.zadd(keyOf('zset'), 1, 'a sorted set')
      await client.xadd(keyOf('stream'), '*', 'field', 'a stream')
      await client.set(`${mine.namespace}aab:other`, 'of another store', 'EX', 60)
    }

    it('dump() shows the content of every type, of this prefix only', async () => {
      await write()
      const dump = await hooks.dump(context)
      for (const type of ['string', 'hash', 'list', 'set', 'sorted set', 'stream'])
        expect(dump).toContain(`a ${type}`)
      expect(dump).not.toContain('of another store')
    })

    it('count() counts keys and the entries in them', async () => {
      expect(await hooks.count(context)).toBe(0)
      await write()
      expect(await hooks.count(context)).toBe(1 + 2 + 1 + 2 + 1 + 1)
    })

    it('ends() and the other hooks return when a key expires', async () => {
      await write()
      await client.set(keyOf('client'), 'lasting')
      expect(await hooks.ends(context)).toEqual({
        [keyOf('string')]: at,
        ...Object.fromEntries(
          ['hash', 'list', 'set', 'zset', 'stream', 'client'].map((kind) => [keyOf(kind), null]),
        ),
      })
      expect(await hooks.removedAt!(context, 'string')).toBe(at)
      expect(await hooks.recordRemovedAt!(context, 'hash')).toBeNull()
      await expect(hooks.removedAt!(context, 'none')).rejects.toThrow('Missing key')
      expect((await hooks.immortal!(context)).toSorted()).toEqual(
        ['hash', 'list', 'set', 'stream', 'zset'].map(keyOf).toSorted(),
      )
    })

    it('explain() names commands that read everything', async () => {
      await write()
      const works: [() => Promise<unknown>, string[]][] = [
        [() => client.get(keyOf('string')), []],
        [() => client.smembers(keyOf('set')), ['smembers']],
        [() => client.smembers(`${mine.namespace}another`), []],
        [() => client.set('SCAN', keyOf('string')), []],
      ]
      for (const [work, found] of works) expect(await hooks.explain(context, work)).toEqual(found)
      await client.del('SCAN')
    })

    it('alive() asks the client', async () => {
      expect(await hooks.alive(context)).toBe(true)
    })

    it('has only the hooks that its options enable', () => {
      const few = redisRaw({ client: () => client, prefix: () => 'a:' })
      expect(Object.keys(few).toSorted()).toEqual(['alive', 'count', 'dump', 'ends', 'explain'])
    })
  })
})
