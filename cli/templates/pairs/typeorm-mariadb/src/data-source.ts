import { oauthTables } from '@oauth2-kit/typeorm'
import { DataSource } from 'typeorm'
import { url } from './database.js'

/** The data source of the server. */
export const dataSource = createDataSource(3_000)

/** Returns a data source whose statements take as long as they need. */
export function forMigrations(): DataSource {
  return createDataSource(undefined)
}

/** Runs `work` while no other process does. Otherwise, two could create the same table. */
export async function withLock<T>(source: DataSource, work: () => Promise<T>): Promise<T> {
  const runner = source.createQueryRunner()
  // Locks belong to the server, not to the database.
  const name = `LEFT(CONCAT('migrate ', DATABASE()), 64)`
  try {
    const [row] = await runner.query(`SELECT GET_LOCK(${name}, 600) AS locked`)
    if (Number(row.locked) !== 1) throw new Error('Other migrations have run for ten minutes')
    return await work()
  } finally {
    await runner.query(`SELECT RELEASE_LOCK(${name})`)
    await runner.release()
  }
}

function createDataSource(queryTimeout: number | undefined): DataSource {
  return new DataSource({
    type: 'mariadb',
    url,
    // Milliseconds. With those of a query they equal the core's timeout, after which the response
    // is a 503.
    connectTimeout: 2000,
    maxQueryExecutionTime: queryTimeout,
    enableQueryTimeout: true,
    // Saves the stack trace that mysql2 takes of every statement.
    extra: { trace: false },
    // Add your own entities and migrations to these.
    ...oauthTables('mariadb'),
  })
}
