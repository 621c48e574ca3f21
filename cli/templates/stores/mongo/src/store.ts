import { mongoStore } from '@oauth2-kit/mongo'
import mongoose from 'mongoose'
import { explained, url } from './database.js'
import type { OpenStore } from './setting.js'

/** Opens the store. `close` releases it. */
export default async function openStore(): Promise<OpenStore> {
  const connection = mongoose.createConnection(url, {
    // Milliseconds. Together they equal the core's timeout, after which the response is a 503.
    serverSelectionTimeoutMS: 2000,
    connectTimeoutMS: 2000,
    waitQueueTimeoutMS: 1000,
    socketTimeoutMS: 2000,
  })
  const store = mongoStore(connection)
  try {
    await connection.asPromise()
    // Creates missing indexes and changes nothing else.
    await store.createIndexes()
  } catch (error) {
    await connection.close()
    throw explained(error)
  }
  return { store, close: () => connection.close() }
}
