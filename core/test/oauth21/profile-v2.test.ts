import type { ErrorRequestHandler } from 'express'
import request from 'supertest'
import { expresses } from '../support/express'
import {
  type Code,
  type Provider,
  askForToken,
  authorizationRequest,
  authorize,
  exchange,
  me,
  provider,
  redirected,
  refresh,
  signIn,
  tokensOf,
} from '../support/provider'

const grants = ['authorization_code', 'refresh_token', 'client_credentials']

/** The body of an error of the 2.4 line. */
const v2Error = (code: number, error: string, description: string) => ({
  code,
  error,
  error_description: description,
})

describe.each(expresses)("profile 'v2' with a store on $version", ({ express }) => {
  const v2 = () => provider(express, { profile: 'v2', grants })

  it('issues a code for a request without PKCE, and sends no iss', async () => {
    const at = await v2()
    const answer = redirected(await authorize(at, plainRequest(at)))
    expect(answer).toEqual({ code: expect.stringMatching(/^[0-9a-f]{40}$/), state: 'abc' })
  })

  it('responds to a code like the 2.4 line', async () => {
    const at = await v2()
    const answer = await exchange(at, at.web, await plainCode(at), plain)
    expect(answer.body).toEqual({
      token_type: 'bearer',
      access_token: expect.any(String),
      expires_in: 3600,
      refresh_token: expect.any(String),
    })
  })

  it('a code can be redeemed once, and its replay revokes its tokens', async () => {
    const at = await v2()
    const code = await plainCode(at)
    const { access_token } = tokensOf(await exchange(at, at.web, code, plain))
    const again = await exchange(at, at.web, code, plain)
    expect(again.body).toEqual(v2Error(400, 'invalid_grant', 'Invalid code'))
    const gone = await me(at, access_token)
    expect(gone.body).toEqual(
      v2Error(401, 'invalid_token', 'The access token provided is invalid.'),
    )
  })

  it('of 50 parallel attempts with one code exactly one gets tokens', async () => {
    const at = await v2()
    const code = await plainCode(at)
    const attempts = Array.from({ length: 50 }, () => exchange(at, at.web, code, plain))
    const statuses = (await Promise.all(attempts)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
  })

  it('a refresh token is rotated, and a repeated refresh gets the same response', async () => {
    const at = await v2()
    const { refresh_token } = await signIn(at, at.web)
    const first = await refresh(at, at.web, refresh_token)
    const again = await refresh(at, at.web, refresh_token)
    expect([again.status, again.text]).toEqual([200, first.text])
    at.clock.step(10_000)
    const late = await refresh(at, at.web, refresh_token)
    expect(late.body).toEqual(v2Error(400, 'invalid_grant', 'Invalid refresh token'))
  })

  it('client_credentials returns a refresh token too', async () => {
    const at = await v2()
    const answer = await askForToken(at, at.web, { grant_type: 'client_credentials' })
    expect(answer.body).toHaveProperty('refresh_token')
  })

  it('accepts the secret in the body of a client registered for Basic', async () => {
    const at = await v2()
    const form = { grant_type: 'client_credentials' }
    const asPost = { ...at.web, authMethod: 'client_secret_post' as const }
    expect((await askForToken(at, asPost, form)).status).toBe(200)
  })

  it('refuses a wrong secret with the 400 of the 2.4 line', async () => {
    const at = await v2()
    const form = { grant_type: 'client_credentials' }
    const answer = await askForToken(at, { ...at.web, secret: 'wrong' }, form)
    expect(answer.status).toBe(400)
    expect(answer.body).toEqual(v2Error(400, 'invalid_client', 'Client credentials are invalid'))
  })

  it('refuses a grant type that is not allowed with the error of the 2.4 line', async () => {
    const at = await v2()
    const answer = await askForToken(at, at.post, { grant_type: 'client_credentials' })
    const description = 'The grant type is unauthorised for this client_id'
    expect(answer.body).toEqual(v2Error(400, 'invalid_client', description))
  })

  it('leaves errors to errorHandler()', async () => {
    const at = await v2()
    const app = express()
    app.get('/', at.oauth.authorise())
    const passed: unknown[] = []
    const passOn: ErrorRequestHandler = (error, _req, res, _next) => {
      passed.push(error)
      res.end()
    }
    app.use(passOn)
    await request(app).get('/')
    expect(passed).toMatchObject([{ error: 'invalid_request' }])
  })

  it('accepts a token in the query, like the 2.4 line', async () => {
    const at = await v2()
    const { access_token } = await signIn(at, at.web)
    const answer = await request(at.app).get('/api/me').query({ access_token })
    expect(answer.body).toMatchObject({ user: { id: at.user.id } })
  })

  it('security 42: a store that fails is a 503 server_error', async () => {
    const at = await provider(express, {
      profile: 'v2',
      grants,
      through: (store) => ({ ...store, find: () => Promise.reject(new Error('away')) }),
    })
    const answer = await me(at, 'a'.repeat(40))
    expect(answer.body).toEqual(v2Error(503, 'server_error', 'server_error'))
    expect(answer.headers['retry-after']).toBe('1')
  })
})

const withoutPkce = { code_challenge: undefined, code_challenge_method: undefined }
/** How an exchange of a client of the 2.4 line differs. */
const plain = { code_verifier: undefined }

function plainRequest({ web }: Provider) {
  return authorizationRequest(web, { ...withoutPkce, state: 'abc' }).parameters
}

async function plainCode(at: Provider): Promise<Code> {
  const { code = '' } = redirected(await authorize(at, plainRequest(at)))
  return { code, verifier: '', redirectUri: at.web.redirectUri }
}
