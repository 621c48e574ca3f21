import { redisStore } from '@oauth2-kit/redis'
import { Redis } from 'ioredis'
import { setting } from './config.js'

/** The store, ready for use, and how to let go of it. */
export default async function openStore() {
  // Milliseconds, as long as the core waits: then the answer is a 503.
  const client = new Redis(setting('DATABASE_URL', 'redis://localhost:6379'), {
    commandTimeout: 5000,
    connectTimeout: 5000,
    maxRetriesPerRequest: 1,
  })
  // It connects again by itself.
  client.on('error', (error) => console.error(`Redis: ${error.message}`))
  const store = redisStore(client)
  return { store, close: () => client.quit() }
}
