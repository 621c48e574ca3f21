import type { Check, Hooks, Options } from '@oauth2-kit/core'
import oauthserver from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import { expresses } from '../support/express'
import { layers } from '../support/layers'
import {
  askForToken,
  authorizationRequest,
  authorize,
  issuer,
  me,
  refresh,
  provider,
  redirected,
  refusal,
  register,
  signIn,
} from '../support/provider'

const serverError = { status: 500, error: 'server_error' }

class Allowed {
  scope = 'profile'
}

/** Invalid values, many of them truthy. */
const nonsense: [string, unknown][] = [
  ["'deny'", 'deny'],
  ["'true'", 'true'],
  ["''", ''],
  ['{}', {}],
  ['{ allowed: false }', { allowed: false }],
  ['{ scope: undefined }', { scope: undefined }],
  ['{ scope: null }', { scope: null }],
  ["{ scope: ['profile'] }", { scope: ['profile'] }],
  ["{ scope: 'profile', allowed: false }", { scope: 'profile', allowed: false }],
  ['an instance of a class', new Allowed()],
  ['[]', []],
  ['[true]', [true]],
  ['1', 1],
  ['0', 0],
  ['NaN', Number.NaN],
  ['undefined', undefined],
  ['a function', () => true],
  ['a symbol', Symbol('yes')],
  ['a Boolean object', Object(true)],
  ['a map', new Map()],
]

describe.each(layers)('F14: what hooks return on $version', ({ layer }) => {
  async function answering(hooks: object) {
    const debug = jest.fn()
    const decider = { authenticate: () => ({ id: 'ada' }), consent: () => true, ...hooks } as Hooks
    const at = await provider({ layer }, { decider, debug })
    const answer = await authorize(at, authorizationRequest(at.web, { state: 's' }).parameters)
    return { at, answer, cause: debug.mock.calls.map(([error]) => String(error.cause)).join() }
  }

  it.each(nonsense)('consent: %s grants nothing, and is a server_error', async (_what, value) => {
    const { at, answer, cause } = await answering({ consent: async () => value })
    const sent = redirected(answer)
    expect(sent).toMatchObject({ error: 'server_error', state: 's' })
    expect(sent).not.toHaveProperty('code')
    expect(cause).toMatch(/"consent" must return true, false, \{ scope \}.*, but returned /)
    const { grants } = await at.store.listGrants({ clientId: at.web.id }, { limit: 10 })
    expect(grants).toEqual([])
  })

  it('consent: true and { scope } grant, false denies', async () => {
    expect(redirected((await answering({ consent: () => true })).answer)).toHaveProperty('code')
    const narrower = await answering({ consent: () => ({ scope: 'profile' }) })
    expect(redirected(narrower.answer)).toHaveProperty('code')
    const denied = await answering({ consent: () => false })
    expect(redirected(denied.answer)).toMatchObject({ error: 'access_denied' })
  })

  it.each([
    { scope: 'admin' },
    { scope: 'profile  email' },
    { scope: ' ' },
    { scope: 'profile\n' },
  ])('consent: %j, an invalid or unrequested scope, grants nothing', async (value) => {
    const { answer } = await answering({ consent: () => value })
    expect(redirected(answer)).toMatchObject({ error: 'server_error' })
  })

  it.each([
    ...nonsense,
    ['an id', 'ada'],
    ['an id that is a number', 7],
    ['true', true],
    ['false', false],
    ['{ id: undefined }', { id: undefined }],
    ["{ id: '' }", { id: '' }],
    ['{ id: NaN }', { id: Number.NaN }],
    ['{ id: {} }', { id: {} }],
    ['{ name }', { name: 'ada' }],
  ])('authenticate: %s is a server_error', async (_what, value) => {
    let calls = 0
    const consent = () => {
      calls++
      return true
    }
    const { answer, cause } = await answering({ authenticate: async () => value, consent })
    expect(redirected(answer)).toMatchObject({ error: 'server_error' })
    expect(cause).toMatch(
      /"authenticate" must return a user with an id or _id, or null, but returned /,
    )
    expect(calls).toBe(0)
  })

  it.each([{ id: 'ada' }, { id: 7 }, { id: 7n }])('authenticate: %p is a user', async (user) => {
    const { answer } = await answering({ authenticate: () => user })
    expect(redirected(answer)).toHaveProperty('code')
  })
})

const noUser = async () => null

