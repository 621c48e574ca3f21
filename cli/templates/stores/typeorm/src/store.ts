import { typeormStore } from '@oauth2-kit/typeorm'
import { dataSource } from './data-source.js'
import { explained } from './database.js'
import type { OpenStore } from './setting.js'

/** Opens the store. `close` releases it. */
export default async function openStore(): Promise<OpenStore> {
  try {
    await dataSource.initialize()
    await dataSource.query('SELECT 1 FROM oauth_clients WHERE 1 = 0')
  } catch (error) {
    if (dataSource.isInitialized) await dataSource.destroy()
    throw explained(error)
  }
  return { store: typeormStore(dataSource), close: () => dataSource.destroy() }
}
