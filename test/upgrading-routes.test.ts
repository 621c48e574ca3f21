import type { Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import oauthserver, {
  createClient,
  InvalidTokenError,
  MissingTokenError,
  OAuth2Error,
} from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express'
import type { WrapperClass } from './support/upgrading/contract'
import { rowsOf } from './support/upgrading/guide'
import {
  ada,
  album,
  fastHash,
  plainModel,
  scopes,
  untouched,
} from './support/upgrading/plain-model'
import { api, issued, password, token } from './support/upgrading/requests'

// What routes and error handlers of a program receive from version 5 and from oauth2-kit, as the
// tables of the guide say.

interface Received {
  user: unknown
  'client.id': string
  scope: string
  accessTokenExpiresAt: Date
}

interface Handled {
  error: unknown
  name: string
  code: number
  message: string
  isBase: boolean
}

interface Program extends AsyncDisposable {
  url: string
  /** What the route of the API has received. */
  received: Received[]
  /** What the error handler has received. */
  handled: Handled[]
  /** How often `next()` was called after the token endpoint had responded. */
  continued: number
}

type Middlewares = [grant: RequestHandler, guard: RequestHandler]

/** Starts a program. The functions read the columns of the tables. */
async function start(
  mount: (app: Express) => Promise<Middlewares>,
  receive: (req: express.Request, res: express.Response) => Received,
  handle: (error: never) => Handled,
): Promise<Program> {
  const app = express()
  app.use(express.urlencoded({ extended: true }))
  const [grant, guard] = await mount(app)
  const seen = { received: [] as Received[], handled: [] as Handled[], continued: 0 }
  const errorHandler: ErrorRequestHandler = (error, _req, res, _next) => {
    seen.handled.push(handle(error as never))
    res.sendStatus((error as { code: number }).code)
  }
  app.all('/oauth/token', grant, () => void seen.continued++)
  app.all('/api', guard, (req, res) => {
    seen.received.push(receive(req, res))
    res.json({})
  })
  app.use(errorHandler)
  const listener = await new Promise<Server>((resolve) => {
    const listening = app.listen(0, '127.0.0.1', () => resolve(listening))
  })
  const { port } = listener.address() as AddressInfo
  return Object.assign(seen, {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => listener.close(() => resolve())),
  })
}

const wrapper = '@node-oauth/express-oauth-server'
const server = createRequire(require.resolve(wrapper)).resolve('@node-oauth/oauth2-server')
const OAuthServer = jest.requireActual<WrapperClass>(wrapper)
const { OAuthError } = jest.requireActual<{ OAuthError: new () => Error }>(server)

interface Token5 {
  user: unknown
  client: { id: string }
  scope: string[]
  accessTokenExpiresAt: Date
}

async function mount5(): Promise<Middlewares> {
  const model = plainModel('array', { ...untouched })
  const oauth = new OAuthServer({ model, useErrorHandler: true, continueMiddleware: true })
  return [oauth.token(), oauth.authenticate()]
}

function received5(_req: unknown, res: express.Response): Received {
  const { token } = (res.locals as { oauth: { token: Token5 } }).oauth
  return {
    user: token.user,
    'client.id': token.client.id,
    scope: token.scope.join(' '),
    accessTokenExpiresAt: token.accessTokenExpiresAt,
  }
}

function handled5(error: Error & { code: number }): Handled {
  const { name, code, message } = error
  return { error, name, code, message, isBase: error instanceof OAuthError }
}

async function mountKit(): Promise<Middlewares> {
  const store = memoryStore()
  const { id, secret, grants, redirectUris } = album
  const client = { id, secret, redirectUris, grantTypes: grants, scopes }
  await createClient(store, client, { passwords: fastHash })
  const oauth = oauthserver({
    store,
    grants: ['password', 'refresh_token'],
    users: { authenticate: async () => ({ id: ada.id }) },
    passwords: fastHash,
    passthroughErrors: true,
    continueAfterResponse: true,
  })
  return [oauth.grant(), oauth.authorise()]
}

function receivedKit(req: express.Request): Received {
  const { grant, scope, bearerToken } = req.oauth!
  return {
    user: req.user,
    'client.id': grant!.clientId,
    scope: scope!,
    accessTokenExpiresAt: (bearerToken as { expires: Date }).expires,
  }
}

function handledKit(error: OAuth2Error): Handled {
  const { error: name, code, error_description: message } = error
  return { error, name, code, message, isBase: error instanceof OAuth2Error }
}

const version5 = () => start(mount5, received5, handled5)
const kit = () => start(mountKit, receivedKit, handledKit)

describe.each([
  ['version 5', version5],
  ['oauth2-kit', kit],
])('with %s', (_title, open) => {
  it('a route receives the user, the client, the scope and the expiry', async () => {
    await using program = await open()
    await api(program.url, (await issued(program.url)).access_token)
    const [received] = program.received
    expect(received).toEqual({
      user: { id: ada.id },
      'client.id': album.id,
      scope: 'profile',
      accessTokenExpiresAt: expect.any(Date),
    })
    expect(rowsOf('### What a route receives')).toEqual(
      expect.arrayContaining(Object.keys(received!).map((name) => `\`${name}\``)),
    )
  })

  it('an error handler receives the name, the code and the message', async () => {
    await using program = await open()
    const { status } = await api(program.url, 'unknown')
    const [{ error: _error, ...handled } = {}] = program.handled
    expect([status, handled]).toEqual([
      401,
      { name: 'invalid_token', code: 401, message: expect.any(String), isBase: true },
    ])
  })

  it('a middleware after the token endpoint runs if the option says so', async () => {
    await using program = await open()
    await token(program.url, password)
    expect(program.continued).toBe(1)
  })

  it('tokens have the same lifetime by default', async () => {
    await using program = await open()
    const response = await token(program.url, password)
    const { expires_in } = (await response.json()) as { expires_in: number }
    // A busy machine may take a while to respond.
    expect(Math.ceil(expires_in / 300) * 300).toBe(3600)
  })
})

describe('the classes of errors', () => {
  it('are those of the table, and the one for a missing token has no error code', async () => {
    await using program = await kit()
    await api(program.url, 'unknown')
    await fetch(`${program.url}/api`)
    const [invalid, missing] = program.handled
    expect(invalid!.error).toBeInstanceOf(InvalidTokenError)
    expect(missing!.error).toBeInstanceOf(MissingTokenError)
    expect([missing!.name, missing!.code]).toEqual(['', 401])
  })
})
