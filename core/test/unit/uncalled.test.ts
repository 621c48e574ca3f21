import { type RequestListener, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import oauthserver, { type OAuth2Server, OptionError } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import type { ErrorRequestHandler } from 'express'
import request from 'supertest'
import { expresses } from '../support/express'

type Name = Exclude<keyof OAuth2Server, 'model' | 'events' | 'bypass'>
type Method = (...args: unknown[]) => unknown

const server = () => oauthserver({ store: memoryStore(), issuer: 'https://auth.example' })

const names = Object.getOwnPropertyNames(oauthserver.prototype).filter(
  (name) => name !== 'constructor' && name !== 'bypass',
) as Name[]

const methodOf = (oauth: OAuth2Server, name: Name) => oauth[name] as Method

const remember =
  (passed: unknown[]): ErrorRequestHandler =>
  (error, _req, res, _next) => {
    passed.push(error)
    res.sendStatus(500)
  }

describe.each(names)('oauth.%s, without a call', (name) => {
  const message = new RegExp(`^oauth\\.${name} is not a middleware: call it, .*oauth\\.${name}\\(`)

  it.each(expresses)('is a TypeError of app.use() on $version', ({ express }) => {
    const oauth = server()
    const use = () => express().use(methodOf(oauth, name) as never)
    expect(use).toThrow(TypeError)
    expect(use).toThrow(message)
  })

  it.each(expresses)('is a reported 500 of a route on $version', async ({ express }) => {
    const passed: unknown[] = []
    const oauth = server()
    const app = express()
    app.get('/route', methodOf(oauth, name) as never)
    app.get('/wrapped', (...args) => void methodOf(oauth, name).apply(oauth, args))
    app.use(remember(passed))
    for (const path of ['/route', '/wrapped']) {
      expect((await request(app).get(path)).status).toBe(500)
    }
    expect(passed).toEqual([expect.any(OptionError), expect.any(OptionError)])
    expect((passed[0] as Error).message).toMatch(message)
  })

  it('is a reported 500 of node:http', async () => {
    const emitWarning = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const at = createServer(methodOf(server(), name) as RequestListener)
    await new Promise<void>((resolve) => at.listen(0, '127.0.0.1', resolve))
    try {
      const { port } = at.address() as AddressInfo
      for (let n = 0; n < 2; n++) {
        expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(500)
      }
      expect(emitWarning.mock.calls.map(([warning]) => (warning as Error).message)).toEqual([
        expect.stringMatching(message),
      ])
    } finally {
      at.close()
      emitWarning.mockRestore()
    }
  })

  it('does not let a request of another framework pass', () => {
    const next = jest.fn()
    const context = { method: 'GET', headers: {}, req: {}, res: {} }
    expect(() => methodOf(server(), name).call(undefined, context, next)).toThrow(TypeError)
    expect(next).not.toHaveBeenCalled()
  })

  it('is a TypeError that names the call if it is detached', () => {
    const detached = methodOf(server(), name)
    for (const owner of [undefined, {}, Object.create(null)]) {
      expect(() => detached.call(owner)).toThrow(TypeError)
      expect(() => detached.call(owner)).toThrow(
        new RegExp(`^${name}\\(\\) was called without its server: .*oauth\\.${name}\\(`),
      )
    }
  })
})

describe('a server', () => {
  it('can be extended', () => {
    class Own extends oauthserver.OAuth2Server {
      override errorHandler() {
        return super.errorHandler()
      }
    }
    expect(new Own({ model: {} }).errorHandler()).toHaveLength(4)
  })

  it('answers with a 500 if bypass is the listener of a plain server', async () => {
    const emitWarning = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    try {
      const listener = Reflect.get(server(), 'bypass') as unknown as RequestListener
      expect((await request(createServer(listener)).get('/')).status).toBe(500)
      expect(emitWarning).toHaveBeenCalledTimes(1)
    } finally {
      emitWarning.mockRestore()
    }
  })

  it.each(expresses)('says that bypass is not called, on $version', ({ express }) => {
    const oauth = server() as unknown as { bypass: () => never }
    expect(() => express().get('/', oauth.bypass())).toThrow(
      /^oauth\.bypass is a middleware: pass it/,
    )
  })
})
