import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import oauthserver from '@oauth2-kit/core'
import { prismaStore } from '@oauth2-kit/prisma'
import express from 'express'
import request from 'supertest'
import { clientFor } from './support/engines'

/** A port on which nothing listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

describe('a database that refuses connections', () => {
  it.each(['postgresql', 'mysql'])('%s: a request gets a 503', async (protocol) => {
    const url = `${protocol}://a:b@127.0.0.1:${await closedPort()}/none`
    const client = clientFor(url, { patience: 500 })
    const oauth = oauthserver({ store: prismaStore(client), issuer: 'http://127.0.0.1' })
    oauth.events.on('server.error', () => {})
    const app = express()
    app.get('/', oauth.authorise())
    app.use(oauth.errorHandler())
    const response = await request(app).get('/').set('Authorization', 'Bearer x')
    expect([response.status, response.body]).toEqual([
      503,
      expect.objectContaining({ error: 'temporarily_unavailable' }),
    ])
    await client.$disconnect()
  })
})
