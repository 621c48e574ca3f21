import { demo } from './support/flow'
import { type Program, startProvider } from './support/program'

let program: Program
let issuer: string

beforeAll(async () => {
  ;({ program, url: issuer } = await startProvider())
})

afterAll(() => program.stop())

async function tokenOf(scope: string): Promise<string> {
  const response = await fetch(`${issuer}/oauth/token`, {
    method: 'POST',
    headers: { Authorization: `Basic ${btoa(`${demo.clientId}:${demo.clientSecret}`)}` },
    body: new URLSearchParams({
      grant_type: 'password',
      username: demo.username,
      password: demo.password,
      scope,
    }),
  })
  const { access_token } = (await response.json()) as { access_token: string }
  return access_token
}

function me(authorization?: string): Promise<Response> {
  return fetch(`${issuer}/api/me`, {
    headers: authorization === undefined ? {} : { Authorization: authorization },
  })
}

describe('/api/me', () => {
  it('returns the user, the client and the scope', async () => {
    const response = await me(`Bearer ${await tokenOf('profile email')}`)
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      username: 'demo',
      client_id: 'demo-web',
      scope: 'profile email',
    })
  })

  it('without a token: returns 401, with the scheme and the scope to use', async () => {
    const response = await me()
    expect(response.status).toBe(401)
    const metadata = `${issuer}/.well-known/oauth-protected-resource`
    const challenge = `Bearer scope="profile", resource_metadata="${metadata}"`
    expect(response.headers.get('www-authenticate')).toBe(challenge)
    expect(await (await fetch(metadata)).json()).toMatchObject({
      resource: issuer,
      authorization_servers: [issuer],
    })
  })

  it('with an unknown token: returns 401 invalid_token', async () => {
    const response = await me(`Bearer ${'0'.repeat(40)}`)
    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({ error: 'invalid_token' })
  })

  it('with a token without the scope profile: returns 403 insufficient_scope', async () => {
    const response = await me(`Bearer ${await tokenOf('email')}`)
    expect(response.status).toBe(403)
    expect(response.headers.get('www-authenticate')).toContain('insufficient_scope')
  })
})

describe('/oauth/token', () => {
  it('returns a JSON error if the method is not POST', async () => {
    const response = await fetch(`${issuer}/oauth/token`)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: 'invalid_request' })
  })
})
