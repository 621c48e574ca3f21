import { isRequired } from '@oauth2-kit/conformance/databases'
import { randomBytes } from 'node:crypto'
import { authorize, demo } from './support/flow'
import { type Program, startProvider } from './support/program'
import { PythonClient, hasPythonLibrary, pythonLibraries } from './support/python-client'

let program: Program
let issuer: string

beforeAll(async () => {
  ;({ program, url: issuer } = await startProvider())
})

afterAll(() => program.stop())

const secret = demo.clientSecret
const required = isRequired('python')

const clients = pythonLibraries.flatMap((library) =>
  ['client_secret_basic', 'client_secret_post'].map((method) => ({ library, method })),
)

describe.each(clients)("Debian's $library with $method", ({ library, method }) => {
  const isInstalled = hasPythonLibrary(library)
  if (!isInstalled && !required) {
    const name = `python3-${library.replace('_', '-')}`
    process.stderr.write(`\nSKIPPED: no tests with ${library}; apt-get install ${name}\n`)
    // oxlint-disable-next-line jest/expect-expect, jest/no-disabled-tests -- reported, and counted
    it.skip(`needs ${name}`, () => {})
    return
  }
  let client: PythonClient

  beforeAll(() => {
    client = new PythonClient(library, issuer, { AUTH_METHOD: method })
  })

  afterAll(() => client[Symbol.asyncDispose]())

  /** Returns the parameters of an exchange, after a user has allowed everything. */
  async function allowed(scope = demo.scope) {
    const verifier = randomBytes(32).toString('base64url')
    const { url, state } = await client.ask('authorize', { verifier, scope })
    const callback = await authorize(issuer, new URL(url as string))
    return { callback: callback.href, verifier, state, secret }
  }

  const me = (token: unknown) => client.ask('me', { token })

  it('code with PKCE, and refresh', async () => {
    const first = await client.ask('exchange', await allowed())
    expect(await me(first['access_token'])).toMatchObject({ status: 200, username: 'demo' })
    const second = await client.ask('refresh', { token: first['refresh_token'], secret })
    expect(second['refresh_token']).not.toBe(first['refresh_token'])
    expect(await me(second['access_token'])).toMatchObject({ status: 200, scope: demo.scope })
  })

  it('client credentials', async () => {
    const { access_token } = await client.ask('own', { scope: 'profile', secret })
    expect(await me(access_token)).toMatchObject({
      status: 200,
      client_id: demo.clientId,
      id: null,
    })
  })

  it('the password grant', async () => {
    const { username, password } = demo
    const { access_token } = await client.ask('password', { username, password, secret })
    expect(await me(access_token)).toMatchObject({ status: 200, username })
    const refused = await client.ask('password', { username, password: 'wrong', secret })
    expect(refused.refused).toBe('invalid_grant')
  })

  it('a wrong secret is refused, and the code stays valid', async () => {
    const exchange = await allowed()
    const wrong = await client.ask('exchange', { ...exchange, secret: 'wrong-secret' })
    expect(wrong.refused).toBe('invalid_client')
    expect(await client.ask('exchange', exchange)).toHaveProperty('access_token')
  })

  it('a redeemed code is refused, and its tokens are revoked', async () => {
    const exchange = await allowed()
    const { access_token } = await client.ask('exchange', exchange)
    expect((await client.ask('exchange', exchange)).refused).toBe('invalid_grant')
    expect(await me(access_token)).toMatchObject({ status: 401 })
  })

  it('a wrong verifier is refused', async () => {
    const exchange = { ...(await allowed()), verifier: 'x'.repeat(43) }
    expect((await client.ask('exchange', exchange)).refused).toBe('invalid_grant')
  })

  it('an unknown scope is refused', async () => {
    const refused = await client.ask('own', { scope: 'admin', secret })
    expect(refused.refused).toBe('invalid_scope')
  })

  it("another client's refresh token is refused", async () => {
    const { refresh_token: token } = await client.ask('exchange', await allowed())
    await using other = new PythonClient(library, issuer, { CLIENT_ID: demo.publicClientId })
    const refused = await other.ask('refresh', { token, secret: '' })
    expect(refused.refused).toBe('invalid_grant')
    expect(await client.ask('refresh', { token, secret })).toHaveProperty('access_token')
  })

  if (library === 'authlib') {
    it('introspects and revokes: a refresh token with its access token', async () => {
      const tokens = await client.ask('exchange', await allowed())
      const { access_token: token, refresh_token } = tokens
      expect(await client.ask('introspect', { token, secret })).toMatchObject({
        active: true,
        client_id: demo.clientId,
        scope: demo.scope,
      })
      expect(await client.ask('revoke', { token: refresh_token, secret })).toEqual({ status: 200 })
      expect(await client.ask('introspect', { token, secret })).toEqual({ active: false })
      expect(await me(token)).toMatchObject({ status: 401 })
    })

    it("revoking another client's token has no effect", async () => {
      const { access_token: token } = await client.ask('exchange', await allowed())
      await using other = new PythonClient(library, issuer, { CLIENT_ID: demo.publicClientId })
      expect(await other.ask('revoke', { token, secret: '' })).toEqual({ status: 200 })
      expect(await me(token)).toMatchObject({ status: 200 })
    })
  }

  // One of the libraries encodes the credentials in a Basic header, and the other one doesn't.
  it('a secret with special characters is accepted', async () => {
    const CLIENT_SECRET = 'p%40ss:w+rd/&=%zz~!'
    await using strange = await startProvider({ DEMO_CLIENT_SECRET: CLIENT_SECRET })
    await using other = new PythonClient(library, strange.url, { CLIENT_SECRET })
    const token = await other.ask('own', { scope: 'profile', secret: CLIENT_SECRET })
    expect(token).toHaveProperty('access_token')
  })
})
