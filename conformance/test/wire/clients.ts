import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { Cluster, Redis } from 'ioredis'
import { MongoClient } from 'mongodb'
import { createPool, type ResultSetHeader, type RowDataPacket } from 'mysql2/promise'
import { Pool } from 'pg'
import { redisNodes } from '../../src/databases'
import type { Wire } from '../../src/wire'

/** One-time values in a database, taken atomically or with a race. */
export interface Client {
  put(): Promise<string>
  has(id: string): Promise<boolean>
  /** One atomic operation: true for exactly one caller. */
  take(id: string): Promise<boolean>
  /** Reads, then deletes. */
  takeBadly(id: string): Promise<boolean>
  close(): Promise<void>
}

type Connect = (wire: Pick<Wire, 'url' | 'natMap'>) => Promise<Client>

/** A client of each database, with one connection and deadlines of about ten seconds. */
export const clients = {
  async postgres({ url }) {
    const pool = new Pool({ connectionString: url, max: 1, query_timeout: 10_000 })
    pool.on('error', () => {})
    await pool.query('CREATE TABLE IF NOT EXISTS once (id text PRIMARY KEY)')
    const count = async (text: string, id: string) => (await pool.query(text, [id])).rowCount === 1
    return withIds({
      put: (id) => count('INSERT INTO once VALUES ($1)', id),
      has: (id) => count('SELECT id FROM once WHERE id = $1', id),
      remove: (id) => count('DELETE FROM once WHERE id = $1', id),
      close: () => pool.end(),
    })
  },

  async mariadb({ url }) {
    const pool = createPool({ uri: url, connectionLimit: 1 })
    await pool.query('CREATE TABLE IF NOT EXISTS once (id varchar(64) PRIMARY KEY)')
    const run = (sql: string, id: string) => pool.query({ sql, timeout: 10_000 }, [id])
    const change = async (sql: string, id: string) =>
      ((await run(sql, id))[0] as ResultSetHeader).affectedRows === 1
    return withIds({
      put: (id) => change('INSERT INTO once VALUES (?)', id),
      has: async (id) =>
        ((await run('SELECT id FROM once WHERE id = ?', id))[0] as RowDataPacket[]).length === 1,
      remove: (id) => change('DELETE FROM once WHERE id = ?', id),
      close: () => pool.end(),
    })
  },

  mongodb: mongo,
  'mongodb-replica': mongo,
  redis: redis,
  'redis-cluster': redis,
} satisfies Record<string, Connect>

async function mongo({ url }: { url: string }): Promise<Client> {
  const client = new MongoClient(url, {
    socketTimeoutMS: 10_000,
    serverSelectionTimeoutMS: 10_000,
    retryReads: false,
    retryWrites: false,
    maxPoolSize: 1,
  })
  const once = client.db().collection<{ _id: string }>('once')
  return withIds({
    put: async (_id) => (await once.insertOne({ _id })).acknowledged,
    has: async (_id) => (await once.findOne({ _id })) !== null,
    remove: async (_id) => (await once.deleteOne({ _id })).deletedCount === 1,
    close: () => client.close(),
  })
}

async function redis({ url, natMap }: Pick<Wire, 'url' | 'natMap'>): Promise<Client> {
  const options = {
    commandTimeout: 10_000,
    maxRetriesPerRequest: 0,
    retryStrategy: () => 20,
    autoResendUnfulfilledCommands: false,
  }
  const client = natMap
    ? new Cluster(redisNodes(url), {
        natMap,
        redisOptions: options,
        // By default, the client requests the slots periodically.
        slotsRefreshInterval: 0,
        retryDelayOnMoved: 20,
        enableOfflineQueue: false,
        clusterRetryStrategy: () => 20,
      })
    : new Redis({ ...redisNodes(url)[0]!, ...options })
  client.on('error', () => {})
  if (natMap) await once(client, 'ready')
  return withIds({
    put: async (id) => (await client.set(id, 'x')) === 'OK',
    has: async (id) => (await client.get(id)) !== null,
    remove: async (id) => (await client.del(id)) === 1,
    close: async () => client.disconnect(),
  })
}

interface Operations {
  readonly put: (id: string) => Promise<boolean>
  readonly has: (id: string) => Promise<boolean>
  readonly remove: (id: string) => Promise<boolean>
  readonly close: () => Promise<void>
}

function withIds({ put, has, remove, close }: Operations): Client {
  return {
    async put() {
      const id = randomUUID()
      await put(id)
      return id
    },
    has,
    take: remove,
    async takeBadly(id) {
      const found = await has(id)
      if (found) await remove(id)
      return found
    },
    close,
  }
}
