import path from 'node:path'
import oauthserver, { type Hooks, type Model } from '@oauth2-kit/core'
import express from 'express'
import request from 'supertest'
import { layers } from '../support/layers'
import {
  type Differences,
  type Provider,
  askForToken,
  authorizationRequest,
  authorize,
  me,
  provider,
  register,
  signIn,
} from '../support/provider'

const secret = 'hunter2'
const here = path.basename(__filename)

let emitWarning: jest.SpyInstance
beforeEach(() => {
  emitWarning = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
})
afterEach(() => jest.restoreAllMocks())

/** The warnings about errors of the server, each with its detail. */
function warnings(): string[] {
  const calls = emitWarning.mock.calls as [string, { code?: string; detail?: string }][]
  return calls
    .filter(([, { code }]) => code === 'OAUTH2_KIT_SERVER_ERROR')
    .map(([message, { detail = '' }]) => `${message}\n${detail}`)
}

let isBroken = false

/** What an application might throw while it renders a page. */
function renderBroken(): never {
  const cause = new RangeError(`the template needs ${secret}`)
  throw new TypeError(`cannot render ${secret}`, { cause })
}

function broken<T>(value: T): T {
  return isBroken ? renderBroken() : value
}

const ada = { id: 'ada' }
const pages: Hooks = { authenticate: () => ada, consent: () => true }
const passwordForm = { grant_type: 'password', username: 'ada', password: 'x' }
const grants = ['authorization_code', 'refresh_token', 'password', 'urn:example:grant']

/** Every function of the application, with a request that calls it. */
const places: [string, Differences, (at: Provider) => Promise<unknown>][] = [
  ['authenticate', { decider: { ...pages, authenticate: () => broken(ada) } }, askForCode],
  ['consent', { decider: { ...pages, consent: () => broken(true) } }, askForCode],
  ['scopes', { scopes: ({ scopes }) => broken(scopes) }, askForCode],
  ['claims', { claims: () => broken(null) }, issueOwnToken],
  ['generateToken', { generateToken: () => broken(null) }, askForCode],
  ['users.find', { users: { find: async (id) => broken({ id }) } }, useToken],
  [
    'users.authenticate',
    { users: { authenticate: async () => broken(ada) } },
    (at) => askForm(at, passwordForm),
  ],
  [
    'extendedGrant',
    { extendedGrant: () => broken(ada) },
    (at) => askForm(at, { grant_type: 'urn:example:grant' }),
  ],
  ['clientAddress', { clientAddress: () => broken('10.0.0.1') }, (at) => askForm(at, {})],
  [
    'the store',
    { through: (store) => ({ ...store, getClient: async (id) => broken(store.getClient(id)) }) },
    askForCode,
  ],
]

async function askForCode(at: Provider) {
  return authorize(at, authorizationRequest(at.web).parameters)
}

async function issueOwnToken(at: Provider) {
  return askForm(at, { grant_type: 'client_credentials' })
}

async function useToken(at: Provider) {
  isBroken = false
  const { access_token } = await signIn(at, at.web)
  isBroken = true
  return me(at, access_token)
}

async function askForm(at: Provider, form: Record<string, string>) {
  const client = await register(at.store, { grantTypes: [...grants, 'client_credentials'] })
  return askForToken(at, client, { grant_type: 'client_credentials', ...form })
}

describe.each(layers)('a fault of the application on $version', ({ layer }) => {
  it.each(places)(
    'is reported with its stack and its causes, and without messages: %s',
    async (_name, differences, ask) => {
      isBroken = false
      const extendedGrant = { extendedGrant: () => null }
      const all = [...grants, 'client_credentials']
      const at = await provider({ layer }, { grants: all, ...extendedGrant, ...differences })
      emitWarning.mockClear()
      isBroken = true
      await ask(at)
      isBroken = false
      expect(warnings()).toEqual([
        expect.stringMatching(
          new RegExp(
            `TypeError at renderBroken \\(.*${here}.*\n {4}at .*${here}` +
              `[^]*\nCaused by RangeError at renderBroken \\(.*\n {4}at `,
          ),
        ),
      ])
      expect(warnings()[0]).not.toContain(secret)
    },
  )

  it('is reported if the limiter fails, although the attempt is allowed', async () => {
    const limiter = { take: async () => undefined as never }
    const at = await provider({ layer }, { limiter, webSecret: 'a chosen secret' })
    emitWarning.mockClear()
    expect((await askForToken(at, at.web, { grant_type: 'client_credentials' })).status).toBe(200)
    expect(warnings()).toEqual([expect.stringMatching(/^The limiter failed: TypeError/)])
  })
})

describe('a fault of a 2.4 model', () => {
  it.each<keyof Model>(['getAccessToken', 'getClient'])(
    '%s is reported with its stack, through errorHandler()',
    async (name) => {
      const fail = (...args: unknown[]) => {
        const callback = args.at(-1) as (error: unknown) => void
        callback(Object.assign(new Error(secret), { cause: new RangeError(secret) }))
      }
      const oauth = oauthserver({ model: { [name]: fail }, grants: ['client_credentials'] })
      const app = express()
      app.post('/token', oauth.grant())
      app.get('/', oauth.authorise())
      app.use(oauth.errorHandler())
      const form = { grant_type: 'client_credentials' }
      const { status } = await (name === 'getClient'
        ? request(app).post('/token').auth('album', 'x').type('form').send(form)
        : request(app).get('/').set('Authorization', 'Bearer x'))
      expect(status).toBe(503)
      expect(warnings()).toEqual([
        expect.stringMatching(
          new RegExp(`Error at .*${here}[^]*\nCaused by RangeError at .*${here}`),
        ),
      ])
      expect(warnings()[0]).not.toContain(secret)
    },
  )
})
