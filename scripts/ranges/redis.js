'use strict'
const events = require('node:events')
const { Cluster, Redis } = require('ioredis')
const { redisStore } = require('@oauth2-kit/redis')
const { redisNodes } = require('@oauth2-kit/conformance/databases')

const { RANGE_URL, RANGE_NAMESPACE } = process.env
const bounded = { commandTimeout: 20_000, connectTimeout: 20_000, maxRetriesPerRequest: 1 }

exports.url = RANGE_URL

exports.create = async ({ url = RANGE_URL, namespace, natMap }) => {
  const nodes = redisNodes(url)
  const client = url.startsWith('redis+cluster:')
    ? new Cluster(nodes, {
        redisOptions: bounded,
        maxRedirections: 100,
        natMap,
        enableOfflineQueue: false,
      })
    : new Redis({ ...nodes[0], ...bounded, enableOfflineQueue: false })
  client.on('error', () => {})
  if (client.status !== 'ready') await events.once(client, 'ready')
  const prefix = RANGE_NAMESPACE.slice(0, -1)
  return {
    store: redisStore(client, { prefix, tenant: namespace }),
    close: () => client.disconnect(),
  }
}
