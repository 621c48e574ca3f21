import { mongoStore } from '@oauth2-kit/mongo'
import mongoose from 'mongoose'
import { setting } from './config.js'

/** The store, ready for use, and how to let go of it. */
export default async function openStore() {
  const url = setting('DATABASE_URL', 'mongodb://localhost:27017/oauth')
  // Milliseconds, as long as the core waits: then the answer is a 503.
  const connection = mongoose.createConnection(url, {
    serverSelectionTimeoutMS: 5000,
    connectTimeoutMS: 5000,
    socketTimeoutMS: 5000,
    waitQueueTimeoutMS: 5000,
  })
  await connection.asPromise()
  const store = mongoStore(connection)
  // Creates those that are missing, and changes nothing else.
  await store.createIndexes()
  return { store, close: () => connection.close() }
}
