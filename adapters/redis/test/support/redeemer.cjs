'use strict'
// A process of its own with a store: redeems one credential many times at once, whenever it is told one.
const { createHash, randomBytes } = require('node:crypto')
const { Cluster, Redis } = require('ioredis')
const { redisStore } = require('@oauth2-kit/redis')

process.once('message', ({ nodes, prefix }) => {
  const client = nodes.length > 1 ? new Cluster(nodes) : new Redis(nodes[0])
  const store = redisStore(client, { prefix })
  client.once('ready', () => process.send('ready'))
  process.on('message', async ({ old, attempts }) => {
    process.send(
      await Promise.all(Array.from({ length: attempts }, () => store.redeem(old, [successor()]))),
    )
  })
})

function successor() {
  const hash = createHash('sha256').update(randomBytes(20)).digest('hex')
  const createdAt = Date.now()
  return { hash, kind: 'refresh', createdAt, expiresAt: createdAt + 60_000, data: '{}' }
}
