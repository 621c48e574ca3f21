import type { Context, Created } from '@oauth2-kit/conformance'
import { type PrismaStore, prismaStore } from '@oauth2-kit/prisma'
import { type AnyClient, clientFor, ddlOf, providerOf, runSql } from './engines'

/** Tells the processes that a test starts where the database is that has no URL of the wire. */
export const urlVariable = 'OAUTH2_KIT_TEST_PRISMA_URL'

/** The clients that are open, for the hooks that look behind a store. */
const opened: { namespace: string; client: AnyClient }[] = []

/** A client of that namespace. */
export function openedBy({ namespace }: Context): AnyClient {
  const found = opened.findLast((one) => one.namespace === namespace)
  if (!found) throw new Error(`No store is open for ${namespace}`)
  return found.client
}

const made = new Map<string, Promise<void>>()

/** Makes a store in the tables of its namespace, which are made where they are missing. */
export async function create({ namespace, url }: Context): Promise<Created> {
  const direct = process.env[urlVariable] ?? ''
  let ready = made.get(namespace)
  if (!ready) {
    ready = makeTables(direct, namespace)
    made.set(namespace, ready)
  }
  await ready
  // Only behind a proxy the database hangs on purpose.
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

/** A schema, database or file of its own for each namespace. */
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
    // Another process was quicker.
    if (!/exists/.test((error as Error).message)) throw error
  }
}
