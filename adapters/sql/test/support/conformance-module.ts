import type { Context, Created } from '@oauth2-kit/conformance'
import type { TableNames } from '@oauth2-kit/sql'
import { bindingOf } from './binding'
import { engineOf } from './places'

/** Pass the binding and the database to the processes of a test. */
export const variables = {
  binding: 'OAUTH2_KIT_TEST_BINDING',
  url: 'OAUTH2_KIT_TEST_SQL_URL',
} as const

/** Returns the names of the tables of a namespace. */
export function tablesOf(namespace: string): TableNames {
  return {
    credentials: `${namespace}_credentials`,
    clients: `${namespace}_clients`,
    users: `${namespace}_users`,
    records: `${namespace}_records`,
  }
}

const made = new Map<string, Promise<unknown>>()

/** Creates a store on the tables of its namespace, and the tables if they are missing. */
export async function create({ namespace, url }: Context): Promise<Created> {
  const direct = process.env[variables.url] ?? ''
  const binding = bindingOf(process.env[variables.binding] ?? '')
  // Only behind a proxy does the database hang on purpose.
  const patience = url === undefined || url === direct ? 20_000 : 4000
  const opened = await binding.open(url ?? direct, engineOf(direct), patience)
  const store = opened.storeOn({ tables: tablesOf(namespace) })
  let ready = made.get(namespace)
  if (!ready) {
    ready = store.migrate()
    made.set(namespace, ready)
  }
  await ready
  return { store, close: () => opened.close() }
}
