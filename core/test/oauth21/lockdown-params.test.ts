/* oxlint-disable typescript/unbound-method -- bypass is passed without a call */

import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import type { RequestHandler, RequestParamHandler } from 'express'
import request from 'supertest'
import { expresses } from '../support/express'
import { provider, signIn } from '../support/provider'

const answer: RequestHandler = (_req, res) => {
  res.send('ran')
}

/** Sends a request target verbatim, and returns the status of the response. */
async function statusOf(app: http.RequestListener, target: string, method = 'GET') {
  const server = http.createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const asking = http.request({ host: '127.0.0.1', port, method, path: target, agent: false })
  const [response] = (await once(asking.end(), 'response')) as [http.IncomingMessage]
  response.resume()
  server.close()
  return response.statusCode
}

describe.each(expresses)('F26: handlers of param() in a locked app, on $version', ({ express }) => {
  async function locked(
    when: string,
    build: (
      app: ReturnType<typeof express>,
      loaded: RequestParamHandler,
      bypass: RequestHandler,
    ) => void,
  ) {
    const at = await provider(express)
    const { access_token } = await signIn(at, at.spa)
    const app = express()
    const seen: string[] = []
    const load: RequestParamHandler = (_req, _res, next, value) => {
      seen.push(value as string)
      setImmediate(next)
    }
    if (when === 'after') at.oauth.lockdown(app)
    build(app, load, at.oauth.bypass)
    if (when === 'before') at.oauth.lockdown(app)
    const ask = async (
      path: string,
      token?: string,
      method: 'get' | 'head' | 'options' = 'get',
    ) => {
      const test = request(app)[method](path)
      const { status } = await (token ? test.auth(token, { type: 'bearer' }) : test)
      return [status, seen.splice(0)] as const
    }
    const askRaw = async (target: string, method?: string) =>
      [await statusOf(app, target, method), seen.splice(0)] as const
    return { ask, askRaw, token: access_token }
  }

  const ways: [string, string, string[], Parameters<typeof locked>[1]][] = [
    [
      'app.param',
      '/photos/7',
      ['7'],
      (app, load) => {
        app.param('id', load)
        app.get('/photos/:id', answer)
      },
    ],
    [
      'app.param after its route',
      '/photos/7',
      ['7'],
      (app, load) => {
        app.get('/photos/:id', answer)
        app.param('id', load)
      },
    ],
    [
      'router.param',
      '/api/7',
      ['7'],
      (app, load) => {
        const router = express.Router()
        router.param('id', load)
        router.get('/:id', answer)
        app.use('/api', router)
      },
    ],
    [
      'router.param two routers deep',
      '/a/b/7',
      ['7'],
      (app, load) => {
        const inner = express.Router()
        inner.param('id', load)
        inner.route('/:id').get(answer)
        app.use('/a', express.Router().use('/b', inner))
      },
    ],
    [
      'app.param for the path of a mounted router',
      '/ada/photos',
      ['ada'],
      (app, load) => {
        app.param('user', load)
        app.use('/:user', express.Router().get('/photos', answer))
      },
    ],
    [
      'app.param for the path of a mounted router that passes the request on',
      '/ada/photos',
      ['ada'],
      (app, load) => {
        app.param('user', load)
        app.use('/:user', express.Router().get('/other', answer))
        app.get('/:user/photos', answer)
      },
    ],
    [
      'app.param for middleware before the route',
      '/ada/photos',
      ['ada'],
      (app, load) => {
        app.param('user', load)
        app.use('/:user', (_req, _res, next) => next())
        app.get('/:user/photos', answer)
      },
    ],
    [
      'app.param for the path of a mounted app',
      '/ada/photos',
      ['ada'],
      (app, load) => {
        app.param('user', load)
        app.use('/:user', express().get('/photos', answer))
      },
    ],
  ]

  describe.each(['before', 'after'])('with routes added %s the lockdown', (when) => {
    it.each(ways)('run only with a token: %s', async (_way, path, values, build) => {
      const { ask, token } = await locked(when, build)
      expect(await ask(path)).toEqual([401, []])
      expect(await ask(path, 'wrong')).toEqual([401, []])
      expect(await ask(path, undefined, 'head')).toEqual([401, []])
      expect(await ask(path, undefined, 'options')).toEqual([401, []])
      expect(await ask(path, token)).toEqual([200, values])
    })

    it('run for an open route without a token', async () => {
      const { ask } = await locked(when, (app, load, bypass) => {
        app.param('id', load)
        app.param('user', load)
        app.get('/open/:id', bypass, answer)
        app.use('/:user', express.Router().get('/open', bypass, answer).get('/locked', answer))
      })
      expect(await ask('/open/7')).toEqual([200, ['7']])
      expect(await ask('/ada/open')).toEqual([200, ['ada']])
      expect(await ask('/ada/locked')).toEqual([401, []])
    })

    it('run by the path that Express routes, in every form of the request target', async () => {
      const { askRaw } = await locked(when, (app, load, bypass) => {
        app.param('user', load)
        const router = express.Router()
        router.param('id', load)
        router.get('/secret', answer).get('/x/open', bypass, answer).get('/:id/notes', answer)
        app.use('/:user', router)
      })
      const targets = ['/ada/secret', '/ada/7/notes'].flatMap((path) => [
        path,
        `http://x${path}`,
        `http://x${path}?y#z`,
        `http://x:80//..${path}`,
        `${path}#/x/open`,
        `${path}#?/ada/x/open`,
        `HTTP://x${path}`,
        `//x${path}`,
        `//x/ada/x/open/..${path}`,
      ])
      for (const target of targets) {
        for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS']) {
          const [, seen] = await askRaw(target, method)
          expect([method, target, seen]).toEqual([method, target, []])
        }
      }
      for (const target of ['/ada/x/open', 'http://x/ada/x/open', '/ada/x/open#/y']) {
        expect([target, ...(await askRaw(target))]).toEqual([target, 200, ['ada']])
      }
    })

    it('run by the same path in a router without an app', async () => {
      const at = await provider(express)
      const seen: string[] = []
      const router = express.Router()
      const inner = express.Router({ mergeParams: true })
      if (when === 'after') at.oauth.lockdown(router)
      inner.get('/open/:name', at.oauth.bypass, answer).get('/secret', answer)
      router.param('user', (_req, _res, next, value) => {
        seen.push(value as string)
        next()
      })
      router.use('/:user', inner)
      if (when === 'before') at.oauth.lockdown(router)
      const app: http.RequestListener = (req, res) => {
        // Other servers may set `path`; Express does not route by it.
        Object.assign(req, { path: '/ada/open/1' })
        router(req as never, Object.assign(res, { send: () => res.end() }) as never, () => {
          res.writeHead(401).end()
        })
      }
      const ask = async (target: string) => [await statusOf(app, target), seen.splice(0)]
      for (const target of ['/ada/secret', 'http://x/ada/secret', '/ada/secret#/open/1']) {
        expect([target, await ask(target)]).toEqual([target, [401, []]])
      }
      for (const name of ['1', 'a|b', 'a[1]', '"{}^']) {
        expect([name, await ask(`/ada/open/${name}`)]).toEqual([name, [200, ['ada']]])
      }
    })

    it.each(['put', 'post', 'patch', 'delete'] as const)(
      'do not run for HEAD without a token if the route has only %s',
      async (verb) => {
        const { ask, token } = await locked(when, (app, load) => {
          app.param('id', load)
          app[verb]('/photos/:id', answer)
          const router = express.Router()
          router.param('id', load)
          router.route('/:id')[verb](answer)
          app.use('/api', router)
        })
        for (const path of ['/photos/7', '/photos/7/', '/PHOTOS/7', '/api/7']) {
          expect(await ask(path, undefined, 'head')).toEqual([401, []])
          expect((await ask(path, token, 'head'))[0]).toBe(404)
        }
      },
    )

    it('run for HEAD on an open route after a route that does not handle HEAD', async () => {
      const { ask } = await locked(when, (app, load, bypass) => {
        app.param('id', load)
        app.put('/photos/:id', answer)
        app.get('/photos/:name', bypass, answer)
        app.put('/plain/:name', answer)
      })
      expect(await ask('/photos/7', undefined, 'head')).toEqual([200, ['7']])
      expect(await ask('/plain/7', undefined, 'head')).toEqual([404, []])
    })

    it('run once for each request, and the token is looked up once', async () => {
      const at = await provider(express)
      const { access_token } = await signIn(at, at.spa)
      const find = jest.spyOn(at.store, 'find')
      const app = express()
      let runs = 0
      if (when === 'after') at.oauth.lockdown(app)
      app.param('id', (_req, _res, next) => {
        runs++
        next()
      })
      app.get('/:id', answer)
      if (when === 'before') at.oauth.lockdown(app)
      find.mockClear()
      await request(app).get('/7').auth(access_token, { type: 'bearer' }).expect(200)
      expect(runs).toBe(1)
      expect(find).toHaveBeenCalledTimes(1)
    })
  })
})
