import { AuthorizationCode, ClientCredentials, ResourceOwnerPassword } from 'simple-oauth2'
import { authorizationRequest, authorize, demo } from './support/flow'
import { type Program, startProvider } from './support/program'

let program: Program
let issuer: string

beforeAll(async () => {
  ;({ program, url: issuer } = await startProvider())
})

afterAll(() => program.stop())

type Method = 'header' | 'body'

function settings(secret = demo.clientSecret, authorizationMethod: Method = 'header') {
  return {
    client: { id: demo.clientId, secret },
    auth: { tokenHost: issuer },
    options: { authorizationMethod },
  }
}

/** Gets a code with the library. The PKCE values are passed as further parameters. */
async function code() {
  const { url, verifier, state } = authorizationRequest(issuer)
  const { searchParams: ours } = url
  const authorizationUrl = new AuthorizationCode(settings()).authorizeURL({
    redirect_uri: demo.redirectUri,
    scope: demo.scope,
    state,
    code_challenge: ours.get('code_challenge'),
    code_challenge_method: 'S256',
  } as Parameters<AuthorizationCode['authorizeURL']>[0])
  const { searchParams } = await authorize(issuer, new URL(authorizationUrl))
  expect(searchParams.get('state')).toBe(state)
  return {
    code: searchParams.get('code') ?? '',
    redirect_uri: demo.redirectUri,
    code_verifier: verifier,
  }
}

async function username(accessToken: unknown): Promise<unknown> {
  const headers = { Authorization: `Bearer ${String(accessToken)}` }
  const response = await fetch(`${issuer}/api/me`, { headers })
  const { username } = (await response.json()) as { username?: unknown }
  return username
}

/** The error that the library throws for an error response of the provider. */
function refusal(status: number, error: string) {
  return expect.objectContaining({
    output: expect.objectContaining({ statusCode: status }),
    data: expect.objectContaining({ payload: expect.objectContaining({ error }) }),
  })
}

describe('AuthorizationCode', () => {
  it.each(['header', 'body'] as const)('gets and refreshes tokens by the %s', async (method) => {
    const library = new AuthorizationCode(settings(demo.clientSecret, method))
    const first = await library.getToken(await code())
    expect(await username(first.token.access_token)).toBe(demo.username)
    const second = await first.refresh()
    expect(second.token.refresh_token).not.toBe(first.token.refresh_token)
    expect(await username(second.token.access_token)).toBe(demo.username)
  })

  it('narrows the scope on a refresh, and cannot widen it', async () => {
    const first = await new AuthorizationCode(settings()).getToken(await code())
    const second = await first.refresh({ scope: 'profile' })
    expect(second.token.scope).toBe('profile')
    await expect(second.refresh({ scope: 'profile admin' })).rejects.toEqual(
      refusal(400, 'invalid_scope'),
    )
  })

  it('revokes all its tokens', async () => {
    const auth = { tokenHost: issuer, revokePath: '/oauth/revoke' }
    const library = new AuthorizationCode({ ...settings(), auth })
    const tokens = await library.getToken(await code())
    await tokens.revokeAll()
    expect(await username(tokens.token.access_token)).toBeUndefined()
    await expect(tokens.refresh()).rejects.toEqual(refusal(400, 'invalid_grant'))
  })

  it('is refused with a wrong secret', async () => {
    const library = new AuthorizationCode(settings('wrong-secret'))
    await expect(library.getToken(await code())).rejects.toEqual(refusal(401, 'invalid_client'))
  })

  it('is refused with a redeemed code, whose tokens are revoked', async () => {
    const library = new AuthorizationCode(settings())
    const used = await code()
    const { token } = await library.getToken(used)
    await expect(library.getToken(used)).rejects.toEqual(refusal(400, 'invalid_grant'))
    expect(await username(token.access_token)).toBeUndefined()
  })

  it('is refused with a wrong verifier', async () => {
    const parameters = { ...(await code()), code_verifier: 'x'.repeat(43) }
    const library = new AuthorizationCode(settings())
    await expect(library.getToken(parameters)).rejects.toEqual(refusal(400, 'invalid_grant'))
  })
})

describe('ClientCredentials', () => {
  it('gets a token of the client', async () => {
    const { token } = await new ClientCredentials(settings()).getToken({ scope: 'profile' })
    expect(token).toMatchObject({ token_type: 'Bearer', scope: 'profile' })
    expect(await username(token.access_token)).toBeNull()
  })

  it('is refused with a wrong secret', async () => {
    const library = new ClientCredentials(settings('wrong-secret'))
    await expect(library.getToken({})).rejects.toEqual(refusal(401, 'invalid_client'))
  })

  it('is refused for an unknown scope', async () => {
    const library = new ClientCredentials(settings())
    await expect(library.getToken({ scope: 'admin' })).rejects.toEqual(
      refusal(400, 'invalid_scope'),
    )
  })
})

describe('ResourceOwnerPassword', () => {
  const { username: name, password } = demo

  it('gets tokens of the user, and refreshes them', async () => {
    const library = new ResourceOwnerPassword(settings())
    const first = await library.getToken({ username: name, password, scope: 'profile' })
    const second = await first.refresh()
    expect(await username(second.token.access_token)).toBe(demo.username)
  })

  it.each([
    ['a wrong password', name, 'wrong'],
    ['an unknown user', 'nobody', password],
  ])('is refused with %s', async (_, username, password) => {
    const library = new ResourceOwnerPassword(settings())
    await expect(library.getToken({ username, password, scope: 'profile' })).rejects.toEqual(
      refusal(400, 'invalid_grant'),
    )
  })

  it('is refused with a wrong secret', async () => {
    const library = new ResourceOwnerPassword(settings('wrong-secret'))
    const parameters = { username: name, password, scope: 'profile' }
    await expect(library.getToken(parameters)).rejects.toEqual(refusal(401, 'invalid_client'))
  })
})
