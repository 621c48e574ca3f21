import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import * as metadata from '../nextjs/app/.well-known/oauth-authorization-server/route'
import * as me from '../nextjs/app/api/me/route'
import * as endpoint from '../nextjs/app/oauth/[endpoint]/route'
import { keepsItsPromises } from './support/provider'

type Route = Record<string, (request: Request) => Promise<Response>>

const routes: [RegExp, Route][] = [
  [/^\/oauth\/[^/]+$/, endpoint],
  [/^\/\.well-known\/oauth-authorization-server$/, metadata],
  [/^\/api\/me$/, me],
]

/** Calls the route handlers as Next.js does. `npm run test:next` runs them in Next.js itself. */
async function answer(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url)
  const [, route] = routes.find(([pattern]) => pattern.test(pathname)) ?? []
  if (!route) return new Response(null, { status: 404 })
  return route[request.method]?.(request) ?? new Response(null, { status: 405 })
}

describe('the route handlers of Next.js', () => {
  keepsItsPromises(async () => ({
    server: createAdaptorServer({ fetch: answer }) as Server,
    client: { id: 'demo-web' },
    secret: 'demo-web-secret',
  }))
})
