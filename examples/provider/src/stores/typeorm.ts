import { oauthTables, typeormStore } from '@oauth2-kit/typeorm'
import libsql from 'libsql'
import { DataSource } from 'typeorm'
import type { Config } from '../config.js'
import { ConfigurationError } from '../provider/environment.js'
import type { OpenStore } from '../provider/setting.js'

/** PostgreSQL, MariaDB or SQLite through TypeORM. */
export async function typeorm({ databaseUrl, driverTimeout }: Config): Promise<OpenStore> {
  if (databaseUrl === undefined) {
    throw new ConfigurationError('STORE=typeorm needs a DATABASE_URL, such as sqlite:oauth.sqlite')
  }
  const dataSource = dataSourceOf(databaseUrl, driverTimeout)
  try {
    await dataSource.initialize()
    // In production this can be a deployment step instead.
    await dataSource.runMigrations()
  } catch (cause) {
    if (dataSource.isInitialized) await dataSource.destroy()
    const { message, code } = cause as NodeJS.ErrnoException
    throw new ConfigurationError(`DATABASE_URL: ${message || code}`, { cause })
  }
  const store = typeormStore(dataSource)
  for (const { problem, fix } of await store.check()) console.warn(`${problem}: ${fix}`)
  return { store, close: () => dataSource.destroy() }
}

/** Returns a data source with a time limit for every wait, after which the response is a 503. */
function dataSourceOf(url: string, timeout: number): DataSource {
  switch (url.slice(0, url.indexOf(':'))) {
    case 'postgres':
    case 'postgresql':
      return new DataSource({
        type: 'postgres',
        url,
        connectTimeoutMS: timeout,
        extra: { query_timeout: timeout },
        ...oauthTables('postgres'),
      })
    case 'mysql':
    case 'mariadb':
      return new DataSource({
        type: 'mariadb',
        url,
        connectTimeout: timeout,
        maxQueryExecutionTime: timeout,
        enableQueryTimeout: true,
        extra: { trace: false },
        ...oauthTables('mariadb'),
      })
    case 'sqlite':
      return new DataSource({
        type: 'better-sqlite3',
        // The interface of better-sqlite3, with the binary inside the package.
        driver: libsql,
        database: url.slice('sqlite:'.length),
        enableWAL: true,
        ...oauthTables('better-sqlite3'),
      })
    default:
      throw new ConfigurationError(
        'DATABASE_URL must begin with postgres:, mysql:, mariadb: or sqlite:',
      )
  }
}
