import type * as ioredis from 'ioredis'
import type * as mongodbDriver from 'mongodb'
import type * as mysql2 from 'mysql2/promise'
import type * as pg from 'pg'
import { formatUrl, parseUrl, withOptions } from '../database-url'
import { driver } from '../driver'
import { redisNodes } from './redis-nodes'
import type { DatabaseName } from './names'

/** A part of a database that only its creator uses. */
export interface Isolated {
  /**
   * The database's URL. For Redis it is the URL of the whole server or cluster, where only
   * `namespace` separates keys.
   */
  readonly url: string
  /**
   * The name of the database. For Redis it is the prefix of every key, and must be passed to the
   * store.
   */
  readonly namespace: string
  /** Removes this part with its data. Close your own connections first. */
  drop(): Promise<void>
}

/** Separates test data from the user's data: only names with this prefix are ever dropped. */
const prefix = 'oauth2_kit_test_'

/** Creates the part called `namespace`, or finds it if it exists. */
export async function isolate(
  database: DatabaseName,
  url: string,
  namespace: string,
): Promise<Isolated> {
  if (!/^[a-z0-9_]{1,40}$/.test(namespace))
    throw new TypeError('"namespace" must be 1 to 40 characters from a-z, 0-9 and _')
  const name = prefix + namespace
  return parts[database](url, name)
}

const parts: Record<DatabaseName, (url: string, name: string) => Promise<Isolated>> = {
  postgres,
  mariadb,
  mongodb,
  'mongodb-replica': mongodb,
  redis,
  'redis-cluster': redis,
}

async function postgres(url: string, name: string): Promise<Isolated> {
  await run(`CREATE DATABASE ${name} TEMPLATE template0`).catch((error: { code?: string }) => {
    // Exists, or was just created by another process: duplicate_database, unique_violation.
    if (error.code !== '42P04' && error.code !== '23505') throw error
  })
  return {
    url: withDatabase(url, name),
    namespace: name,
    drop: () => run(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  }

  async function run(statement: string) {
    const { Client } = driver('pg') as typeof pg
    const client = new Client({ connectionString: url })
    await client.connect()
    try {
      await client.query(statement)
    } finally {
      await client.end()
    }
  }
}

async function mariadb(url: string, name: string): Promise<Isolated> {
  await run(`CREATE DATABASE IF NOT EXISTS ${name}`)
  return {
    url: withDatabase(url, name),
    namespace: name,
    drop: () => run(`DROP DATABASE IF EXISTS ${name}`),
  }

  async function run(statement: string) {
    const { createConnection } = driver('mysql2/promise') as typeof mysql2
    const connection = await createConnection(url)
    try {
      await connection.query(statement)
    } finally {
      await connection.end()
    }
  }
}

/** MongoDB creates a database on the first write. */
async function mongodb(url: string, name: string): Promise<Isolated> {
  return {
    url: withMongoDatabase(url, name),
    namespace: name,
    async drop() {
      const { MongoClient } = driver('mongodb') as typeof mongodbDriver
      await using client = new MongoClient(url)
      await client.db(name).dropDatabase()
    },
  }
}

async function redis(url: string, name: string): Promise<Isolated> {
  const keyPrefix = `${name}:`
  return {
    url,
    namespace: keyPrefix,
    async drop() {
      const { Redis } = driver('ioredis') as typeof ioredis
      await Promise.all(
        redisNodes(url).map(async (node) => {
          const client = new Redis(node)
          try {
            if (/^role:slave/m.test(await client.info('replication'))) return
            for await (const keys of client.scanStream({ match: `${keyPrefix}*`, count: 1_000 })) {
              // One command per key, because the keys of a batch may be in different slots.
              await Promise.all((keys as string[]).map((key) => client.unlink(key)))
            }
          } finally {
            client.disconnect()
          }
        }),
      )
    },
  }
}

function withDatabase(url: string, database: string): string {
  return formatUrl({ ...parseUrl(url), database })
}

/** Changes the database of a URL, but keeps the database in which the account is registered. */
function withMongoDatabase(url: string, database: string): string {
  const parts = parseUrl(url)
  const says = parts.options.some((option) => option.startsWith('authSource='))
  if (!parts.credentials || says) return withDatabase(url, database)
  const authSource = parts.database || 'admin'
  return formatUrl({ ...parts, database, options: withOptions(parts.options, { authSource }) })
}
