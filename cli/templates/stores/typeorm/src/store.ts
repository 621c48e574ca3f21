import { typeormStore } from '@oauth2-kit/typeorm'
import { dataSource } from './data-source.js'
import { explained } from './database.js'
import type { OpenStore } from './setting.js'

/** Fails if one of the tables is missing, and reads nothing. */
const readTables =
  'SELECT 1 FROM oauth_credentials, oauth_clients, oauth_users, oauth_records WHERE 1 = 0'

/** Opens the store. `close` releases it. */
export default async function openStore(): Promise<OpenStore> {
  try {
    await dataSource.initialize()
    await dataSource.query(readTables)
  } catch (error) {
    if (dataSource.isInitialized) await dataSource.destroy()
    throw explained(error)
  }
  return { store: typeormStore(dataSource), close: () => dataSource.destroy() }
}
