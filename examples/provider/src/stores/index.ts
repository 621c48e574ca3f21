import { type Limiter, type Store, startPurge } from '@oauth2-kit/core'
import { type Config, ConfigurationError } from '../config'
import { memory } from './memory'

/** A store that keeps users too. */
export type UserStore = Store &
  Required<
    Pick<
      Store,
      'getUser' | 'getUserByUsername' | 'createUser' | 'updateUser' | 'deleteUser' | 'listUsers'
    >
  >

/** A store that is ready, and how to let go of it. */
export interface OpenStore {
  store: UserStore
  /** Counts for all processes; left out = each process counts for itself. */
  limiter?: Limiter
  close: () => Promise<void>
}

/**
 * The stores by the names that `STORE` takes; each has a file of its own here, and what it needs is
 * loaded with it.
 */
const stores = new Map<string, (config: Config) => Promise<OpenStore>>([
  ['memory', memory],
  ['mongo', async (config) => (await import('./mongo.js')).mongo(config)],
  ['prisma', async (config) => (await import('./prisma.js')).prisma(config)],
  ['redis', async (config) => (await import('./redis.js')).redis(config)],
  ['typeorm', async (config) => (await import('./typeorm.js')).typeorm(config)],
])

/** Opens the store that the configuration names. */
export async function openStore(config: Config): Promise<OpenStore> {
  const open = stores.get(config.store)
  if (!open) {
    const names = [...stores.keys()].join(', ')
    throw new ConfigurationError(`STORE is "${config.store}": take one of ${names}`)
  }
  const opened = await open(config)
  return opened.store.supports.cleanup === 'purge' ? purged(opened) : opened
}

/** With what has expired removed, where the database does not do so by itself. */
function purged(opened: OpenStore): OpenStore {
  const purging = startPurge(opened.store)
  return {
    ...opened,
    async close() {
      await purging.stop()
      await opened.close()
    },
  }
}
