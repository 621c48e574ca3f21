import { createHash } from 'node:crypto'
import type { Hooks } from '@oauth2-kit/core'
import request from 'supertest'
import { postedBy } from '../support/html'
import { layers } from '../support/layers'
import {
  type Parameters,
  authorizationRequest,
  authorize,
  exchange,
  issuer,
  provider,
  redirected,
  refusal,
  register,
  tokensOf,
} from '../support/provider'
import { open, push } from '../support/pushed'

const formPost = { response_mode: 'form_post' }

describe.each(layers)('response_mode on $version', ({ layer }) => {
  it('form_post: a page posts the code to the redirect URI', async () => {
    const at = await provider({ layer })
    const { verifier, parameters } = authorizationRequest(at.web, formPost)
    const answer = await authorize(at, parameters)
    expect(answer.status).toBe(200)
    expect(answer.headers).not.toHaveProperty('location')
    const { action, fields } = postedBy(answer.text)
    expect(action).toBe(at.web.redirectUri)
    expect(fields).toEqual({ code: expect.any(String), state: parameters['state'], iss: issuer })
    const code = { code: fields['code']!, verifier, redirectUri: at.web.redirectUri }
    tokensOf(await exchange(at, at.web, code))
  })

  it('form_post: the page is not cached, runs one script, cannot be framed and sends no referrer', async () => {
    const at = await provider({ layer })
    const { text, headers } = await authorize(at, authorizationRequest(at.web, formPost).parameters)
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    })
    expect(headers).not.toHaveProperty('access-control-allow-origin')
    const scripts = [...text.matchAll(/<script>(.*?)<\/script>/gs)].map(([, script = '']) => script)
    expect(scripts).toHaveLength(1)
    const hash = createHash('sha256').update(scripts[0]!).digest('base64')
    expect(headers['content-security-policy']).toBe(
      `default-src 'none'; script-src 'sha256-${hash}'; form-action https:; base-uri 'none'; frame-ancestors 'none'`,
    )
    expect(text).toMatch(/<noscript><button>.+<\/button><\/noscript>\s*<\/form>/)
  })

  it.each([
    ['http://127.0.0.1:4000/callback', 'http://127.0.0.1:4000'],
    ['http://localhost:4000/callback', 'http://localhost:4000'],
    ['http://[::1]:4000/callback', 'http:'],
  ])('form_post: the form of %s may go to %s', async (redirectUri, source) => {
    const at = await provider({ layer })
    const client = await register(at.store, { redirectUris: [redirectUri] })
    const answer = await authorize(at, authorizationRequest(client, formPost).parameters)
    expect(postedBy(answer.text).action).toBe(redirectUri)
    expect(answer.headers['content-security-policy']).toContain(`; form-action ${source};`)
  })

  it.each([
    '"><script>alert(1)</script>',
    `'&amp;&#39;<!-- --> </form>`,
    'a+b&c=d%20#?é🎈\u202e',
    'a\r\nb\rc\nd\te',
  ])('form_post: state is returned unchanged and escaped: %j', async (state) => {
    const at = await provider({ layer })
    const { parameters } = authorizationRequest(at.web, { ...formPost, state })
    const { text } = await authorize(at, parameters)
    expect(postedBy(text).fields['state']).toBe(state)
    expect(text.match(/<(?:script|form|input|\/form|!--)/g)).toEqual([
      '<form',
      '<input',
      '<input',
      '<input',
      '</form',
      '<script',
    ])
  })

  it('form_post: a redirect URI with a query keeps it, escaped', async () => {
    const redirectUri = "https://client.example/?a='&b=%3C"
    const at = await provider({ layer })
    const client = await register(at.store, { redirectUris: [redirectUri] })
    const { text } = await authorize(at, authorizationRequest(client, formPost).parameters)
    expect(postedBy(text).action).toBe(redirectUri)
    expect(text).toContain('action="https://client.example/?a=&#39;&#38;b=%3C"')
  })

  it('form_post: a posted consent form gets the page too', async () => {
    const at = await provider({ layer })
    const { parameters } = authorizationRequest(at.web, formPost)
    const answer = await request(at.app).post('/oauth/authorize').type('form').send(parameters)
    expect(answer.status).toBe(200)
    expect(postedBy(answer.text).fields).toHaveProperty('code')
  })

  it('form_post: an error of the hooks is posted', async () => {
    const decider: Hooks = { authenticate: () => ({ id: 'ada' }), consent: () => false }
    const at = await provider({ layer }, { decider })
    const { parameters } = authorizationRequest(at.web, formPost)
    expect(postedBy((await authorize(at, parameters)).text).fields).toEqual({
      error: 'access_denied',
      error_description: expect.any(String),
      state: parameters['state'],
      iss: issuer,
    })
  })

  it('form_post: an error of the request is posted', async () => {
    const at = await provider({ layer })
    const { parameters } = authorizationRequest(at.web, { ...formPost, scope: 'admin' })
    const { text } = await authorize(at, parameters)
    expect(postedBy(text).fields).toMatchObject({ error: 'invalid_scope', iss: issuer })
  })

  it('form_post: an error without a valid redirect URI is shown, and nothing is posted', async () => {
    const at = await provider({ layer })
    const wrong = { ...formPost, redirect_uri: 'https://evil.example' }
    const answer = await authorize(at, authorizationRequest(at.web, wrong).parameters)
    expect(refusal(answer)).toEqual({ status: 400, error: 'invalid_request' })
    expect(answer.text).not.toContain('evil')
  })

  it('form_post: a pushed request keeps it', async () => {
    const at = await provider({ layer })
    const pushed = await push(at, at.web, formPost)
    const { text } = await open(at, at.web, pushed, { response_mode: 'query' })
    expect(postedBy(text).fields).toMatchObject({ code: expect.any(String), state: pushed.state })
    expect((await open(at, at.web, pushed)).status).toBe(400)
  })

  it('query is the default, and can be named', async () => {
    const at = await provider({ layer })
    for (const response_mode of [undefined, '', 'query']) {
      const { parameters } = authorizationRequest(at.web, { response_mode })
      expect(redirected(await authorize(at, parameters))).toHaveProperty('code')
    }
  })

  it.each<[string, Parameters]>([
    ['fragment', { response_mode: 'fragment' }],
    ['an unknown mode', { response_mode: 'web_message' }],
    ['another spelling', { response_mode: 'Form_Post' }],
    ['two modes', { response_mode: ['query', 'form_post'] }],
  ])('%s is an invalid_request, and redirected', async (_what, differences) => {
    const at = await provider({ layer })
    const sent = redirected(
      await authorize(at, authorizationRequest(at.web, differences).parameters),
    )
    expect(sent).toMatchObject({ error: 'invalid_request' })
    expect(sent).not.toHaveProperty('code')
  })

  it('form_post to an app with a scheme of its own is an invalid_request, and redirected', async () => {
    const at = await provider({ layer })
    const client = await register(at.store, { redirectUris: ['com.example.app:/callback'] })
    const answer = await authorize(at, authorizationRequest(client, formPost).parameters)
    expect(answer.headers['location']).toMatch(
      /^com\.example\.app:\/callback\?error=invalid_request&/,
    )
  })
})

it('the profile v2 ignores response_mode, as 2.4 does', async () => {
  const [{ layer }] = layers as [(typeof layers)[0]]
  const at = await provider({ layer }, { profile: 'v2', grants: ['authorization_code'] })
  const client = await register(at.store, { id: 'client' })
  const { parameters } = authorizationRequest(client, { response_mode: 'fragment' })
  expect(redirected(await authorize(at, parameters))).toHaveProperty('code')
})
