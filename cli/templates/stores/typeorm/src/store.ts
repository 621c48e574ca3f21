import { oauthTables, typeormStore } from '@oauth2-kit/typeorm'
import { DataSource } from 'typeorm'
import { setting } from './config.js'

/** What `npm run migrate` makes the tables of; your own entities and migrations go in here too. */
export const dataSource = new DataSource({
  type: 'postgres',
  url: setting('DATABASE_URL', 'postgres://localhost:5432/oauth'),
  // Milliseconds, as long as the core waits: then the answer is a 503.
  connectTimeoutMS: 5000,
  extra: { query_timeout: 5000 },
  ...oauthTables('postgres'),
})

/** The store, ready for use, and how to let go of it. */
export default async function openStore() {
  await dataSource.initialize()
  return { store: typeormStore(dataSource), close: () => dataSource.destroy() }
}
