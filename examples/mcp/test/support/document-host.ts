import { get } from 'node:https'
import { buffer } from 'node:stream/consumers'
import { certificate, loopbackServer } from '../../../../core/test/support/loopback-server'
import type { Changes } from './example'

const host = 'keys.example'

/** The host of the metadata document of a client. */
export interface DocumentHost extends AsyncDisposable {
  /** The URL of the document, which is the id of the client. */
  clientId: string
  /** The paths that were requested. */
  requests: string[]
  /** Fetches a document of that host, as if its name had the loopback address. */
  fetch: (url: string, init: { signal: AbortSignal }) => Promise<Response>
  /** Lets the example fetch its documents so. */
  changes: Changes
}

/** Serves the metadata document of a client over https, on a loopback address. */
export async function documentHost(metadata: object, name = 'client'): Promise<DocumentHost> {
  const clientId = `https://${host}/oauth/${name}.json`
  const server = await loopbackServer((_request, response) => {
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify({ client_id: clientId, ...metadata }))
  })
  const fetch: DocumentHost['fetch'] = (url, { signal }) => fetched(url, server.port, signal)
  return {
    clientId,
    requests: server.requests,
    fetch,
    changes: ({ clientMetadata }) => ({
      clientMetadata: { scopes: null, ...clientMetadata, fetch },
    }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

function fetched(url: string, port: number, signal: AbortSignal): Promise<Response> {
  const { hostname, pathname } = new URL(url)
  if (hostname !== host) throw new TypeError(`${hostname} is no host of this test`)
  const options = { host: '127.0.0.1', port, path: pathname, servername: host, ca: certificate }
  return new Promise((resolve, reject) => {
    get({ ...options, signal }, (response) => {
      const { statusCode: status = 500, headers } = response
      const type = headers['content-type'] ?? ''
      buffer(response).then(
        (body) => resolve(new Response(body, { status, headers: { 'Content-Type': type } })),
        reject,
      )
    }).on('error', reject)
  })
}
