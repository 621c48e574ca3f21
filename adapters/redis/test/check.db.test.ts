import {
  type StartedDatabase,
  describeDatabase,
  startDatabase,
} from '@oauth2-kit/conformance/databases'
import type { RedisOptions } from 'ioredis'
import { type RedisClient, redisStore } from '@oauth2-kit/redis'
import { onServers } from './support/on-servers'
import { clientOf, mastersOf } from './support/servers'

describe('check()', () => {
  onServers((place) => {
    it('reports nothing for a sound set-up', async () => {
      expect(await place.store().check()).toEqual([])
    })

    it('reports that a call may wait forever', async () => {
      const [finding] = await place.store({}, { commandTimeout: undefined }).check()
      expect(finding?.problem).toBe(
        'The client has no commandTimeout: a call waits forever if a server does not answer',
      )
      expect(finding?.fix).toContain('commandTimeout')
    })

    it('reports a commandTimeout that is not above waitMs', async () => {
      const options = { waitReplicas: 1, waitMs: 500 }
      const [finding] = await place.store(options, { commandTimeout: 500 }).check()
      expect(finding?.fix).toBe('Set it above 500 ms')
    })

    it('reports that the clocks differ', async () => {
      const store = place.store()
      const now = Date.now()
      const clock = jest.spyOn(Date, 'now').mockImplementation(() => now - 3_600_000)
      const findings = await store.check().finally(() => clock.mockRestore())
      expect(findings[0]?.problem).toMatch(
        /^The clock of 127\.0\.0\.1:\d+ is \d{4} s ahead of this/,
      )
    })
  })

  describeDatabase('redis-cluster', (database) => {
    it('reports that a client of one node is connected to a Cluster', async () => {
      const client = clientOf(await database.url())
      const [node] = await mastersOf(client)
      const findings = await redisStore(node!).check()
      client.disconnect()
      expect(findings.map(({ fix }) => fix)).toContain('Pass a Cluster of ioredis to redisStore()')
    })
  })

  describeDatabase('redis', () => {
    let server: StartedDatabase
    const opened: { disconnect(): void }[] = []

    beforeAll(async () => {
      server = await startDatabase('redis')
    })

    afterAll(async () => {
      for (const client of opened) client.disconnect()
      await server.stop()
    })

    function open(options?: RedisOptions) {
      const client = clientOf(server.url, options)
      opened.push(client)
      return client
    }

    it.each(['allkeys-lru', 'volatile-lru', 'volatile-ttl', 'allkeys-random'])(
      'reports the maxmemory-policy %s and the fix',
      async (policy) => {
        const client = open()
        await client.config('SET', 'appendonly', 'yes')
        await client.config('SET', 'maxmemory-policy', policy)
        const findings = await redisStore(client).check()
        expect(findings).toHaveLength(1)
        expect(findings[0]?.problem).toMatch(
          `is ${policy}: it may drop a grant and keep its tokens`,
        )
        expect(findings[0]?.fix).toMatch('Set maxmemory-policy to noeviction')
        await client.config('SET', 'maxmemory-policy', 'noeviction')
        expect(await redisStore(client).check()).toEqual([])
      },
    )

    it('reports that a restart would lose acknowledged writes', async () => {
      const client = open()
      await client.config('SET', 'appendonly', 'no')
      const [finding] = await redisStore(client).check()
      expect(finding?.problem).toMatch('has neither an append-only file nor a replica')
    })

    it('rejects if no server answers', async () => {
      const client = open({ port: 1, maxRetriesPerRequest: 0 })
      await expect(redisStore(client).check()).rejects.toThrow('max retries per request')
    })

    it('a new store warns about eviction once for each client, if Redis may evict keys', async () => {
      const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
      try {
        const [safe, unsafe] = [open(), open()]
        await unsafe.config('SET', 'maxmemory-policy', 'noeviction')
        storesOn(safe)
        await safe.ping()
        await safe.info()
        expect(warned).not.toHaveBeenCalled()
        await unsafe.config('SET', 'maxmemory-policy', 'allkeys-lfu')
        storesOn(unsafe)
        // Replies come in order: after these, the query of the store has its reply.
        await unsafe.ping()
        await unsafe.info()
        await unsafe.info()
        expect(warned).toHaveBeenCalledTimes(1)
        expect(warned).toHaveBeenCalledWith(expect.stringContaining('allkeys-lfu'), {
          code: 'OAUTH2_KIT_REDIS_EVICTION',
        })
      } finally {
        warned.mockRestore()
        await open().config('SET', 'maxmemory-policy', 'noeviction')
      }
    })
  })
})

function storesOn(client: RedisClient) {
  return ['a', 'b', 'c'].map((tenant) => redisStore(client, { tenant }))
}
