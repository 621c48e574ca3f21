import type { RequestListener } from 'node:http'
import type { RequestHandler } from 'express'
import { bareToken } from './setup'

// The cost of a server without a library: it reads the request and answers with as many bytes.

const tokens = {
  token_type: 'Bearer',
  access_token: bareToken,
  expires_in: 3600,
}
const scope = 'profile email'

/**
 * Returns the smallest possible token endpoint: it reads the body unparsed and sends a constant
 * answer.
 */
export function bareTokenEndpoint(endpoint: 'token' | 'refresh'): RequestListener {
  const answer =
    endpoint === 'refresh' ? { ...tokens, refresh_token: bareToken, scope } : { ...tokens, scope }
  const bytes = Buffer.from(JSON.stringify(answer))
  return (request, response) => {
    const chunks: Buffer[] = []
    request
      .on('data', (chunk: Buffer) => chunks.push(chunk))
      .on('end', () => {
        Buffer.concat(chunks).toString('utf8')
        response.statusCode = 200
        response.setHeader('Cache-Control', 'no-store')
        response.setHeader('Pragma', 'no-cache')
        response.setHeader('Content-Type', 'application/json; charset=utf-8')
        response.setHeader('Content-Length', bytes.length)
        response.end(bytes)
      })
  }
}

const resource = { id: '4711', name: 'Ada' }
const resourceBytes = Buffer.from(JSON.stringify(resource))

/** A resource on bare node:http. */
export const bareResource: RequestListener = (_request, response) => {
  response.statusCode = 200
  response.setHeader('Content-Type', 'application/json; charset=utf-8')
  response.setHeader('Content-Length', resourceBytes.length)
  response.end(resourceBytes)
}

/** The same resource as written for Express. */
export const bareResourceOnExpress: RequestHandler = (_request, response) => {
  response.json(resource)
}
