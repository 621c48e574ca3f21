import { randomUUID } from 'node:crypto'
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import type { LambdaHandler } from './lambda'

/** Stands in for an HTTP API of Amazon API Gateway: calls the function with an event per request. */
export function apiGateway(handler: LambdaHandler): Server {
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const event = eventOf(request, await buffer(request))
    const result = await handler(event, { awsRequestId: event.requestContext.requestId })
    response.writeHead(result.statusCode, result.headers)
    response.end(Buffer.from(result.body, result.isBase64Encoded ? 'base64' : 'utf8'))
  }

  return createServer((request, response) => {
    answer(request, response).catch((error: Error) => response.destroy(error))
  })
}

/** Returns the event of a request, in the payload format 2.0. */
function eventOf(request: IncomingMessage, body: Buffer): APIGatewayProxyEventV2 {
  const { method = '', socket, headers } = request
  const [rawPath = '', rawQueryString = ''] = (request.url ?? '').split('?', 2)
  // API Gateway passes texts and JSON as they are, and encodes other bodies, such as forms.
  const isText = /^(?:text\/|application\/(?:json|javascript|xml))/.test(
    headers['content-type'] ?? '',
  )
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString,
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, String(value)]),
    ),
    requestContext: {
      accountId: '123456789012',
      apiId: 'api',
      domainName: headers.host ?? '',
      domainPrefix: 'api',
      http: {
        method,
        path: rawPath,
        protocol: 'HTTP/1.1',
        sourceIp: socket.remoteAddress ?? '',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey: '$default',
      stage: '$default',
      time: new Date().toUTCString(),
      timeEpoch: Date.now(),
    },
    ...(body.length > 0 && { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !isText,
  }
}
