import type { Hooks } from '@oauth2-kit/core'
import { layers } from '../support/layers'
import {
  type Parameters,
  authorizationRequest,
  authorize,
  provider,
  redirected,
  refusal,
  register,
} from '../support/provider'

const jwt = 'eyJhbGciOiJub25lIn0.e30.'

describe.each(layers)('request objects (RFC 9101) on $version', ({ layer }) => {
  it.each<[string, Parameters, string]>([
    ['request', { request: jwt }, 'request_not_supported'],
    ['request, which is long', { request: jwt.repeat(400) }, 'request_not_supported'],
    ['request, sent twice', { request: [jwt, jwt] }, 'request_not_supported'],
    [
      'a request_uri of others',
      { request_uri: 'https://client.example/jar' },
      'request_uri_not_supported',
    ],
    [
      'a request_uri with another urn',
      { request_uri: 'urn:example:x' },
      'request_uri_not_supported',
    ],
    ['both', { request: jwt, request_uri: 'https://client.example' }, 'request_not_supported'],
    [
      'a request that is malformed otherwise',
      { request: jwt, response_type: undefined, code_challenge: undefined },
      'request_not_supported',
    ],
  ])('%s is refused, and the client gets the error', async (_what, differences, error) => {
    const at = await provider({ layer })
    const { parameters } = authorizationRequest(at.web, differences)
    const sent = redirected(await authorize(at, parameters))
    expect(sent).toMatchObject({ error, state: parameters['state'] })
    expect(sent).not.toHaveProperty('code')
  })

  it('the error is redirected only after the user has signed in (RFC 9700 4.11.2)', async () => {
    const pages: string[] = []
    const decider: Hooks = {
      authenticate(_req, res) {
        pages.push('sign-in')
        if (!('end' in res)) return new Response('page') as never
        res.end('page')
        return null
      },
      consent: () => true,
    }
    const at = await provider({ layer }, { decider })
    const answer = await authorize(at, authorizationRequest(at.web, { request: jwt }).parameters)
    expect([answer.text, pages]).toEqual(['page', ['sign-in']])
  })

  it.each<[string, Parameters]>([
    ['an unknown client', { client_id: 'unknown' }],
    ['a wrong redirect URI', { redirect_uri: 'https://evil.example' }],
    ['no client', { client_id: undefined }],
  ])('with %s, an error is shown', async (_what, differences) => {
    const at = await provider({ layer })
    const { parameters } = authorizationRequest(at.web, { request: jwt, ...differences })
    const answer = await authorize(at, parameters)
    expect(refusal(answer)).toEqual({ status: 400, error: 'invalid_request' })
    expect(answer.headers).not.toHaveProperty('location')
  })

  it('a redirect URI that only the request object has is not read', async () => {
    const at = await provider({ layer })
    const client = await register(at.store, {
      redirectUris: ['https://a.example/', 'https://b.example/'],
    })
    const { parameters } = authorizationRequest(client, { request: jwt, redirect_uri: undefined })
    expect(refusal(await authorize(at, parameters))).toEqual({
      status: 400,
      error: 'invalid_request',
    })
  })

  it('a parameter without a value counts as absent (RFC 6749 3.1)', async () => {
    const at = await provider({ layer })
    const { parameters } = authorizationRequest(at.web, { request: '', request_uri: '' })
    expect(redirected(await authorize(at, parameters))).toHaveProperty('code')
  })

  it('the profile v2 ignores them, as 2.4 does', async () => {
    const at = await provider({ layer }, { profile: 'v2', grants: ['authorization_code'] })
    const client = await register(at.store, { id: 'client' })
    const { parameters } = authorizationRequest(client, {
      request: jwt,
      request_uri: 'urn:ietf:params:oauth:request_uri:x',
    })
    expect(redirected(await authorize(at, parameters))).toHaveProperty('code')
  })
})
