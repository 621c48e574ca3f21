import { redisNodes } from '@oauth2-kit/conformance/databases'
import { Redis } from 'ioredis'
import { MongoClient } from 'mongodb'
import { Client } from 'pg'
import type { Database } from './setup'

/** The bytes of what a database holds. Those of Redis are all data. */
export interface Size {
  data: number
  indexes: number
}

/** Resolves with the size of everything in the database, without what it could give back. */
export function sizeOf(database: Database, url: string): Promise<Size> {
  return sizes[database](url)
}

const sizes: Record<Database, (url: string) => Promise<Size>> = {
  async postgres(url) {
    const client = new Client({ connectionString: url })
    await client.connect()
    try {
      await client.query('VACUUM FULL')
      const { rows } = await client.query<Record<keyof Size, string | null>>(
        `SELECT sum(pg_table_size(c.oid)) AS data, sum(pg_indexes_size(c.oid)) AS indexes
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
          WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema')`,
      )
      return { data: Number(rows[0]!.data), indexes: Number(rows[0]!.indexes) }
    } finally {
      await client.end()
    }
  },

  async mongodb(url) {
    const client = await new MongoClient(url).connect()
    try {
      const { databases } = await client.db().admin().listDatabases({ nameOnly: true })
      const own = databases.filter(({ name }) => !['admin', 'config', 'local'].includes(name))
      const found = await Promise.all(
        own.map(({ name }) => client.db(name).command({ dbStats: 1 })),
      )
      const sum = (part: string) => found.reduce((all, one) => all + Number(one[part]), 0)
      return { data: sum('dataSize'), indexes: sum('indexSize') }
    } finally {
      await client.close()
    }
  },

  async redis(url) {
    const client = new Redis(redisNodes(url)[0]!)
    try {
      const [, bytes] = /used_memory_dataset:(\d+)/.exec(await client.info('memory')) ?? []
      return { data: Number(bytes), indexes: 0 }
    } finally {
      client.disconnect()
    }
  },
}
