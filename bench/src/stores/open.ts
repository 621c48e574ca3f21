import { redisNodes, testDatabase } from '@oauth2-kit/conformance/databases'
import type { Store } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import { mongoStore } from '@oauth2-kit/mongo'
import { prismaStore } from '@oauth2-kit/prisma'
import { redisStore } from '@oauth2-kit/redis'
import { oauthTables, typeormStore } from '@oauth2-kit/typeorm'
import { Redis } from 'ioredis'
import { createConnection } from 'mongoose'
import { DataSource } from 'typeorm'
import { openDatabase } from './prisma'
import { enlargeBufferPool, vacuum } from './servers'

/** Opens an empty store in its own database. */
export type OpenStore = () => Promise<{
  store: Store
  /**
   * Runs the maintenance that the database would otherwise do by itself later, during the
   * measurement.
   */
  settle?: () => Promise<unknown>
  close: () => Promise<void>
}>

const connections = 10

/** The stores by name. */
export const openers: Readonly<Record<string, OpenStore>> = {
  memory: async () => ({ store: memoryStore(), close: async () => {} }),

  async redis() {
    const mine = await testDatabase('redis').isolated()
    const client = new Redis({ ...redisNodes(mine.url)[0], commandTimeout: 10_000 })
    return {
      store: redisStore(client, { prefix: mine.namespace.slice(0, -1) }),
      async close() {
        client.disconnect()
        await mine.drop()
      },
    }
  },

  async mongo() {
    const mine = await testDatabase('mongodb').isolated()
    const connection = await createConnection(mine.url).asPromise()
    const store = mongoStore(connection)
    await store.createIndexes()
    return {
      store,
      async close() {
        await connection.close()
        await mine.drop()
      },
    }
  },

  'typeorm-postgres': () => openTypeorm('postgres'),
  'typeorm-mariadb': () => openTypeorm('mariadb'),

  async prisma() {
    const database = await openDatabase()
    return {
      store: prismaStore(database.client),
      settle: () => database.pool.query(`${vacuum} oauth_credentials`),
      close: () => database.close(),
    }
  },
}

async function openTypeorm(type: 'postgres' | 'mariadb') {
  const mine = await testDatabase(type).isolated()
  const dataSource = new DataSource({
    type,
    url: mine.url,
    poolSize: connections,
    ...oauthTables(type),
  })
  await dataSource.initialize()
  await dataSource.runMigrations()
  if (type === 'mariadb') await enlargeBufferPool(dataSource)
  const analyze = type === 'postgres' ? vacuum : 'ANALYZE TABLE'
  return {
    store: typeormStore(dataSource),
    settle: () => dataSource.query(`${analyze} oauth_credentials`),
    async close() {
      await dataSource.destroy()
      await mine.drop()
    },
  }
}
