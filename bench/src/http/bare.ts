import type { RequestListener } from 'node:http'
import type { RequestHandler } from 'express'

// What a token endpoint costs that does nothing: it reads the form and answers as many bytes.

const tokens = {
  token_type: 'bearer',
  access_token: 'a'.repeat(40),
  expires_in: 3600,
}
const bytes = Buffer.from(JSON.stringify({ ...tokens, scope: 'profile email' }))

/** The least that can be done: the body as it comes, the answer as it goes. */
export const bareTokenEndpoint: RequestListener = (request, response) => {
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

const resource = Buffer.from(JSON.stringify({ id: '4711', name: 'Ada' }))

/** A resource on bare node:http. */
export const bareResource: RequestListener = (_request, response) => {
  response.statusCode = 200
  response.setHeader('Content-Type', 'application/json; charset=utf-8')
  response.setHeader('Content-Length', resource.length)
  response.end(resource)
}

/** As one would write it on Express, behind `express.urlencoded()`. */
export const bareTokenEndpointWithParser: RequestHandler = (_request, response) => {
  response.set({ 'Cache-Control': 'no-store', Pragma: 'no-cache' })
  response.json(tokens)
}
