import { mongoStore } from '@oauth2-kit/mongo'
import { createConnection } from 'mongoose'
import type { Config } from '../config.js'
import { ConfigurationError } from '../provider/environment.js'
import type { OpenStore } from '../provider/setting.js'

/**
 * MongoDB, over a mongoose connection. An application can use the connection that it already has.
 */
export async function mongo(config: Config): Promise<OpenStore> {
  const { databaseUrl = 'mongodb://localhost:27017/oauth', driverTimeout, storeTimeout } = config
  const connection = createConnection(databaseUrl, {
    serverSelectionTimeoutMS: driverTimeout,
    connectTimeoutMS: driverTimeout,
    socketTimeoutMS: storeTimeout,
    waitQueueTimeoutMS: driverTimeout,
  })
  try {
    await connection.asPromise()
    const store = mongoStore(connection)
    // In production this can be a deployment step: `oauth2-kit-mongo create-indexes`.
    await store.createIndexes()
    for (const { problem, fix } of await store.check()) {
      console.warn(`MongoDB: ${problem}. ${fix}`)
    }
    return { store, close: () => connection.close() }
  } catch (cause) {
    await connection.close()
    const message = `DATABASE_URL: MongoDB does not answer there: ${(cause as Error).message}`
    throw new ConfigurationError(message, { cause })
  }
}
