import { expresses } from '../support/express'
import {
  authorizationRequest,
  authorize,
  getCode,
  issuer,
  provider,
  redirected,
  refusal,
  register,
} from '../support/provider'

describe.each(expresses)('authorization requests on $version', ({ express }) => {
  it.each(['token', 'id_token', 'code token', 'CODE', 'none'])(
    'security 1: response_type=%s is unsupported_response_type',
    async (responseType) => {
      const at = await provider(express)
      const { parameters } = authorizationRequest(at.web, { response_type: responseType })
      expect(redirected(await authorize(at, parameters))).toEqual({
        error: 'unsupported_response_type',
        error_description: "Invalid response_type parameter (must be 'code')",
        state: parameters['state'],
        iss: issuer,
      })
    },
  )

  it('security 1: a request without a response_type is invalid_request', async () => {
    const at = await provider(express)
    const { parameters } = authorizationRequest(at.web, { response_type: undefined })
    expect(redirected(await authorize(at, parameters))).toMatchObject({ error: 'invalid_request' })
  })

  it('security 5: redirect_uri may be omitted if one is registered', async () => {
    const at = await provider(express)
    const { parameters } = authorizationRequest(at.web, { redirect_uri: undefined })
    const { headers } = await authorize(at, parameters)
    expect(headers['location']).toMatch(`${at.web.redirectUri}?code=`)
  })

  it('security 5: redirect_uri may not be omitted if two are registered', async () => {
    const at = await provider(express)
    const two = await register(at.store, {
      redirectUris: ['https://one.example/cb', 'https://two.example/cb'],
    })
    const { parameters } = authorizationRequest(two, { redirect_uri: undefined })
    const answer = await authorize(at, parameters)
    expect(refusal(answer)).toEqual({ status: 400, error: 'invalid_request' })
    expect(answer.headers).not.toHaveProperty('location')
  })

  it.each([
    '+',
    'a b',
    '&code=injected&iss=injected',
    '=;%26%3D%',
    '#fragment?',
    '%2B+%20',
    'äöü ✓ 𝄞',
    '"><script>',
    "a'b\r\nSet-Cookie: a=b",
  ])('security 6: returns the state %j byte for byte, and it injects nothing', async (state) => {
    const at = await provider(express)
    const { parameters } = authorizationRequest(at.web, { state })
    const answer = await authorize(at, parameters)
    const sent = [...new URL(answer.headers['location'] as string).searchParams]
    expect(sent).toEqual([
      ['code', expect.stringMatching(/^[0-9a-f]{40}$/)],
      ['state', state],
      ['iss', issuer],
    ])
    expect(answer.headers).not.toHaveProperty('set-cookie')
  })

  it('security 6: returns no state if none was sent', async () => {
    const at = await provider(express)
    const { parameters } = authorizationRequest(at.web, { state: undefined })
    expect(Object.keys(redirected(await authorize(at, parameters)))).toEqual(['code', 'iss'])
  })

  it.each(['?tenant=a%20b+c&x=', '?', '?a=1&'])(
    'security 6: a redirect URI that ends in %j keeps its query',
    async (query) => {
      const at = await provider(express)
      const uri = `https://client.example/cb${query}`
      const client = await register(at.store, { redirectUris: [uri] })
      const { parameters } = authorizationRequest(client)
      const answer = await authorize(at, parameters)
      const location = answer.headers['location'] as string
      expect(location.startsWith(uri)).toBe(true)
      expect(location.slice(uri.length)).toMatch(/^&?code=[0-9a-f]{40}&state=[^&]+&iss=[^&]+$/)
    },
  )

  it('security 29: iss is in the redirect of a success', async () => {
    const at = await provider(express, { issuer: 'https://auth.example/tenant/1' })
    const { parameters } = authorizationRequest(at.web)
    const { iss } = redirected(await authorize(at, parameters))
    expect(iss).toBe('https://auth.example/tenant/1')
  })

  it('security 29: iss is in the redirect of an error', async () => {
    const at = await provider(express, { decider: (_request, next) => next(null, false) })
    const { parameters } = authorizationRequest(at.web)
    const { error, iss } = redirected(await authorize(at, parameters))
    expect({ error, iss }).toEqual({ error: 'access_denied', iss: issuer })
  })

  it('real clients 4: ignores unknown parameters, including `resource`', async () => {
    const at = await provider(express)
    const { code } = await getCode(at, at.web, { resource: 'https://api.example', more: 'x' })
    expect(code).toMatch(/^[0-9a-f]{40}$/)
  })

  it('real clients 4: treats a parameter without a value as omitted', async () => {
    const at = await provider(express)
    const { parameters } = authorizationRequest(at.web, { scope: '', redirect_uri: '', state: '' })
    expect(redirected(await authorize(at, parameters))).toEqual({
      code: expect.any(String),
      iss: issuer,
    })
  })
})
