import type { Context, Created } from '@oauth2-kit/conformance'
import { type PrismaStore, prismaStore } from '@oauth2-kit/prisma'
import { type AnyClient, clientFor, ddlOf, providerOf, runSql } from './engines'

/** Passes the direct URL of the database, not that of the proxy, to the processes of a test. */
export const urlVariable = 'OAUTH2_KIT_TEST_PRISMA_URL'

/** The open clients, for the hooks that access the tables directly. */
const opened: { namespace: string; client: AnyClient }[] = []

/** Returns the last client that was opened for a namespace. */
export function openedBy({ namespace }: Context): AnyClient {
  const found = opened.findLast((one) => one.namespace === namespace)
  if (!found) throw new Error(`No store is open for ${namespace}`)
  return found.client
}

const made = new Map<string, Promise<void>>()

/** Creates a store on the tables of its namespace, and the tables if they are missing. */
export async function create({ namespace, url }: Context): Promise<Created> {
  const direct = process.env[urlVariable] ?? ''
  let ready = made.get(namespace)
  if (!ready) {
    ready = makeTables(direct, namespace)
    made.set(namespace, ready)
  }
  await ready
  // Only behind a proxy does the database hang on purpose.
  const patience = (url ?? direct) === direct ? 20_000 : 4000
  const client = clientFor(urlOf(url ?? direct, namespace), { patience })
  const entry = { namespace, client }
  opened.push(entry)
  const store: PrismaStore = prismaStore(client)
  return {
    store,
    async close() {
      opened.splice(opened.indexOf(entry), 1)
      await client.$disconnect()
    },
  }
}

/** Returns the URL of the schema, database or file of a namespace. */
export function urlOf(url: string, namespace: string): string {
  const provider = providerOf(url)
  if (provider === 'postgresql') return `${url}?schema=${namespace}`
  return provider === 'mysql' ? `${url}_${namespace}` : url.replace(/\.db$/, `-${namespace}.db`)
}

async function makeTables(url: string, namespace: string): Promise<void> {
  const provider = providerOf(url)
  const ddl = ddlOf(provider)
  try {
    if (provider === 'postgresql') {
      await runSql(url, `CREATE SCHEMA ${namespace}; SET search_path TO ${namespace}; ${ddl}`)
    } else if (provider === 'mysql') {
      const { pathname } = new URL(urlOf(url, namespace))
      await runSql(url, `CREATE DATABASE ${pathname.slice(1)}; USE ${pathname.slice(1)}; ${ddl}`)
    } else {
      await runSql(urlOf(url, namespace), `PRAGMA journal_mode = WAL; ${ddl}`)
    }
  } catch (error) {
    // Another process was first.
    if (!/exists/.test((error as Error).message)) throw error
  }
}
