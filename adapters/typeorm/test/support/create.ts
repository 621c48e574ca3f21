import type { Context, Created } from '@oauth2-kit/conformance'
import type { DataSource } from 'typeorm'
import { type TableNames, typeormStore } from '../../src/index'
import { type Differences, dataSourceFor } from './data-source'

/** The tables of a namespace. */
export function tablesOf(namespace: string): TableNames {
  return {
    credentials: `${namespace}_credentials`,
    clients: `${namespace}_clients`,
    users: `${namespace}_users`,
    records: `${namespace}_records`,
  }
}

/** The DataSources that are open, for the hooks that look behind a store. */
export const opened: { namespace: string; instance: number; dataSource: DataSource }[] = []

/** The DataSource of that instance, or of another one over the same namespace. */
export function openedBy({ namespace, instance }: Context): DataSource {
  const there = opened.filter((one) => one.namespace === namespace && one.dataSource.isInitialized)
  const found = there.find((one) => one.instance === instance) ?? there[0]
  if (!found) throw new Error(`No store is open for ${namespace}`)
  return found.dataSource
}

/** Tells the processes that a test starts where the SQLite file is, which has no URL. */
export const fileVariable = 'OAUTH2_KIT_TEST_FILE'

const made = new Map<string, Promise<void>>()

/** Makes a store in the tables of its namespace, which are made where they are missing. */
export async function create(
  { namespace, instance, url = process.env[fileVariable] ?? '' }: Context,
  options: Differences['options'] = {},
): Promise<Created> {
  const tables = tablesOf(namespace)
  // Only behind a proxy the database hangs on purpose.
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

/** Several processes may come at once: whoever comes later finds the tables of the first. */
async function migrate(dataSource: DataSource): Promise<void> {
  await dataSource.runMigrations().catch(() => dataSource.runMigrations())
}
