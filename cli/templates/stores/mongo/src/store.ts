import { mongoStore } from '@oauth2-kit/mongo'
import mongoose from 'mongoose'
import { setting } from './config.js'

/** Opens the store. `close` releases it. */
export default async function openStore() {
  const url = setting('DATABASE_URL', 'mongodb://localhost:27017/oauth')
  // Timeouts in milliseconds. They equal the core's timeout, after which the response is a 503.
  const connection = mongoose.createConnection(url, {
    serverSelectionTimeoutMS: 5000,
    connectTimeoutMS: 5000,
    socketTimeoutMS: 5000,
    waitQueueTimeoutMS: 5000,
  })
  await connection.asPromise()
  const store = mongoStore(connection)
  // Creates missing indexes and changes nothing else.
  await store.createIndexes()
  return { store, close: () => connection.close() }
}
