import { type RequestListener, type ServerResponse, createServer } from 'node:http'
import { setImmediate } from 'node:timers/promises'
import oauthserver, { type OAuth2Server, OAuth2Error } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import request from 'supertest'
import { expresses } from '../support/express'
import { untilSettled } from '../support/unhandled'

/** A store whose results wait until `release` is called. */
function waitingStore() {
  let release!: () => void
  const released = new Promise<void>((resolve) => (release = resolve))
  const store = memoryStore()
  const waiting = new Proxy(store, {
    get(target, name) {
      const member = Reflect.get(target, name) as unknown
      if (name !== 'find' && name !== 'getClient') return member
      return async (...args: unknown[]) => {
        await released
        return (member as (...args: unknown[]) => unknown).apply(target, args)
      }
    },
  })
  return { waiting, release }
}

/** The endpoint, its path, and a request that it refuses. */
const ways: [string, string, (agent: ReturnType<typeof request>) => request.Test][] = [
  ['authorise()', '/api', (agent) => agent.get('/api').auth('wrong', { type: 'bearer' })],
  [
    'the token endpoint',
    '/token',
    (agent) =>
      agent
        .post('/token')
        .type('form')
        .send({ grant_type: 'client_credentials', client_id: 'nobody', client_secret: 'x' }),
  ],
  [
    'the authorization endpoint',
    '/authorize',
    (agent) => agent.get('/authorize?client_id=nobody&redirect_uri=https://a.example'),
  ],
  [
    'the revocation endpoint',
    '/revoke',
    (agent) => agent.post('/revoke').type('form').send({ token: 'x', client_id: 'nobody' }),
  ],
]

function handlersOf(oauth: OAuth2Server) {
  return {
    '/api': oauth.authorise(),
    '/token': oauth.grant(),
    '/authorize': oauth.authCodeGrant({ authenticate: () => null, consent: () => null }),
    '/revoke': oauth.revoke(),
  }
}

/** What something else does to the response. */
const answers: [string, (response: ServerResponse) => void][] = [
  ['after end()', (response) => void response.writeHead(503).end('too late')],
  ['after flushHeaders()', (response) => response.writeHead(200).flushHeaders()],
  ['after destroy()', (response) => void response.destroy()],
]

describe.each([...expresses, { version: 'node:http', express: undefined }])(
  'F1: a response that something else sends while the server waits, on $version',
  ({ express }) => {
    function serving(
      oauth: OAuth2Server,
      onRequest: (response: ServerResponse) => void,
    ): RequestListener {
      const handlers = handlersOf(oauth)
      if (!express) {
        return (message, response) => {
          onRequest(response)
          const path = (message.url ?? '').split('?')[0] as keyof typeof handlers
          handlers[path](message, response, () => response.end('came through'))
        }
      }
      const app = express()
      app.use((_req, res, next) => {
        onRequest(res)
        next()
      })
      for (const [path, handler] of Object.entries(handlers)) app.all(path, handler)
      app.use(oauth.errorHandler())
      return app
    }

    describe.each(answers)('%s', (_how, answer) => {
      it.each(ways)('%s writes nothing and does not crash', async (_what, _path, ask) => {
        for (const continueAfterResponse of [false, true]) {
          const { waiting, release } = waitingStore()
          const oauth = oauthserver({
            model: waiting,
            issuer: 'https://auth.example',
            continueAfterResponse,
          })
          let answered!: (response: ServerResponse) => void
          const arrived = new Promise<ServerResponse>((resolve) => (answered = resolve))
          const server = createServer(
            serving(oauth, (res) => {
              answer(res)
              res.end = (() => res) as never
              answered(res)
            }),
          )
          const sent = ask(request(server)).catch(() => {})
          const response = await arrived
          const before = writtenTo(response)
          release()
          for (let turns = 0; turns < 20; turns++) await setImmediate()
          // If the request continues, Express answers a response that was only destroyed.
          const after = continueAfterResponse ? before : writtenTo(response)
          expect(after).toEqual(before)
          response.destroy()
          await sent
          await untilSettled()
        }
      })
    })
  },
)

/** The status and header names that are set on a response. */
function writtenTo(response: ServerResponse) {
  return { status: response.statusCode, headers: response.getHeaderNames() }
}

function continuing() {
  const debug = jest.fn()
  const model = memoryStore()
  const issuer = 'https://auth.example'
  return { debug, oauth: oauthserver({ model, issuer, continueAfterResponse: true, debug }) }
}

describe('F1: the next handler fails', () => {
  const thrown = new Error('The route is broken')

  it.each([
    [
      'throws',
      () => {
        throw thrown
      },
    ],
    ['rejects', async () => Promise.reject(thrown)],
  ])('on node:http, responds 500 and reports the error if the handler %s', async (_how, fail) => {
    let calls = 0
    const { oauth, debug } = continuing()
    // The record of a valid access token.
    const record = { expiresAt: null, kind: 'access', createdAt: 0, data: '{"scope":""}' }
    const store = memoryStore()
    const model = {
      ...store,
      find: async (hash: string) => ({
        ...record,
        hash,
        grant: { id: 'g', clientId: 'c', userId: null },
      }),
    }
    const late = oauthserver({ model, issuer: 'https://auth.example', debug })
    const check = late.authorise()
    const server = createServer((message, response) => {
      check(message, response, () => {
        calls++
        return fail()
      })
    })
    let status
    ;({ status } = await request(server).get('/').auth('any', { type: 'bearer' }))
    await untilSettled()
    expect([status, calls]).toEqual([500, 1])
    expect(debug).toHaveBeenCalledWith(expect.objectContaining({ cause: thrown }))

    const grant = oauth.grant()
    const answering = createServer((message, response) => {
      grant(message, response, fail)
    })
    ;({ status } = await request(answering).post('/'))
    await untilSettled()
    expect(status).toBe(400)
  })

  it.each(expresses)('on $version, leaves the error to the app', async ({ express }) => {
    const { oauth } = continuing()
    const app = express()
    app.post('/', oauth.grant(), () => {
      throw thrown
    })
    expect((await request(app).post('/')).status).toBe(400)
    await untilSettled()
  })

  it('reports a writeHead() that throws, and ends only that request', async () => {
    const { oauth, debug } = continuing()
    const grant = oauth.grant()
    const server = createServer((message, response) => {
      response.writeHead = () => {
        throw thrown
      }
      grant(message, response, () => {})
    })
    await expect(request(server).post('/')).rejects.toThrow('socket hang up')
    await untilSettled()
    expect(debug).toHaveBeenCalledWith(expect.objectContaining({ cause: thrown }))
  })

  it('passes an error to next() once', async () => {
    const oauth = oauthserver({ model: {}, grants: ['password'] })
    const passed: unknown[] = []
    const check = oauth.authorise()
    const server = createServer((message, response) => {
      check(message, response, (error) => {
        passed.push(error)
        throw thrown
      })
    })
    const { status } = await request(server).get('/')
    expect([status, passed]).toEqual([503, [expect.any(OAuth2Error)]])
  })
})
