import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:http'
import oauthserver, { type OAuth2Server, type Store, createClient } from '@oauth2-kit/core'

/**
 * Requests a token from a provider, and the API with this token, with a wrong one and without one.
 * Prints the statuses of the responses.
 */
export async function printAnswers(
  store: Store,
  serve: (oauth: OAuth2Server) => RequestListener,
): Promise<void> {
  const { client, secret } = await createClient(store, {
    grantTypes: ['client_credentials'],
    scopes: ['read'],
  })
  const issuer = 'http://localhost:3000'
  const oauth = oauthserver({ store, issuer, grants: ['client_credentials'] })
  const server = createServer(serve(oauth)).listen(0)
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const issued = await fetch(`${url}/oauth/token`, {
    method: 'POST',
    headers: { Authorization: `Basic ${btoa(`${client.id}:${secret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'read' }),
  })
  const { access_token: token } = (await issued.json()) as { access_token: string }
  const answers = await Promise.all([
    fetch(url, { headers: { Authorization: `Bearer ${token}` } }),
    fetch(url, { headers: { Authorization: 'Bearer wrong' } }),
    fetch(url),
  ])
  process.stdout.write(JSON.stringify([issued, ...answers].map(({ status }) => status)))
  server.close()
}
