import type { Context, Created } from '@oauth2-kit/conformance'
import { type PrismaStore, prismaStore } from '@oauth2-kit/prisma'
import { type Besides, openBesides } from './besides'
import { type AnyClient, type Place, clientFor, ddlOf, providerOf, runSql } from './engines'

/** Passes the direct URL of the database, not that of the proxy, to the processes of a test. */
export const urlVariable = 'OAUTH2_KIT_TEST_PRISMA_URL'

/** A client of a store, and a connection besides it. */
interface Opened {
  namespace: string
  instance: number
  client: AnyClient
  besides: Besides
}

/** The open clients, for the hooks that access the tables directly. */
const opened: Opened[] = []

/** Returns the client of an instance, or of another instance of the same namespace. */
export function openedBy({ namespace, instance }: Context): Opened {
  const there = opened.filter((one) => one.namespace === namespace)
  const found = there.find((one) => one.instance === instance) ?? there.at(-1)
  if (!found) throw new Error(`No store is open for ${namespace}`)
  return found
}

/** Returns where the data of a namespace is, without the proxy. */
export function directOf(namespace: string): Place {
  const url = urlOf(process.env[urlVariable] ?? '', namespace)
  return { url, provider: providerOf(url) }
}

const made = new Map<string, Promise<void>>()

/** Creates a store on the tables of its namespace, and the tables if they are missing. */
export async function create({ namespace, instance, url }: Context): Promise<Created> {
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
  const entry = { namespace, instance, client, besides: openBesides(directOf(namespace)) }
  opened.push(entry)
  const store: PrismaStore = prismaStore(client)
  return {
    store,
    async close() {
      opened.splice(opened.indexOf(entry), 1)
      await entry.besides.close()
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
