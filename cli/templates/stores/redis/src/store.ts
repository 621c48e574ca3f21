import { redisStore } from '@oauth2-kit/redis'
import { Redis } from 'ioredis'
import { setting } from './config.js'

/** Opens the store. `close` releases it. */
export default async function openStore() {
  // Timeouts in milliseconds. They equal the core's timeout, after which the response is a 503.
  const client = new Redis(setting('DATABASE_URL', 'redis://localhost:6379'), {
    commandTimeout: 5000,
    connectTimeout: 5000,
    maxRetriesPerRequest: 1,
  })
  // ioredis reconnects by itself.
  client.on('error', (error) => console.error(`Redis: ${error.message}`))
  const store = redisStore(client)
  return { store, close: () => client.quit() }
}
