import { oauthTables } from '@oauth2-kit/typeorm'
import { DataSource } from 'typeorm'
import { url } from './database.js'

/** The data source of the server. */
export const dataSource = createDataSource(3_000)

/** Returns a data source whose statements take as long as they need. */
export function forMigrations(): DataSource {
  return createDataSource(0)
}

/** Runs `work` while no other process does. Otherwise, two could create the same table. */
export async function withLock<T>(source: DataSource, work: () => Promise<T>): Promise<T> {
  const runner = source.createQueryRunner()
  try {
    await runner.query(`SELECT pg_advisory_lock(hashtext('migrate'))`)
    return await work()
  } finally {
    await runner.query(`SELECT pg_advisory_unlock(hashtext('migrate'))`)
    await runner.release()
  }
}

function createDataSource(queryTimeout: number): DataSource {
  return new DataSource({
    type: 'postgres',
    url,
    // Milliseconds. With those of a query they equal the core's timeout, after which the response
    // is a 503.
    connectTimeoutMS: 2000,
    extra: { query_timeout: queryTimeout },
    // Add your own entities and migrations to these.
    ...oauthTables('postgres'),
  })
}
