import type { RequestHandler } from 'express'

// What a token endpoint costs that does nothing: it reads the form and answers as many bytes.

const tokens = {
  token_type: 'bearer',
  access_token: 'a'.repeat(40),
  expires_in: 3600,
}
const bytes = Buffer.from(JSON.stringify(tokens))

/** The least that can be done on Express: the body as it comes, the answer as it goes. */
export const bareTokenEndpoint: RequestHandler = (request, response) => {
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

/** As one would write it on Express, behind `express.urlencoded()`. */
export const bareTokenEndpointWithParser: RequestHandler = (_request, response) => {
  response.set({ 'Cache-Control': 'no-store', Pragma: 'no-cache' })
  response.json(tokens)
}
