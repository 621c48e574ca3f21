import request from 'supertest'
import { expresses } from '../support/express'
import { type V2App, v2App } from '../support/v2-app'

const states = [
  'plain',
  '+ & = % #',
  'a+b&c=d%e#f?g/h;i:j@k',
  '%2B%26%3D%25%23',
  '%',
  'äöü ß 日本語 \u{1f511} \u0301',
  '"<script>alert(1)</script>\'',
  'line\r\nSet-Cookie: a=b',
  '{"return":"/path?x=1&y=2#z"}',
  ' ',
  'x'.repeat(4000),
]

function authorize({ app, client }: V2App, state: string, redirectUri = client.redirectUri) {
  const query = [
    'response_type=code',
    `client_id=${client.clientId}`,
    `redirect_uri=${encodeURIComponent(redirectUri)}`,
    `state=${encodeURIComponent(state)}`,
  ]
  return request(app).get(`/oauth/authorize?${query.join('&')}`)
}

/** The names and values in the query of a redirect, in order. */
async function parametersOf(test: request.Test): Promise<[string, string][]> {
  const { status, headers } = await test
  expect(status).toBe(302)
  return [...new URL(headers['location'] ?? '').searchParams]
}

describe.each(expresses)('security 6 in v2 on $version: state', ({ express }) => {
  it.each(states)('is returned byte for byte with the code: %j', async (state) => {
    const server = v2App(express)
    const parameters = await parametersOf(authorize(server, state))
    expect(parameters).toEqual([
      ['code', server.argsOf('saveAuthCode')[0]],
      ['state', state],
    ])
  })

  it.each(states)('is returned byte for byte with an error: %j', async (state) => {
    const server = v2App(express, { check: (_req, next) => next(null, false) })
    expect(await parametersOf(authorize(server, state))).toEqual([
      ['error', 'access_denied'],
      ['error_description', 'The user denied access to your application'],
      ['code', '500'],
      ['state', state],
    ])
  })

  it.each(['x&code=injected', 'x&error=injected', 'x#code=injected', '&redirect_uri=evil'])(
    'injects no parameter: %s',
    async (state) => {
      const server = v2App(express)
      const { headers } = await authorize(server, state)
      const location = new URL(headers['location'] ?? '')
      expect([...location.searchParams.keys()]).toEqual(['code', 'state'])
      expect(location.hash).toBe('')
      expect(location.searchParams.get('code')).toBe(server.argsOf('saveAuthCode')[0])
    },
  )

  it('is omitted if it was omitted or empty', async () => {
    const server = v2App(express)
    const { clientId, redirectUri } = server.client
    const query = { response_type: 'code', client_id: clientId, redirect_uri: redirectUri }
    for (const more of [{}, { state: '' }]) {
      const test = request(server.app)
        .get('/oauth/authorize')
        .query({ ...query, ...more })
      expect((await parametersOf(test)).map(([name]) => name)).toEqual(['code'])
    }
  })

  it('is read from the query only', async () => {
    const server = v2App(express)
    const { clientId, redirectUri } = server.client
    const form = { response_type: 'code', client_id: clientId, redirect_uri: redirectUri }
    const post = (url: string) =>
      request(server.app)
        .post(url)
        .type('form')
        .send({ ...form, state: 'of the body' })
    const names = (await parametersOf(post('/oauth/authorize'))).map(([name]) => name)
    expect(names).toEqual(['code'])
    expect(await parametersOf(post('/oauth/authorize?state=of+the+query'))).toContainEqual([
      'state',
      'of the query',
    ])
  })

  it.each([
    ['https://client.example/cb?tenant=a%20b&x=%2B', '?tenant=a%20b&x=%2B&code='],
    ['https://client.example/cb?', '?code='],
    ['https://client.example/cb?a=b&', '?a=b&code='],
    ['https://client.example/cb?code=old', '?code=old&code='],
  ])('is added to the query of the redirect URI: %s', async (redirectUri, start) => {
    const server = v2App(express, {
      model: { getClient: (_id, _secret, callback) => callback(null, { redirectUri }) },
    })
    const { headers } = await authorize(server, 's', redirectUri)
    const code = server.argsOf('saveAuthCode')[0] as string
    expect(headers['location']).toBe(`https://client.example/cb${start}${code}&state=s`)
  })
})
