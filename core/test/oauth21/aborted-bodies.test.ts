import { type AddressInfo, connect } from 'node:net'
import { type RequestListener, createServer } from 'node:http'
import oauthserver from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import { layers } from '../support/layers'

/** The start of a request. */
const head = (path: string, type: string) => [
  `POST /oauth/${path} HTTP/1.1`,
  'Host: auth.example',
  `Content-Type: application/${type}`,
]

describe.each(layers)('F10 and F19: a body that ends too early, on $version', ({ layer }) => {
  const form = head('token', 'x-www-form-urlencoded')
  const json = head('register', 'json')

  it.each([
    ['an aborted form', [...form, 'Content-Length: 500', '', 'grant_type=x'].join('\r\n')],
    ['an aborted chunk', [...form, 'Transfer-Encoding: chunked', '', 'ff', 'gr'].join('\r\n')],
    ['aborted JSON', [...json, 'Content-Length: 500', '', '{"client_name"'].join('\r\n')],
  ])('is reported as a client error, not as a store failure: %s', async (_what, bytes) => {
    const failed = jest.fn()
    const reported: unknown[] = []
    let done!: () => void
    const report = new Promise<void>((resolve) => (done = resolve))
    const oauth = oauthserver({
      model: memoryStore(),
      issuer: 'https://auth.example',
      registration: { scopes: [], open: true },
      debug(error) {
        reported.push(error)
        done()
      },
    })
    oauth.events.on('store.failed', failed)
    const app: RequestListener = layer(oauth, { authenticate: () => null, consent: () => null }, {})
    const server = createServer((message, response) => {
      // Destroys the socket once the server has begun to read.
      message.once('resume', () => setImmediate(() => socket.destroy()))
      app(message, response)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write(bytes)
    await report
    expect(reported).toMatchObject([
      { error: 'invalid_request', error_description: 'The request was aborted' },
    ])
    expect(failed).not.toHaveBeenCalled()
    await new Promise((resolve) => server.close(resolve))
  })
})
