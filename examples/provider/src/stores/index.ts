import { startPurge } from '@oauth2-kit/core'
import type { Config } from '../config.js'
import { ConfigurationError } from '../provider/environment.js'
import type { OpenStore } from '../provider/setting.js'
import { memory } from './memory.js'

/**
 * The stores by their names in `STORE`. Each has its own file here, and its dependencies are loaded
 * on demand.
 */
const stores = new Map<string, (config: Config) => Promise<OpenStore>>([
  ['memory', memory],
  ['mongo', async (config) => (await import('./mongo.js')).mongo(config)],
  ['prisma', async (config) => (await import('./prisma.js')).prisma(config)],
  ['redis', async (config) => (await import('./redis.js')).redis(config)],
  ['sql', async (config) => (await import('./sql.js')).sql(config)],
  ['typeorm', async (config) => (await import('./typeorm.js')).typeorm(config)],
])

/** Opens the store that the configuration names. */
export async function openStore(config: Config): Promise<OpenStore> {
  const open = stores.get(config.store)
  if (!open) {
    const names = [...stores.keys()].join(', ')
    throw new ConfigurationError(`STORE is "${config.store}": use one of ${names}`)
  }
  return purged(await open(config))
}

/** After how long a client that registered itself is removed if it is not used. */
const unusedClientsSeconds = 90 * 24 * 3600

/**
 * Removes unused clients that registered themselves periodically, and expired data, for a database that
 * doesn't do so by itself.
 */
function purged(opened: OpenStore): OpenStore {
  const purging = startPurge(opened.store, { unusedClientsSeconds })
  return {
    ...opened,
    async close() {
      await purging.stop()
      await opened.close()
    },
  }
}
