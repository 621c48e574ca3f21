import { type Server, createServer } from 'node:http'
import type { OAuth2Server } from '@oauth2-kit/core'
import Koa from 'koa'
import { pages } from './oauth'

/** Returns the provider and a protected resource on Koa. */
export function onKoa(oauth: OAuth2Server): Server {
  const endpoints = oauth.listener(pages)
  const app = new Koa()

  app.use(async (ctx, next) => {
    if (!/^\/(?:oauth|\.well-known)\//.test(ctx.path)) return next()
    ctx.respond = false
    return endpoints(ctx.req, ctx.res)
  })

  app.use(async (ctx, next) => {
    if (ctx.path !== '/api/me') return next()
    const { user, response } = await oauth.authenticate(ctx.req, { scope: 'profile' })
    ctx.status = response?.status ?? 200
    ctx.set(response?.headers ?? {})
    ctx.body = response?.body ?? user ?? {}
    return undefined
  })

  const handle = app.callback()
  return createServer((req, res) => void handle(req, res))
}
