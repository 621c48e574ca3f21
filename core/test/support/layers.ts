import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import type {
  AuthoriseOptions,
  DeviceHooks,
  Hooks,
  OAuth2Server,
  RouteOptions,
} from '@oauth2-kit/core'
import express5, { type Request as ExpressRequest } from 'express'
import express4 from 'express4'

/** Protected resources, by path, and what their tokens must be valid for. */
export type Resources = Readonly<Record<string, AuthoriseOptions>>

/** Serves all endpoints of a server, and resources that respond with the owner of the token. */
export type Layer = (
  oauth: OAuth2Server,
  options: Hooks & Partial<DeviceHooks> & RouteOptions,
  resources: Resources,
) => RequestListener

/** Every layer, for `describe.each`. */
export const layers: { version: string; layer: Layer }[] = [
  { version: 'Express 4', layer: (...args) => onExpress(express4, ...args) },
  { version: 'Express 5', layer: (...args) => onExpress(express5, ...args) },
  { version: 'node:http', layer: onNode },
  { version: 'fetch', layer: onWeb },
]

function onExpress(express: typeof express5, ...[oauth, options, resources]: Parameters<Layer>) {
  const app = express()
  app.use(oauth.router(options))
  for (const [path, needs] of Object.entries(resources)) {
    app.all(path, oauth.authorise(needs), (req, res) => {
      res.json({ user: req.user, ...req.oauth })
    })
  }
  return app
}

function onNode(...[oauth, options, resources]: Parameters<Layer>): RequestListener {
  const listener = oauth.listener(options)
  const checks = new Map(
    Object.entries(resources).map(([path, needs]) => [path, oauth.authorise(needs)]),
  )
  return (message, response) => {
    listener(message, response, (error) => {
      const check = checks.get(message.url?.split('?')[0] ?? '')
      if (error || !check) end(response, error ? 500 : 404, {})
      else check(message, response, () => end(response, 200, shownBy(message)))
    })
  }
}

function onWeb(...[oauth, options, resources]: Parameters<Layer>): RequestListener {
  // This layer has no Node request and response for the hooks of a test.
  const webOptions = {
    ...options,
    authenticate: (_request: Request, authorization: Parameters<Hooks['authenticate']>[2]) =>
      options.authenticate({} as never, {} as never, authorization) as null,
    consent: (_request: Request, authorization: Parameters<Hooks['consent']>[2]) =>
      options.consent({} as never, {} as never, authorization) as null,
    device: () => new Response('device'),
  }
  return getRequestListener(
    async (request) => {
      const needs = resources[new URL(request.url).pathname]
      if (!needs) return oauth.fetch(request, webOptions)
      const found = await oauth.authenticate(request, needs)
      if (found.response) return found.response
      return Response.json({ user: found.user, ...found.oauth }, { headers: found.headers })
    },
    { overrideGlobalObjects: false },
  )
}

function shownBy(message: IncomingMessage): object {
  const { user, oauth } = message as unknown as ExpressRequest
  return { user, ...oauth }
}

function end(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json' })
  response.end(JSON.stringify(body))
}
