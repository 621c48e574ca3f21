import { getRequestListener } from '@hono/node-server'
import type { OAuth2Server } from '@oauth2-kit/core'
import { type McpAuthOptions, mcpAuth, mcpAuthenticate } from '@oauth2-kit/mcp'
import express5 from 'express'
import express4 from 'express4'
import {
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
  createServer,
} from 'node:http'
import type { AddressInfo } from 'node:net'

/** Serves a route that responds with what its handler receives: `{ auth, body }`. */
export type Route = (oauth: OAuth2Server, options: McpAuthOptions) => RequestListener

type Received = IncomingMessage & { auth?: unknown; body?: unknown }

/** The route of an MCP server on every framework, once after a body parser. */
export const routes: { on: string; route: Route }[] = [
  { on: 'Express 4', route: onExpress(express4) },
  { on: 'Express 5 after express.json()', route: onExpress(express5, { before: true }) },
  { on: 'node:http', route: onNode },
  { on: 'fetch', route: onWeb },
]

/** The other places of a body parser. */
export const parserRoutes: typeof routes = [
  { on: 'Express 5', route: onExpress(express5) },
  { on: 'Express 4 after express.json()', route: onExpress(express4, { before: true }) },
  { on: 'Express 4 before express.json()', route: onExpress(express4, { after: true }) },
  { on: 'Express 5 before express.json()', route: onExpress(express5, { after: true }) },
]

const show = (req: Received, res: ServerResponse) => end(res, req)

function onExpress(
  express: typeof express5,
  { before = false, after = false }: { before?: boolean; after?: boolean } = {},
): Route {
  return (oauth, options) => {
    const app = express()
    const parser = express.json({ limit: '10mb', strict: false })
    const parsers = (runs: boolean) => (runs ? [parser] : [])
    app.all('/mcp', ...parsers(before), mcpAuth(oauth, options), ...parsers(after), show)
    return app
  }
}

function onNode(...[oauth, options]: Parameters<Route>): RequestListener {
  const check = mcpAuth(oauth, options)
  return (message, response) => check(message, response, () => end(response, message))
}

function onWeb(...[oauth, options]: Parameters<Route>): RequestListener {
  const authenticate = mcpAuthenticate(oauth, options)
  return getRequestListener(
    async (request) => {
      const { response, authInfo, parsedBody } = await authenticate(request)
      if (response) return response
      // The body can still be read, and is the one that was checked.
      const text = await request.text()
      const isSame = parsedBody === undefined || text === '' || sameJson(text, parsedBody)
      return Response.json({ auth: authInfo, body: isSame ? parsedBody : 'another body' })
    },
    { overrideGlobalObjects: false },
  )
}

function sameJson(text: string, value: unknown): boolean {
  return JSON.stringify(JSON.parse(text)) === JSON.stringify(value)
}

function end(response: ServerResponse, { auth, body }: Received): void {
  response.writeHead(200, { 'Content-Type': 'application/json' })
  response.end(JSON.stringify({ auth, body }))
}

/** Serves a listener on loopback while `use` runs. */
export async function served<T>(
  listener: RequestListener,
  use: (url: string) => Promise<T>,
): Promise<T> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`)
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}
