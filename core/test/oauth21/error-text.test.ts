import oauthserver, { InvalidRequestError, OAuth2Error, type Options } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import request from 'supertest'
import { expresses } from '../support/express'
import { layers } from '../support/layers'
import {
  authorizationRequest,
  authorize,
  me,
  provider,
  redirected,
  signIn,
} from '../support/provider'
import { untilSettled } from '../support/unhandled'

const descriptions = [
  'Grüße, "Ada" \\ \u202e \u{1f600}',
  'a\r\nSet-Cookie: evil=1',
  'tab\tnul\0bell\u0007',
  '\ud800 alone',
  'ü'.repeat(5000),
]
// RFC 6749 5.2 and RFC 6750 3.
const allowed = /^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/

/** An error that an application has modified. */
function errorWith(changes: object): OAuth2Error {
  return Object.assign(new OAuth2Error('invalid_request', 'No'), changes)
}

const oddErrors: [string, () => OAuth2Error][] = [
  ...descriptions.map((text): [string, () => OAuth2Error] => [
    `the description ${JSON.stringify(text.slice(0, 20))}`,
    () => new InvalidRequestError(text),
  ]),
  ['a code beyond ASCII', () => new OAuth2Error('fehler_ü\n', 'No')],
  ['constructor as a code', () => new OAuth2Error('constructor', 'No')],
  ['__proto__ as a code', () => new OAuth2Error('__proto__', 'No')],
  ['a code that is a number', () => errorWith({ error: 7 })],
  ['a description that is an object', () => errorWith({ error_description: { a: 1n } })],
  ['the status NaN', () => errorWith({ code: Number.NaN })],
  ['the status 200', () => errorWith({ code: 200 })],
  ['the status 99', () => errorWith({ code: 99 })],
  ['the status 304', () => errorWith({ code: 304 })],
  ['a status that is a string', () => errorWith({ code: '400' })],
  ['no headers', () => errorWith({ headers: null })],
  ['a header with a line break', () => errorWith({ headers: { 'X-A': 'a\r\nX-B: b' } })],
  ['a header beyond Latin-1', () => errorWith({ headers: { 'X-A': '\u20ac' } })],
  ['headers with invalid names', () => errorWith({ headers: { '': 'a', 'a b': 'c' } })],
  ['headers that are not text', () => errorWith({ headers: { 'X-A': undefined, 'X-B': {} } })],
  ['a header with several values', () => errorWith({ headers: { 'X-A': ['a', 'b\n'] } })],
  [
    'framing headers',
    () =>
      errorWith({
        headers: { 'Content-Length': '3', 'Transfer-Encoding': 'chunked', Trailer: 'X' },
      }),
  ],
]

describe.each(layers)('F19: an error of the application on $version', ({ layer }) => {
  it.each(oddErrors)('from the bearer check, with %s', async (_what, make) => {
    const failing = { fails: false }
    const users: Options['users'] = {
      find: async (id) => {
        if (failing.fails) throw make()
        return { id }
      },
    }
    const at = await provider({ layer }, { users })
    const { access_token } = await signIn(at, at.spa)
    failing.fails = true
    const answer = await me(at, access_token)
    expect([answer.status >= 400, answer.headers['x-b']]).toEqual([true, undefined])
    expect(answer.body.error_description ?? '').toMatch(allowed)
    expect(answer.body.error ?? '').toMatch(allowed)
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer(?: error="[^"\\]*", error_desc|$)/)
    await untilSettled()
  })

  it.each(oddErrors)('from a hook, in the redirect, with %s', async (_what, make) => {
    const decider = {
      authenticate: () => ({ id: 'ada' }),
      consent: () => {
        throw make()
      },
    }
    const at = await provider({ layer }, { decider })
    const sent = redirected(await authorize(at, authorizationRequest(at.web).parameters))
    expect(sent['error']).toMatch(/^[\x21\x23-\x5b\x5d-\x7e][\x20-\x21\x23-\x5b\x5d-\x7e]*$/)
    expect(sent['error_description']).toMatch(allowed)
    await untilSettled()
  })

  it('is not modified when it is sent', async () => {
    const error = Object.freeze(errorWith({ headers: Object.freeze({ 'X-A': 'b' }) }))
    let isGone = false
    const find = async (id: string) => {
      if (isGone) throw error
      return { id }
    }
    const at = await provider({ layer }, { users: { find } })
    const { access_token } = await signIn(at, at.spa)
    isGone = true
    const answer = await me(at, access_token)
    expect([answer.status, answer.headers['x-a']]).toEqual([400, 'b'])
    expect(error.headers).toEqual({ 'X-A': 'b' })
  })

  it('converts a description to the characters that are allowed', async () => {
    const decider = {
      authenticate: () => ({ id: 'ada' }),
      consent: () => {
        throw new OAuth2Error('access_denied', 'Café "zu",\r\nbitte\\später')
      },
    }
    const at = await provider({ layer }, { decider })
    const sent = redirected(await authorize(at, authorizationRequest(at.web).parameters))
    expect(sent).toMatchObject({ error_description: "Cafe 'zu', bitte/spater" })
  })
})

describe.each(expresses)('F19: errorHandler() on $version', ({ express }) => {
  it.each(['v2', 'oauth2.1'] as const)('never crashes in the profile %s', async (profile) => {
    const oauth = oauthserver({
      model: memoryStore(),
      profile,
      issuer: 'https://auth.example',
    })
    for (const [, make] of oddErrors) {
      const app = express()
      app.get('/', (_req, _res, next) => next(make()))
      app.use(oauth.errorHandler())
      const { status, headers } = await request(app).get('/')
      expect([status >= 300 && status <= 599, headers['x-b']]).toEqual([true, undefined])
    }
  })

  it('keeps the text of a description in the profile v2', async () => {
    const oauth = oauthserver({ model: {} })
    const app = express()
    app.get('/', (_req, _res, next) => next(new OAuth2Error('invalid_request', descriptions[0])))
    app.use(oauth.errorHandler())
    expect((await request(app).get('/')).body.error_description).toBe(descriptions[0])
  })
})
