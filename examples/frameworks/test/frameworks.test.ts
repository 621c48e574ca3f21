import { createHash, randomBytes } from 'node:crypto'
import type { Server } from 'node:http'
import type { OAuth2Server } from '@oauth2-kit/core'
import request from 'supertest'
import { onFastify } from '../src/fastify'
import { onHono } from '../src/hono'
import { onKoa } from '../src/koa'
import { onNode } from '../src/node'
import { type Demo, demo } from '../src/oauth'

type Serve = (oauth: OAuth2Server) => Server | Promise<Server>

const issuer = 'http://localhost:3000'

interface Started extends Demo {
  server: Server
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

describe.each<[string, Serve]>([
  ['node:http', onNode],
  ['Fastify', onFastify],
  ['Koa', onKoa],
  ['Hono', onHono],
])('the provider on %s', (_name, serve) => {
  async function started(): Promise<Started> {
    const made = await demo(issuer)
    return { ...made, server: await serve(made.oauth) }
  }

  it('issues tokens that open the resource until they are revoked', async () => {
    const at = await started()
    const { access_token: token = '', refresh_token: refresh } = await signedIn(at)
    const me = () => request(at.server).get('/api/me').set('Authorization', `Bearer ${token}`)
    const good = await me()
    expect(JSON.parse(good.text)).toEqual({ id: 'ada' })
    expect((await post(at, '/oauth/introspect', { token })).body).toMatchObject({ active: true })
    expect((await post(at, '/oauth/revoke', { token: refresh })).status).toBe(200)
    const bad = await me()
    expect([bad.status, bad.body]).toMatchObject([401, { error: 'invalid_token' }])
    expect(bad.headers['www-authenticate']).toContain('invalid_token')
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
})
