'use strict'
const { mongoStore } = require('@oauth2-kit/mongo')

const { RANGE_PEER, RANGE_URL } = process.env
const kinds = ['grants', 'clients', 'users', 'records']
const indexes = new Map()

exports.url = RANGE_URL
// The driver tries again, and again to connect.
exports.deadline = 40_000

exports.create = async ({ url = RANGE_URL, namespace }) => {
  const { connection, close } = await (RANGE_PEER === 'mongoose' ? onMongoose : onMongodb)(url)
  const collections = Object.fromEntries(kinds.map((kind) => [kind, `${namespace}_${kind}`]))
  const store = mongoStore(connection, { collections })
  const creating = indexes.get(namespace) ?? store.createIndexes()
  indexes.set(namespace, creating)
  await creating
  return { store, close }
}

async function onMongoose(url) {
  const connection = await require('mongoose').createConnection(url).asPromise()
  return { connection, close: () => connection.close() }
}

function onMongodb(url) {
  const { MongoClient } = require('mongodb')
  const client = new MongoClient(url)
  return { connection: client.db(), close: () => client.close() }
}
