import type { AuthorizationRequest, Consent, Hooks } from '@oauth2-kit/core'
import { expresses } from '../support/express'
import {
  type Parameters,
  type Provider,
  authorizationRequest,
  authorize,
  exchange,
  getCode,
  me,
  provider,
  redirected,
  signIn,
  tokensOf,
} from '../support/provider'
import { grantsOf } from '../support/records'

describe.each(expresses)('authCodeGrant({ authenticate, consent }) on $version', ({ express }) => {
  async function ask(hooks: Partial<Hooks>, differences: Parameters = {}) {
    const user = { id: 'ada' }
    const decider: Hooks = { authenticate: () => user, consent: () => true, ...hooks }
    const at = await provider(express, { decider })
    const { parameters } = authorizationRequest(at.web, differences)
    return { at, parameters, answer: await authorize(at, parameters) }
  }

  const answering = (consent: Consent, differences: Parameters = {}) =>
    ask({ consent: () => consent }, differences)

  it('sends the page of authenticate, and does not call consent', async () => {
    let called = false
    const { at, answer } = await ask({
      authenticate(_req, res) {
        res.statusCode = 302
        res.setHeader('Location', '/sign-in').end()
        return null
      },
      consent: () => (called = true),
    })
    expect(answer.headers['location']).toBe('/sign-in')
    expect(called).toBe(false)
    expect(await grantsOfWeb(at)).toEqual([])
  })

  it('sends the page of consent', async () => {
    const { at, answer } = await ask({
      async consent(_req, res) {
        res.end('May this application see your profile?')
        return null
      },
    })
    expect([answer.status, answer.text]).toEqual([200, 'May this application see your profile?'])
    expect(await grantsOfWeb(at)).toEqual([])
  })

  it('passes the request, the response, the user and the parameters to consent', async () => {
    let seen: (AuthorizationRequest & { user: object }) | undefined
    const { at, parameters } = await ask(
      {
        authenticate: async () => ({ id: 7, name: 'Ada' }),
        consent(req, res, authorization) {
          if (req.url === '' || res.headersSent) throw new Error('Not the request')
          seen = authorization
          return true
        },
      },
      { scope: 'email' },
    )
    expect(seen).toMatchObject({
      client: { id: at.web.id, type: 'confidential' },
      scopes: ['email'],
      redirectUri: at.web.redirectUri,
      state: parameters['state'],
      user: { id: 7, name: 'Ada' },
    })
    expect(seen?.client).not.toHaveProperty('secretHash')
  })

  it('does not call consent for an invalid request', async () => {
    let called = 0
    const consent = () => {
      called++
      return true
    }
    await ask({ consent }, { scope: 'admin' })
    await ask({ consent }, { redirect_uri: 'https://evil.example' })
    await ask({ consent }, { code_challenge: undefined })
    expect(called).toBe(0)
  })

  it('redirects with access_denied if the user refuses', async () => {
    const { at, answer } = await answering(false)
    expect(redirected(answer)).toMatchObject({
      error: 'access_denied',
      error_description: 'The user denied access to your application',
    })
    expect(await grantsOfWeb(at)).toEqual([])
  })

  it('grants a narrower scope than requested', async () => {
    const decider: Hooks = {
      authenticate: () => ({ id: 'ada' }),
      consent: () => ({ scope: 'profile' }),
    }
    const at = await provider(express, { decider })
    const tokens = await signIn(at, at.web, { scope: 'profile email' })
    expect(tokens.scope).toBe('profile')
    expect((await me(at, tokens.access_token)).body).toMatchObject({ scope: 'profile' })
  })

  it('grants an empty scope if the user allows none', async () => {
    const decider: Hooks = { authenticate: () => ({ id: 'ada' }), consent: () => ({ scope: '' }) }
    const at = await provider(express, { decider })
    expect(await signIn(at, at.web, { scope: 'profile' })).toMatchObject({ scope: '' })
  })

  it.each(['profile email admin', 'admin', 'profile  email', 'PROFILE'])(
    'grants nothing if consent allows %j, which was not requested',
    async (scope) => {
      const { at, answer } = await answering({ scope }, { scope: 'profile email' })
      const sent = redirected(answer)
      expect(sent).toMatchObject({ error: 'server_error' })
      expect(sent).not.toHaveProperty('code')
      expect(await grantsOfWeb(at)).toEqual([])
    },
  )

  it('passes all scopes of the client to consent if none are requested', async () => {
    let scopes: string[] = []
    await ask({
      consent(_req, _res, authorization) {
        scopes = authorization.scopes
        return true
      },
    })
    expect(scopes).toEqual(['profile', 'email'])
  })

  it.each([
    ['a string', 'ada', 'ada'],
    ['a number', 7, '7'],
    ['zero', 0, '0'],
  ])('keeps a user id that is %s', async (_what, id, kept) => {
    const decider: Hooks = { authenticate: () => ({ id }), consent: () => true }
    const at = await provider(express, { decider })
    const { access_token } = await signIn(at, at.web)
    expect((await me(at, access_token)).body.user).toEqual({ id: kept })
  })

  it.each([{}, { id: undefined }, { id: null }, { id: '' }, { id: {} }, { id: 'a\0b' }])(
    'issues no code to the user %p',
    async (user) => {
      const { at, answer } = await ask({ authenticate: () => user as never })
      expect(redirected(answer)).not.toHaveProperty('code')
      expect(await grantsOfWeb(at)).toEqual([])
    },
  )

  it.each(['authenticate', 'consent'])(
    'redirects with server_error and without details if %s rejects',
    async (name) => {
      const { answer } = await ask({ [name]: () => Promise.reject(new Error('secret details')) })
      const sent = redirected(answer)
      expect(sent).toMatchObject({ error: 'server_error' })
      expect(JSON.stringify(sent)).not.toContain('secret details')
    },
  )

  it('issues one code for each consent', async () => {
    const at = await provider(express)
    const codes = await Promise.all([1, 2, 3].map(() => getCode(at, at.web)))
    expect(new Set(codes.map(({ code }) => code)).size).toBe(3)
    for (const code of codes) tokensOf(await exchange(at, at.web, code))
  })

  it.each([undefined, null, {}, { authenticate: () => null }, { consent: () => true }, 'x'])(
    'throws a TypeError that names the required hooks for %p',
    async (decider) => {
      const { oauth } = await provider(express)
      expect(() => oauth.authCodeGrant(decider as never)).toThrow(
        new TypeError(
          'authCodeGrant() needs { authenticate, consent }, or a function check(req, next)',
        ),
      )
    },
  )
})

function grantsOfWeb({ store, web }: Provider) {
  return grantsOf(store, { clientId: web.id })
}
