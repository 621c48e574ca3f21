import { randomUUID } from 'node:crypto'
import { type Isolated, describeDatabase } from '@oauth2-kit/conformance/databases'
import type { Attempt } from '@oauth2-kit/core'
import { redisLimiter } from '@oauth2-kit/limiter'
import { Redis } from 'ioredis'
import { allowed, anAttempt, describeBehaviour, giveBack } from './support/behaviour'

const few = { failures: 3, seconds: 60 }
// A machine that runs tests may be busy.
const patient = { timeoutMs: 60_000 }

describeDatabase('redis', (database) => {
  let mine: Isolated
  const clients: Redis[] = []

  beforeAll(async () => {
    mine = await database.isolated()
  })
  afterAll(async () => {
    for (const client of clients) client.disconnect()
    await mine?.drop()
  })

  /** Opens a separate connection, as another process would. */
  async function connect(): Promise<Redis> {
    const client = new Redis(mine.url, { lazyConnect: true })
    clients.push(client)
    await client.connect()
    return client
  }

  const prefix = () => `${mine.namespace}${randomUUID()}:`

  describe('redisLimiter()', () => {
    let redis: Redis
    beforeAll(async () => {
      redis = await connect()
    })

    describeBehaviour((options) =>
      redisLimiter(redis, { keyPrefix: prefix(), ...patient, ...options }),
    )

    it('enforces the limit for 200 concurrent attempts over two connections', async () => {
      const options = { keyPrefix: prefix(), perName: few, ...patient }
      const attempts = Array<Attempt>(100).fill(anAttempt())
      const limiters = [redis, await connect()].map((client) => redisLimiter(client, options))
      const counts = await Promise.all(limiters.map((limiter) => allowed(limiter, attempts)))
      expect(counts[0]! + counts[1]!).toBe(3)
    })

    it('stores only counts, which expire, and no name or address', async () => {
      const keyPrefix = prefix()
      const limiter = redisLimiter(redis, { keyPrefix, ...patient })
      const attempt = anAttempt({ username: randomUUID() })
      await limiter.take(attempt)
      await giveBack(await limiter.take(attempt))
      const keys = await keysOf(redis, keyPrefix)
      expect(keys).toHaveLength(3)
      for (const key of keys) {
        for (const part of Object.values(attempt)) expect(key).not.toContain(part)
        expect(await Promise.all([redis.get(key), redis.ttl(key)])).toEqual([
          '1',
          expect.any(Number),
        ])
        expect(await redis.ttl(key)).toBeGreaterThan(0)
      }
    })

    it('does not change the client', async () => {
      const client = await connect()
      const before = Object.getOwnPropertyNames(client)
      const options = JSON.stringify(client.options)
      await redisLimiter(client, { keyPrefix: prefix(), ...patient }).take(anAttempt())
      expect(Object.getOwnPropertyNames(client)).toEqual(before)
      expect(JSON.stringify(client.options)).toBe(options)
      expect(client.status).toBe('ready')
    })
  })

  describe('while Redis is down', () => {
    it('counts in the process and reports the problem; afterwards Redis counts again', async () => {
      const client = await connect()
      const limiter = redisLimiter(client, { keyPrefix: prefix(), perName: few, ...patient })
      const attempt = anAttempt()
      expect(await limiter.take(attempt)).not.toHaveProperty('problem')
      client.disconnect()
      const problem = expect.any(Error)
      expect(await limiter.take(attempt)).toMatchObject({ allowed: true, problem })
      await giveBack(await limiter.take(attempt))
      expect(await allowed(limiter, Array<Attempt>(9).fill(attempt))).toBe(2)
      expect(await limiter.take(attempt)).toMatchObject({ allowed: false, problem })
      await client.connect()
      const verdict = await limiter.take(attempt)
      expect(verdict).toMatchObject({ allowed: true })
      expect(verdict).not.toHaveProperty('problem')
    })
  })

  it('gives back what Redis has counted after the timeout', async () => {
    const client = await connect()
    const keyPrefix = prefix()
    const gates: (() => void)[] = []
    const slow = {
      status: 'ready',
      async eval(...args: Parameters<Redis['eval']>) {
        await new Promise<void>((resolve) => gates.push(resolve))
        return client.eval(...args)
      },
    }
    const limits = { perName: few, perAddress: null, perNameEverywhere: null }
    const limiter = redisLimiter(slow, { keyPrefix, timeoutMs: 20, ...limits })
    const attempt = anAttempt()
    expect(await limiter.take(attempt)).toMatchObject({
      allowed: true,
      problem: new Error('Redis did not answer the limiter within 20 ms'),
    })
    // The first command counts, and the second one gives the count back.
    for (const commands of [1, 2]) {
      while (gates.length < commands) await new Promise(setImmediate)
      gates[commands - 1]!()
    }
    const [key] = await redisKeys(client, keyPrefix)
    while ((await client.get(key!)) !== '0') await new Promise(setImmediate)
  })
})

async function redisKeys(client: Redis, prefix: string): Promise<string[]> {
  let keys: string[] = []
  while (keys.length === 0) keys = await keysOf(client, prefix)
  return keys
}

/** Uses SCAN: on a shared server, another test may treat KEYS as a full scan by its store. */
async function keysOf(client: Redis, prefix: string): Promise<string[]> {
  const keys = new Set<string>()
  for await (const some of client.scanStream({ match: `${prefix}*`, count: 1000 }))
    for (const key of some as string[]) keys.add(key)
  return [...keys]
}
