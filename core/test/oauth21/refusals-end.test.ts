import { type RequestListener, type ServerResponse, createServer } from 'node:http'
import oauthserver, { type StoreOptions } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import request from 'supertest'
import { expresses } from '../support/express'

const issuer = 'https://auth.example'
const profiles: Partial<StoreOptions>[] = [{}, { profile: 'v2' }, { passthroughErrors: true }]

function server(options: Partial<StoreOptions>) {
  return oauthserver({ store: memoryStore(), issuer, grants: ['client_credentials'], ...options })
}

describe.each(expresses)('F1: continueAfterResponse on $version', ({ express }) => {
  it.each(profiles)('runs no handler after a refusal of authorise(), with %j', async (options) => {
    const oauth = server({ ...options, continueAfterResponse: true })
    const app = express()
    let runs = 0
    app.post('/transfer', oauth.authorise(), (_req, res) => {
      runs++
      if (!res.headersSent) res.end()
    })
    app.use(oauth.errorHandler())
    const wrong = await request(app).post('/transfer').auth('wrong', { type: 'bearer' })
    const none = await request(app).post('/transfer')
    expect([wrong.ok, none.ok, runs]).toEqual([false, false, 0])
  })

  it.each(profiles)('runs no handler of a locked app without a token, with %j', async (options) => {
    const oauth = server({ ...options, continueAfterResponse: true })
    const app = express()
    let runs = 0
    app.post('/transfer', (_req, res) => {
      runs++
      if (!res.headersSent) res.end()
    })
    oauth.lockdown(app)
    const { ok } = await request(app).post('/transfer')
    expect([ok, runs]).toEqual([false, 0])
  })
})

it('F1: continueAfterResponse does not call next after a refusal on node:http', async () => {
  const gate = server({ continueAfterResponse: true }).authorise()
  const next = jest.fn()
  const app = createServer((message, response) => gate(message, response, next))
  expect((await request(app).get('/')).status).toBe(401)
  expect(next).not.toHaveBeenCalled()
})

describe.each([...expresses, { version: 'node:http', express: undefined }])(
  'F1: an error after something else has begun the response, on $version',
  ({ express }) => {
    it.each(profiles)('is reported and truncates nothing, with %j', async (options) => {
      let begun!: (response: ServerResponse) => void
      const answering = new Promise<ServerResponse>((resolve) => (begun = resolve))
      const store = memoryStore()
      const find = async (): Promise<null> => {
        const response = await answering
        response.writeHead(504)
        response.write('{"error":')
        return null
      }
      let reported!: () => void
      const report = new Promise<void>((resolve) => (reported = resolve))
      const oauth = server({ store: { ...store, find }, debug: () => reported(), ...options })
      const next = jest.fn()
      const serve = (): RequestListener => {
        const gate = oauth.authorise()
        if (!express) {
          return (message, response) => {
            begun(response)
            gate(message, response, next)
          }
        }
        const app = express()
        app.use((_req, res, proceed) => {
          begun(res)
          proceed()
        })
        app.get('/', gate, next)
        app.use(oauth.errorHandler())
        return app
      }
      const received = request(createServer(serve()))
        .get('/')
        .auth('wrong', { type: 'bearer' })
        .buffer(true)
        .parse((response, done) => {
          let text = ''
          response.on('data', (chunk: Buffer) => (text += chunk.toString()))
          response.on('end', () => done(null, text))
        })
        .then(({ status, body }) => [status, body as unknown])
      await report
      ;(await answering).end('"timeout"}')
      expect(await received).toEqual([504, '{"error":"timeout"}'])
      expect(next).not.toHaveBeenCalled()
    })
  },
)

describe.each(expresses)('F1: errorHandler() on $version', ({ express }) => {
  it('reports an error after something else has begun the response', async () => {
    const debug = jest.fn()
    const oauth = server({ profile: 'v2', debug })
    const app = express()
    app.get('/', oauth.authorise())
    const begin: Parameters<typeof app.use>[0] = ((
      error: unknown,
      _req: unknown,
      res: ServerResponse,
      next: (error: unknown) => void,
    ) => {
      res.writeHead(504)
      res.write('{"error":')
      next(error)
      setImmediate(() => res.end('"timeout"}'))
    }) as never
    app.use(begin)
    app.use(oauth.errorHandler())
    const { status, text } = await request(app).get('/').buffer(true)
    expect([status, text]).toEqual([504, '{"error":"timeout"}'])
    expect(debug).toHaveBeenCalledTimes(1)
  })
})
