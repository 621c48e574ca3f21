import { redisLimiter } from '@oauth2-kit/limiter'
import { redisStore } from '@oauth2-kit/redis'
import type { Config } from '../config.js'
import { ConfigurationError } from '../provider/environment.js'
import { limits } from '../provider/security/rate-limit.js'
import type { OpenStore } from '../provider/setting.js'
import { redisClient } from './redis-client.js'

/** A Redis node or a Cluster. */
export async function redis({
  databaseUrl = 'redis://localhost:6379',
  waitReplicas,
  driverTimeout,
}: Config): Promise<OpenStore> {
  const client = redisClient(databaseUrl, driverTimeout)
  const store = redisStore(client, waitReplicas === undefined ? {} : { waitReplicas })
  try {
    await client.connect()
    for (const { problem, fix } of await store.check()) console.warn(`Redis: ${problem}. ${fix}`)
  } catch (cause) {
    client.disconnect()
    const message = `DATABASE_URL: Redis does not answer there: ${(cause as Error).message}`
    throw new ConfigurationError(message, { cause })
  }
  return {
    store,
    limiter: redisLimiter(client, limits),
    async close() {
      await client.quit()
    },
  }
}
