import type { Context, Created } from '@oauth2-kit/conformance'
import type { DataSource } from 'typeorm'
import { type TableNames, typeormStore } from '../../src/index'
import { type Differences, dataSourceFor } from './data-source'

/** Returns the names of the tables of a namespace. */
export function tablesOf(namespace: string): TableNames {
  return {
    credentials: `${namespace}_credentials`,
    clients: `${namespace}_clients`,
    users: `${namespace}_users`,
    records: `${namespace}_records`,
  }
}

/** The open DataSources, for the hooks that access the tables directly. */
export const opened: { namespace: string; instance: number; dataSource: DataSource }[] = []

/** Returns the DataSource of an instance, or of another instance of the same namespace. */
export function openedBy({ namespace, instance }: Context): DataSource {
  const there = opened.filter((one) => one.namespace === namespace && one.dataSource.isInitialized)
  const found = there.find((one) => one.instance === instance) ?? there[0]
  if (!found) throw new Error(`No store is open for ${namespace}`)
  return found.dataSource
}

/** Passes the path of the SQLite file, which has no URL, to the processes of a test. */
export const fileVariable = 'OAUTH2_KIT_TEST_FILE'

const made = new Map<string, Promise<void>>()

/** Creates a store on the tables of its namespace, and the tables if they are missing. */
export async function create(
  { namespace, instance, url = process.env[fileVariable] ?? '' }: Context,
  options: Differences['options'] = {},
): Promise<Created> {
  const tables = tablesOf(namespace)
  // Only behind a proxy does the database hang on purpose.
  const patience = url === process.env[fileVariable] ? 20_000 : 4000
  const dataSource = await dataSourceFor(url, { tables, options, patience }).initialize()
  let ready = made.get(namespace)
  if (!ready) {
    ready = migrate(dataSource)
    made.set(namespace, ready)
  }
  await ready
  opened.push({ namespace, instance, dataSource })
  return { store: typeormStore(dataSource, { tables }), close: () => dataSource.destroy() }
}

/** Several processes may do this at once: a later one finds the tables when it tries again. */
async function migrate(dataSource: DataSource): Promise<void> {
  await dataSource.runMigrations().catch(() => dataSource.runMigrations())
}
