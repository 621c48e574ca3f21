import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import type { OAuth2Server } from '@oauth2-kit/core'
import { pages } from './oauth'

/** Returns the provider and a protected resource on plain Node. */
export function onNode(oauth: OAuth2Server): Server {
  const endpoints = oauth.listener(pages)

  async function others(req: IncomingMessage, res: ServerResponse): Promise<void> {
    if (req.url !== '/api/me') {
      res.writeHead(404).end()
      return
    }
    const { user, response } = await oauth.authenticate(req, { scope: 'profile' })
    if (response) res.writeHead(response.status, response.headers).end(response.body)
    else res.end(JSON.stringify(user ?? {}))
  }

  // Requests for other paths go to the last argument.
  return createServer((req, res) => endpoints(req, res, () => void others(req, res)))
}
