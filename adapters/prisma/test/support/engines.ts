import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { createClient } from '@libsql/client'
import { type TestDatabase, describeDatabase } from '@oauth2-kit/conformance/databases'
import { PrismaLibSql } from '@prisma/adapter-libsql'
import { PrismaMariaDb } from '@prisma/adapter-mariadb'
import { PrismaPg } from '@prisma/adapter-pg'
import { createPool } from 'mariadb'
import { Client } from 'pg'
import { type Generated, type SqliteClient, generatedClient } from './generated'

/** A provider that the store is tested on. */
export type Provider = 'postgresql' | 'mysql' | 'sqlite'

/** A client of any provider: their models are the same. */
export type AnyClient = SqliteClient

/** Returns the provider of a URL. */
export function providerOf(url: string): Provider {
  if (url.startsWith('postgres')) return 'postgresql'
  return url.startsWith('mysql:') ? 'mysql' : 'sqlite'
}

interface ClientOptions {
  generated?: Generated
  connections?: number
  /** Milliseconds to wait for a connection or a reply. */
  patience?: number
  /** Milliseconds that a transaction may take without options of its own. */
  transactionTimeout?: number
  /** How long a PostgreSQL session waits for a lock before it checks for a deadlock. */
  deadlockTimeout?: string
  /** The fields that the client leaves out by default, by model. */
  omit?: Record<string, Record<string, boolean>>
}

/** Creates a client in which no call waits forever. A PostgreSQL URL may have `?schema=`. */
export function clientFor(
  url: string,
  {
    generated = providerOf(url),
    connections = 4,
    patience = 20_000,
    transactionTimeout = patience,
    deadlockTimeout,
    omit,
  }: ClientOptions = {},
): AnyClient {
  const Generated = generatedClient(generated)
  return new Generated({
    adapter: adapterFor(url, connections, patience, deadlockTimeout),
    errorFormat: 'minimal',
    transactionOptions: { maxWait: patience, timeout: transactionTimeout },
    log: [{ emit: 'event', level: 'query' }],
    ...(omit && { omit }),
  }) as AnyClient
}

function adapterFor(
  url: string,
  connections: number,
  patience: number,
  deadlockTimeout: string | undefined,
) {
  const provider = providerOf(url)
  if (provider === 'postgresql') {
    const { searchParams } = new URL(url)
    return new PrismaPg(
      {
        connectionString: url.split('?')[0] ?? url,
        max: connections,
        connectionTimeoutMillis: patience,
        query_timeout: patience,
        // A busy machine may leave a connection idle for long, which must not close it.
        idleTimeoutMillis: 0,
        ...(deadlockTimeout && { options: `-c deadlock_timeout=${deadlockTimeout}` }),
      },
      { schema: searchParams.get('schema') ?? 'public' },
    )
  }
  if (provider === 'sqlite') return new PrismaLibSql({ url, timeout: 1000 })
  const { hostname: host, port, username, password, pathname } = new URL(url)
  return new PrismaMariaDb({
    host,
    port: Number(port),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: pathname.slice(1),
    connectionLimit: connections,
    // Set at the handshake, which avoids a SET NAMES whose failure the driver does not handle.
    collation: 'UTF8MB4_UNICODE_CI',
    connectTimeout: patience,
    acquireTimeout: patience,
    socketTimeout: patience,
  })
}

/** Runs statements directly with the driver of the database, without Prisma. */
export async function runSql(url: string, sql: string): Promise<void> {
  const provider = providerOf(url)
  if (provider === 'postgresql') {
    const client = new Client({ connectionString: url.split('?')[0] })
    await client.connect()
    await client.query(sql).finally(() => client.end())
  } else if (provider === 'mysql') {
    const pool = createPool(
      `${url.replace(/^mysql/, 'mariadb')}?multipleStatements=true&connectionLimit=1`,
    )
    await pool.query(sql).finally(() => pool.end())
  } else {
    const client = createClient({ url })
    await client.executeMultiple(sql)
    client.close()
  }
}

/** Returns the shipped DDL of a provider. */
export function ddlOf(provider: Provider): string {
  return readFileSync(path.join(__dirname, '../../prisma', provider, 'oauth.sql'), 'utf8')
}

/** The database of the tests on one engine. */
export interface Place {
  provider: Provider
  url: string
}

const servers = { postgres: 'postgresql', mariadb: 'mysql' } as const

/** An engine that the tests run on. */
export type Engine = 'postgres' | 'mariadb' | 'sqlite'

/** Runs the tests on each engine: PostgreSQL and MariaDB if available, and SQLite in a file. */
export function describeEngines(
  define: (place: Place) => void,
  engines: readonly Engine[] = ['postgres', 'mariadb', 'sqlite'],
): void {
  for (const name of engines) {
    if (name === 'sqlite') describe(name, () => define(inFile()))
    else describeDatabase(name, (database) => define(onServer(database, servers[name])))
  }
}

/** Runs the tests on PostgreSQL and MariaDB, if available. */
export function describeServers(define: (place: Place) => void): void {
  describeEngines(define, ['postgres', 'mariadb'])
}

function onServer(database: TestDatabase, provider: Provider): Place {
  const place: Place = { provider, url: '' }
  let drop: (() => Promise<void>) | undefined
  beforeAll(async () => {
    const isolated = await database.isolated()
    place.url = isolated.url
    drop = () => isolated.drop()
    await runSql(place.url, ddlOf(provider))
  })
  afterAll(() => drop?.())
  return place
}

function inFile(): Place {
  const folder = mkdtempSync(path.join(tmpdir(), 'oauth2-kit-prisma-'))
  const place: Place = {
    provider: 'sqlite',
    url: pathToFileURL(path.join(folder, 'oauth.db')).href,
  }
  beforeAll(() => runSql(place.url, ddlOf('sqlite')))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return place
}
