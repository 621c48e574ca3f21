import { oauthTables, typeormStore } from '@oauth2-kit/typeorm'
import { DataSource } from 'typeorm'
import { setting } from './config.js'

/** The data source for `npm run migrate`. Add your own entities and migrations here. */
export const dataSource = new DataSource({
  type: 'postgres',
  url: setting('DATABASE_URL', 'postgres://localhost:5432/oauth'),
  // Timeouts in milliseconds. They equal the core's timeout, after which the response is a 503.
  connectTimeoutMS: 5000,
  extra: { query_timeout: 5000 },
  ...oauthTables('postgres'),
})

/** Opens the store. `close` releases it. */
export default async function openStore() {
  await dataSource.initialize()
  return { store: typeormStore(dataSource), close: () => dataSource.destroy() }
}
