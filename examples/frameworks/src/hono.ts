import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import type { OAuth2Server } from '@oauth2-kit/core'
import { Hono } from 'hono'
import { pages } from './oauth'

/**
 * Returns the provider and a protected resource on Hono. The same code runs on Bun, Deno and
 * others.
 */
export function onHono(oauth: OAuth2Server): Server {
  const app = new Hono()

  const handle = oauth.handler(pages)
  app.all('/oauth/*', (c) => handle(c.req.raw))
  app.get('/.well-known/*', (c) => handle(c.req.raw))

  app.get('/api/me', async (c) => {
    const { user, response } = await oauth.authenticate(c.req.raw, { scope: 'profile' })
    return response ?? c.json(user ?? {})
  })

  return createAdaptorServer({ fetch: app.fetch }) as Server
}
