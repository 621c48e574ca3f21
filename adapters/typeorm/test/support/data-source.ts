import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type TestDatabase, describeDatabase } from '@oauth2-kit/conformance/databases'
import libsql from 'libsql'
import { DataSource, type DataSourceOptions } from 'typeorm'
import { mysqlDialect } from '../../../../test/support/mysql-server'
import { type DatabaseType, type TableNames, oauthTables } from '../../src/index'

/** What a test changes in a DataSource. */
export interface Differences {
  tables?: Partial<TableNames> | undefined
  options?: Partial<Record<string, unknown>>
  /** Milliseconds that any call waits: less than the suite, where the suite measures it. */
  patience?: number
  /** How long a PostgreSQL session waits for a lock before it checks for a deadlock. */
  deadlockTimeout?: string
}

/** Returns the type of DataSource for a URL. */
export function typeOf(url: string): DatabaseType {
  if (url.startsWith('postgres:')) return 'postgres'
  return url.startsWith('mysql:') ? mysqlDialect : 'better-sqlite3'
}

/** A DataSource that is closed at the end of its block: `await using dataSource = ...`. */
export type Disposable = DataSource & AsyncDisposable

/** Creates a DataSource for a URL or the path of a file, in which no call waits forever. */
export function dataSourceFor(
  url: string,
  { tables, options, patience = 20_000, deadlockTimeout }: Differences = {},
): Disposable {
  const type = typeOf(url)
  const { entities, migrations } = oauthTables(type, tables && { tables })
  // A separate table for each set of tables in a database.
  const migrationsTableName = `${tables?.credentials ?? 'oauth_credentials'}_migrations`
  const shared = { entities, migrations, migrationsTableName }
  const all = {
    ...bounded(type, url, patience, deadlockTimeout),
    ...shared,
    ...options,
  } as DataSourceOptions
  const dataSource = new DataSource(all)
  return Object.assign(dataSource, {
    async [Symbol.asyncDispose]() {
      if (dataSource.isInitialized) await dataSource.destroy()
    },
  })
}

function bounded(
  type: DatabaseType,
  url: string,
  patience: number,
  deadlockTimeout: string | undefined,
): Partial<DataSourceOptions> {
  if (type === 'postgres') {
    const extra = {
      query_timeout: patience,
      ...(deadlockTimeout && { options: `-c deadlock_timeout=${deadlockTimeout}` }),
    }
    return { type, url, poolSize: 4, connectTimeoutMS: patience, extra }
  }
  if (type === mysqlDialect) {
    const timeouts = { enableQueryTimeout: true, maxQueryExecutionTime: patience }
    return { type, url, poolSize: 4, connectTimeout: patience, ...timeouts }
  }
  // The same interface as better-sqlite3, with its binary in the package.
  return { type: 'better-sqlite3', database: url, driver: libsql, enableWAL: true, timeout: 5000 }
}

/** Returns an initialized DataSource with its tables. */
export async function migrated(url: string, differences?: Differences): Promise<Disposable> {
  const dataSource = dataSourceFor(url, differences)
  await dataSource.initialize()
  await dataSource.runMigrations()
  return dataSource
}

/** The database of the tests on one engine. */
export interface Place {
  type: DatabaseType
  /** The URL, or the path of a file that does not exist yet. */
  url: string
}

/** PostgreSQL and MariaDB if available, and SQLite in a file. */
export const engines = ['postgres', 'mariadb', 'sqlite'] as const

/** Runs the tests on each of the engines. */
export function describeEngines(
  define: (place: Place) => void,
  names: readonly (typeof engines)[number][] = engines,
): void {
  for (const name of names) {
    if (name === 'sqlite') describe(name, () => define(inFile()))
    else describeDatabase(name, (database) => define(onServer(database)))
  }
}

function onServer(database: TestDatabase): Place {
  const place: Place = { type: database.name === 'postgres' ? 'postgres' : mysqlDialect, url: '' }
  let drop: () => Promise<void>
  beforeAll(async () => {
    const isolated = await database.isolated()
    place.url = isolated.url
    drop = () => isolated.drop()
  })
  afterAll(() => drop?.())
  return place
}

function inFile(): Place {
  const place: Place = { type: 'better-sqlite3', url: '' }
  const folder = mkdtempSync(path.join(tmpdir(), 'oauth2-kit-typeorm-'))
  place.url = path.join(folder, 'oauth.sqlite')
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return place
}
