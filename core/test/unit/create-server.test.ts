import { IncomingMessage, type Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer } from '@oauth2-kit/core'
import request from 'supertest'
import { type App, expresses } from '../support/express'

describe.each(expresses)('createServer() on $version', ({ express }) => {
  it('serves the same responses as app.listen()', async () => {
    const app = everything(express())
    app.use('/sub', everything(express()))
    const paths = [
      '/json',
      '/send',
      '/photos/7?size=2',
      '/missing',
      '/thrown',
      '/redirect',
      '/etag',
    ]
    for (const path of [...paths, ...paths.map((path) => `/sub${path}`)]) {
      const [ours, theirs] = await Promise.all([
        request(createServer(app)).get(path).redirects(0),
        request(app).get(path).redirects(0),
      ])
      expect([path, ours.status, ours.text]).toEqual([path, theirs.status, theirs.text])
      expect(withoutDate(ours.headers)).toEqual(withoutDate(theirs.headers))
    }
  })

  it('passes handlers requests and responses of both the app and Node', async () => {
    const app = express()
    const seen: boolean[] = []
    app.get('/', (req, res) => {
      seen.push(req instanceof IncomingMessage, res instanceof ServerResponse)
      seen.push(Object.getPrototypeOf(req) === app.request)
      seen.push(Object.getPrototypeOf(res) === app.response)
      res.json({})
    })
    await request(createServer(app)).get('/')
    expect(seen).toEqual([true, true, true, true])
  })

  it('reads bodies and writes streams', async () => {
    const app = express()
    app.post('/', express.json(), (req, res) => {
      res.write('got ')
      res.end(req.body.text)
    })
    const answer = await request(createServer(app)).post('/').send({ text: 'it' })
    expect(answer.text).toBe('got it')
  })

  it('supports methods that were added to app.response', async () => {
    const app = express()
    Object.assign(app.response, {
      hello(this: { send: (text: string) => void }) {
        this.send('hello')
      },
    })
    app.get('/', (_req, res) => (res as unknown as { hello: () => void }).hello())
    expect((await request(createServer(app)).get('/')).text).toBe('hello')
  })

  it('serves several requests with keepAlive', async () => {
    const app = everything(express())
    await serving(createServer(app, { keepAlive: true }), async (url) => {
      const texts = [await fetch(`${url}/send`), await fetch(`${url}/send`)].map((a) => a.text())
      expect(await Promise.all(texts)).toEqual(['sent', 'sent'])
    })
  })

  it('passes the options on to http.createServer', async () => {
    const app = everything(express())
    const server = createServer(app, { requestTimeout: 1234, maxHeaderSize: 2000 })
    expect(server.requestTimeout).toBe(1234)
    const answer = await request(server).get('/send').set('X-Long', 'a'.repeat(3000))
    expect(answer.status).toBe(431)
  })

  it('accepts another class of IncomingMessage', async () => {
    class Marked extends IncomingMessage {
      readonly marked = true
    }
    const app = express()
    app.get('/', (req, res) => {
      res.json({ marked: (req as unknown as Marked).marked })
    })
    const answer = await request(createServer(app, { IncomingMessage: Marked })).get('/')
    expect(answer.body).toEqual({ marked: true })
  })
})

describe('createServer()', () => {
  it.each([undefined, null, {}, () => {}, 'app'])('throws a TypeError for %p', (app) => {
    expect(() => createServer(app as never)).toThrow(
      new TypeError('"app" must be an Express app: pass the result of express()'),
    )
  })

  it.each(expresses)('throws a TypeError for express itself, $version', ({ express }) => {
    expect(() => createServer(express as never)).toThrow(/pass the result of express\(\)/)
  })
})

/** An app with a route for each feature of Express. */
function everything(app: App): App {
  app.get('/json', (req, res) => {
    res.json({ path: req.path, host: req.hostname, accepts: req.accepts('json') })
  })
  app.get('/send', (_req, res) => {
    res.send('sent')
  })
  app.get('/photos/:id', (req, res) => {
    res.status(203).json({ ...req.params, ...req.query, base: req.baseUrl })
  })
  app.get('/redirect', (_req, res) => res.redirect('/json'))
  app.get('/etag', (req, res) => {
    res.set('Vary', 'Accept').send(`fresh: ${req.fresh}`)
  })
  app.get('/thrown', () => {
    throw Object.assign(new Error('thrown'), { status: 418, stack: 'no stack' })
  })
  return app
}

function withoutDate(headers: object): object {
  return { ...headers, date: undefined }
}

async function serving(server: Server, use: (url: string) => Promise<void>): Promise<void> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}
