import { redisLimiter } from '@oauth2-kit/limiter'
import { redisStore } from '@oauth2-kit/redis'
import { Redis } from 'ioredis'
import { type Config, ConfigurationError } from '../config'
import { limits } from '../security/rate-limit'
import type { OpenStore } from './index'

/** One Redis node; for a Cluster give `redisStore` a `Cluster` in the same way. */
export async function redis({
  databaseUrl = 'redis://localhost:6379',
}: Config): Promise<OpenStore> {
  const client = new Redis(databaseUrl, {
    commandTimeout: 1000,
    connectTimeout: 1000,
    maxRetriesPerRequest: 1,
  })
  // It connects again by itself; what a request needed meanwhile is a 503.
  client.on('error', (error) => console.error(`Redis: ${error.message}`))
  const store = redisStore(client)
  try {
    for (const { problem, mend } of await store.check()) console.warn(`Redis: ${problem}. ${mend}`)
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