describe.each(layers)('F14: what the options return on $version', ({ layer }) => {
  const wrong: [string, unknown][] = [
    ["'no'", 'no'],
    ['true', true],
    ['false', false],
    ['1', 1],
    ['[]', []],
    ['undefined, as if a return were missing,', undefined],
  ]
  const notUsers: typeof wrong = [...wrong, ['{}', {}], ['{ name }', { name: 'ada' }]]
  const grants = ['authorization_code', 'password', 'urn:example:grant']

  beforeAll(() => void jest.spyOn(process, 'emitWarning').mockImplementation(() => {}))
  afterAll(() => jest.restoreAllMocks())

  async function granting(options: Partial<Options>, form: Record<string, string>) {
    const debug = jest.fn()
    const at = await provider({ layer }, { grants, extendedGrant: noUser, debug, ...options })
    const client = await register(at.store, { grantTypes: grants })
    const answer = await askForToken(at, client, form)
    return { answer, cause: debug.mock.calls.map(([error]) => String(error.cause)).join() }
  }

  const passwordForm = { grant_type: 'password', username: 'ada', password: 'x' }
  const extensionForm = { grant_type: 'urn:example:grant' }

  it.each(notUsers)('users.authenticate: %s is a server_error', async (_what, value) => {
    const users = { authenticate: async () => value as never }
    const { answer, cause } = await granting({ users }, passwordForm)
    expect(refusal(answer)).toEqual(serverError)
    expect(cause).toMatch('"users.authenticate" must return')
  })

  it.each(notUsers)('extendedGrant: %s is a server_error', async (_what, value) => {
    const { answer, cause } = await granting({ extendedGrant: () => value as never }, extensionForm)
    expect(refusal(answer)).toEqual(serverError)
    expect(cause).toMatch('"extendedGrant" must return')
  })

  it('users.authenticate, extendedGrant: null means no user', async () => {
    const users = { authenticate: noUser }
    const invalid = await granting({ users }, passwordForm)
    expect(refusal(invalid.answer)).toEqual({ status: 400, error: 'invalid_grant' })
    const unsupported = await granting({ extendedGrant: noUser }, extensionForm)
    expect(refusal(unsupported.answer)).toEqual({ status: 400, error: 'unsupported_grant_type' })
  })

  async function finding(value: unknown) {
    let isFound = true
    const find = async (id: string) => (isFound ? { id } : value)
    const at = await provider({ layer }, { users: { find } })
    const { access_token } = await signIn(at, at.spa)
    isFound = false
    return me(at, access_token)
  }

  it.each(wrong)('users.find: %s is a server_error', async (_what, value) => {
    expect(refusal(await finding(value))).toEqual(serverError)
  })

  it('users.find: undefined revokes no grant when a token is refreshed', async () => {
    let isForgotten = false
    const find = async (id: string) => (isForgotten ? (undefined as never) : { id })
    const at = await provider({ layer }, { users: { find }, refreshGrace: 0 })
    const { refresh_token } = await signIn(at, at.web)
    isForgotten = true
    expect(refusal(await refresh(at, at.web, refresh_token))).toEqual(serverError)
    isForgotten = false
    expect((await refresh(at, at.web, refresh_token)).status).toBe(200)
  })

  it('users.find: null means that the user is deleted', async () => {
    expect(refusal(await finding(null))).toEqual({ status: 401, error: 'invalid_token' })
  })

  it.each([undefined, {}, Number.NaN, 'today'])('now: %p is a server_error', async (time) => {
    let isWrong = false
    const now = () => (isWrong ? (time as never) : Date.now())
    const at = await provider({ layer }, { now })
    const { access_token } = await signIn(at, at.web)
    isWrong = true
    expect(refusal(await me(at, access_token))).toEqual(serverError)
  })

  it.each([7, {}, [], true, Promise.resolve('10.0.0.1')])(
    'clientAddress: %p is a server_error',
    async (value) => {
      const { answer, cause } = await granting(
        { clientAddress: () => value as never },
        { grant_type: 'password', username: 'a', password: 'b' },
      )
      expect(refusal(answer)).toEqual(serverError)
      expect(cause).toMatch('"clientAddress" must return')
    },
  )
})

describe.each(expresses)('F14: check(req, next) on $version', ({ express }) => {
  const user = { id: 'ada' }

  async function redirectOf(allowed: unknown, profile: 'v2' | 'oauth2.1') {
    const decider: Check = (_req, next) => next(null, allowed as boolean, user)
    const at = await provider(express, { decider, profile, grants: ['authorization_code'] })
    return redirected(await authorize(at, authorizationRequest(at.web).parameters))
  }

  it.each(nonsense.filter(([what]) => what !== 'undefined'))(
    'with a store, %s allows nothing and is a server_error',
    async (_what, allowed) => {
      expect(await redirectOf(allowed, 'oauth2.1')).toMatchObject({ error: 'server_error' })
    },
  )

  it('with a store, true allows; false and undefined deny', async () => {
    expect(await redirectOf(true, 'oauth2.1')).toHaveProperty('code')
    expect(await redirectOf(false, 'oauth2.1')).toMatchObject({ error: 'access_denied' })
    expect(await redirectOf(undefined, 'oauth2.1')).toMatchObject({ error: 'access_denied' })
  })

  it('in the profile v2 every truthy value allows, as in 2.4', async () => {
    expect(await redirectOf('yes', 'v2')).toHaveProperty('code')
    expect(await redirectOf(0, 'v2')).toMatchObject({ error: 'access_denied' })
  })
})

async function fetching(hooks: object) {
  const debug = jest.fn()
  const model = memoryStore()
  const oauth = oauthserver({ model, issuer, debug })
  const { parameters } = authorizationRequest(await register(model))
  const query = new URLSearchParams(parameters as Record<string, string>)
  const response = await oauth.fetch(
    new Request(`${issuer}/oauth/authorize?${query.toString()}`),
    hooks,
  )
  return { response, cause: String(debug.mock.calls[0]?.[0].cause) }
}

describe('F14: what hooks of fetch() return', () => {
  it('null without a Response is a reported 500', async () => {
    const { response, cause } = await fetching({ authenticate: () => null, consent: () => true })
    expect(response.status).toBe(500)
    expect(cause).toMatch('A hook returned null without a Response')
    const asking = await fetching({ authenticate: () => ({ id: 'ada' }), consent: () => null })
    expect(asking.response.status).toBe(500)
  })

  it.each([
    [
      'was already read',
      async () => {
        const page = new Response('page')
        await page.text()
        return page
      },
    ],
    ['is a network error', () => Response.error()],
  ])('a Response that %s is a reported 500', async (_what, authenticate) => {
    const { response, cause } = await fetching({ authenticate, consent: () => true })
    expect(response.status).toBe(500)
    expect(cause).toMatch(/Error/)
  })
})
