import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import type { ModelTrial } from './trial'

/** Returns a token request of the fixtures' client and user, as the server passes it to a model. */
export function aRequest({ fixtures }: ModelTrial, body: object = {}): object {
  const { client, user } = fixtures
  const headers: Record<string, string> = { 'content-type': 'application/x-www-form-urlencoded' }
  return Object.assign(new IncomingMessage(new Socket()), {
    method: 'POST',
    url: '/oauth/token',
    headers,
    get: (name: string) => headers[name.toLowerCase()],
    ip: '127.0.0.1',
    query: {},
    body: { client_id: client.id, client_secret: client.secret, ...body },
    user: { id: user.id },
    oauth: { client: { clientId: client.id } },
  })
}
