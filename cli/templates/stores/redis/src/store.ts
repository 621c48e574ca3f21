import { redisLimiter } from '@oauth2-kit/limiter'
import { redisStore } from '@oauth2-kit/redis'
import { Redis } from 'ioredis'
import { explained, url } from './database.js'
import { limits } from './security/rate-limit.js'
import type { OpenStore } from './setting.js'

/** Opens the store. `close` releases it. */
export default async function openStore(): Promise<OpenStore> {
  const client = new Redis(url, {
    // Milliseconds. A request that needs Redis gets a 503 after them.
    commandTimeout: 1500,
    connectTimeout: 1500,
    maxRetriesPerRequest: 1,
    lazyConnect: true,
  })
  let isOpen = false
  let problem: Error | undefined
  // ioredis reconnects by itself.
  client.on('error', (error) => {
    problem = error
    if (isOpen) console.error(`Redis: ${error.message}`)
  })
  try {
    await client.connect()
    await client.ping()
  } catch (error) {
    client.disconnect()
    // The promise only says that the connection is closed; the event says why.
    throw explained(problem ?? error)
  }
  isOpen = true
  return {
    store: redisStore(client),
    limiter: redisLimiter(client, limits),
    close: () => client.quit(),
  }
}
