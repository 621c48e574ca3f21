import { createHash, randomBytes } from 'node:crypto'
import type { Server } from 'node:http'
import request from 'supertest'

/** A running provider with one registered client. */
export interface Started {
  /** The server, or its URL. */
  server: Server | string
  client: { id: string }
  secret: string
}

export const issuer = 'http://localhost:3000'

/** Defines the tests that the provider passes on every framework. */
export function keepsItsPromises(started: () => Promise<Started>): void {
  it('issues tokens that open the resource until they are revoked', async () => {
    const at = await started()
    const { access_token: token = '', refresh_token: refresh } = await signedIn(at)
    const good = await me(at, token)
    expect([good.status, JSON.parse(good.text)]).toEqual([200, { id: 'ada' }])
    expect((await post(at, '/oauth/introspect', { token })).body).toMatchObject({ active: true })
    expect((await post(at, '/oauth/revoke', { token: refresh })).status).toBe(200)
    const bad = await me(at, token)
    expect([bad.status, bad.body]).toMatchObject([401, { error: 'invalid_token' }])
    expect(bad.headers['www-authenticate']).toContain('invalid_token')
  })

  it('issues a token to a client for itself, which opens the resource if it has the scope', async () => {
    const at = await started()
    const form = { grant_type: 'client_credentials', scope: 'profile' }
    const { status, body } = await post(at, '/oauth/token', form)
    expect([status, body]).toMatchObject([200, { token_type: 'Bearer', scope: 'profile' }])
    const { text } = await me(at, body.access_token)
    expect(JSON.parse(text)).toEqual({})
  })

  it('refuses a wrong secret, a wrong token and a missing one', async () => {
    const at = await started()
    const form = { grant_type: 'client_credentials' }
    const wrong = await post({ ...at, secret: 'wrong-secret' }, '/oauth/token', form)
    expect([wrong.status, wrong.body]).toMatchObject([401, { error: 'invalid_client' }])
    const bad = await me(at, 'wrong')
    expect([bad.status, bad.body]).toMatchObject([401, { error: 'invalid_token' }])
    const missing = await request(at.server).get('/api/me')
    expect([missing.status, missing.headers['www-authenticate']]).toEqual([
      401,
      expect.stringMatching(/^Bearer/),
    ])
  })

  it('returns invalid_request for a body that is not a form', async () => {
    const { server } = await started()
    for (const type of ['application/json', 'text/plain', 'application/xml']) {
      const answer = await request(server).post('/oauth/token').type(type).send('{}')
      expect([answer.status, answer.body]).toMatchObject([400, { error: 'invalid_request' }])
    }
  })

  it('serves its metadata, and returns 404 for other paths', async () => {
    const { server } = await started()
    const { body } = await request(server).get('/.well-known/oauth-authorization-server')
    expect(body).toMatchObject({ issuer, token_endpoint: `${issuer}/oauth/token` })
    for (const path of ['/', '/oauth/other', '/.well-known/other']) {
      expect((await request(server).get(path)).status).toBe(404)
    }
  })
}

function me({ server }: Started, token: string) {
  return request(server).get('/api/me').set('Authorization', `Bearer ${token}`)
}

function post({ server, client, secret }: Started, path: string, form: object) {
  return request(server).post(path).auth(client.id, secret).type('form').send(form)
}

async function signedIn(at: Started): Promise<Record<string, string>> {
  const verifier = randomBytes(32).toString('base64url')
  const redirect = await request(at.server)
    .get('/oauth/authorize')
    .query({
      response_type: 'code',
      client_id: at.client.id,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    })
  const code = new URL(redirect.headers['location'] ?? '').searchParams.get('code')
  const form = { grant_type: 'authorization_code', code, code_verifier: verifier }
  return (await post(at, '/oauth/token', form)).body as Record<string, string>
}
