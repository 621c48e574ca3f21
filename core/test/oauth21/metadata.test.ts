import oauthserver from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import express from 'express'
import request from 'supertest'
import { layers } from '../support/layers'
import {
  authorizationRequest,
  authorize,
  issuer,
  me,
  provider,
  redirected,
} from '../support/provider'

const wellKnown = '/.well-known/oauth-authorization-server'

const confidential = ['client_secret_basic', 'client_secret_post', 'private_key_jwt']
const algorithms = [
  'ES256',
  'ES384',
  'ES512',
  'PS256',
  'PS384',
  'PS512',
  'RS256',
  'RS384',
  'RS512',
  'EdDSA',
  'Ed25519',
]

describe.each(layers)('metadata on $version', ({ layer }) => {
  it('security 28: lists what is enabled, and nothing else', async () => {
    const at = await provider({ layer }, { routes: { scopes: ['profile', 'email'] } })
    const answer = await request(at.app).get(wellKnown)
    expect(answer.status).toBe(200)
    expect(answer.headers['content-type']).toMatch(/^application\/json/)
    expect(answer.body).toEqual({
      issuer,
      authorization_endpoint: `${issuer}/oauth/authorize`,
      pushed_authorization_request_endpoint: `${issuer}/oauth/par`,
      token_endpoint: `${issuer}/oauth/token`,
      revocation_endpoint: `${issuer}/oauth/revoke`,
      introspection_endpoint: `${issuer}/oauth/introspect`,
      scopes_supported: ['profile', 'email'],
      response_types_supported: ['code'],
      response_modes_supported: ['query', 'form_post'],
      grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: [...confidential, 'none'],
      token_endpoint_auth_signing_alg_values_supported: algorithms,
      revocation_endpoint_auth_methods_supported: [...confidential, 'none'],
      revocation_endpoint_auth_signing_alg_values_supported: algorithms,
      introspection_endpoint_auth_methods_supported: confidential,
      introspection_endpoint_auth_signing_alg_values_supported: algorithms,
      authorization_response_iss_parameter_supported: true,
      dpop_signing_alg_values_supported: expect.arrayContaining(['ES256']),
    })
  })

  it('security 1: lists only the response type code', async () => {
    const at = await provider({ layer })
    const { body } = await request(at.app).get(wellKnown)
    expect(body).toMatchObject({ response_types_supported: ['code'] })
    expect(body).toMatchObject({ response_modes_supported: ['query', 'form_post'] })
  })

  it('security 28: without authorization codes there is no authorization endpoint', async () => {
    const at = await provider({ layer }, { grants: ['client_credentials'] })
    const { body } = await request(at.app).get(wellKnown)
    expect(body).toMatchObject({
      response_types_supported: [],
      grant_types_supported: ['client_credentials'],
      token_endpoint_auth_methods_supported: confidential,
    })
    for (const name of [
      'authorization_endpoint',
      'code_challenge_methods_supported',
      'response_modes_supported',
      'authorization_response_iss_parameter_supported',
    ]) {
      expect(body).not.toHaveProperty(name)
    }
    expect((await request(at.app).get('/oauth/authorize')).status).toBe(404)
  })

  it('security 28: an endpoint that is not enabled is neither served nor listed', async () => {
    const at = await provider({ layer }, { routes: { endpoints: ['authorize', 'token'] } })
    const { body } = await request(at.app).get(wellKnown)
    expect(body).not.toHaveProperty('introspection_endpoint')
    expect(body).not.toHaveProperty('revocation_endpoint')
    expect((await request(at.app).post('/oauth/revoke')).status).toBe(404)
  })

  it('security 28: an issuer path precedes endpoints and follows the well-known part', async () => {
    const tenant = 'https://auth.example/tenant/1'
    const at = await provider({ layer }, { issuer: tenant, routes: { prefix: '/o' } })
    const { body } = await request(at.app).get(`${wellKnown}/tenant/1`)
    expect(body).toMatchObject({ issuer: tenant, token_endpoint: `${tenant}/o/token` })
    expect((await request(at.app).post('/tenant/1/o/token')).body).toMatchObject({
      error: 'invalid_request',
    })
    for (const path of [wellKnown, `/tenant/1${wellKnown}`, '/o/token', '/tenant/1/oauth/token']) {
      expect((await request(at.app).get(path)).status).toBe(404)
    }
  })

  it('a slash at the end of the issuer is not doubled', async () => {
    const at = await provider({ layer }, { issuer: `${issuer}/` })
    const { body } = await request(at.app).get(wellKnown)
    expect(body).toMatchObject({
      issuer: `${issuer}/`,
      token_endpoint: `${issuer}/oauth/token`,
    })
  })

  it('security 29: the issuer is the iss of every redirect', async () => {
    const at = await provider({ layer })
    const { body } = await request(at.app).get(wellKnown)
    const good = redirected(await authorize(at, authorizationRequest(at.web).parameters))
    const wrong = authorizationRequest(at.web, { scope: 'unknown' }).parameters
    const bad = redirected(await authorize(at, wrong))
    expect([good['iss'], bad['iss']]).toEqual([body.issuer, body.issuer])
    expect(bad).toMatchObject({ error: 'invalid_scope' })
  })

  it('may be cached, and allows only GET and HEAD', async () => {
    const at = await provider({ layer })
    const answer = await request(at.app).get(wellKnown)
    expect(answer.headers['cache-control']).toBe('public, max-age=3600')
    expect((await request(at.app).head(wellKnown)).status).toBe(200)
    const posted = await request(at.app).post(wellKnown)
    expect([posted.status, posted.headers['allow']]).toEqual([405, 'GET, HEAD'])
  })

  describe('of protected resources', () => {
    const photos = `${issuer}/photos`
    const elsewhere = 'https://api.example'

    it('is served at the well-known URL of each resource of this host (RFC 9728 3.1)', async () => {
      const resources = [photos, issuer, elsewhere]
      const at = await provider({ layer }, { resources, routes: { scopes: ['profile'] } })
      const path = '/.well-known/oauth-protected-resource'
      expect((await request(at.app).get(`${path}/photos`)).body).toEqual({
        resource: photos,
        authorization_servers: [issuer],
        scopes_supported: ['profile'],
        bearer_methods_supported: ['header'],
        dpop_signing_alg_values_supported: expect.arrayContaining(['ES256']),
      })
      expect((await request(at.app).get(path)).body).toMatchObject({ resource: issuer })
      const { body } = await request(at.app).get(wellKnown)
      expect(body).toMatchObject({ protected_resources: resources })
    })

    it('is neither served nor named in a challenge if no resource is configured', async () => {
      const at = await provider({ layer })
      const path = '/.well-known/oauth-protected-resource'
      expect((await request(at.app).get(path)).status).toBe(404)
      expect((await request(at.app).get('/api/me')).headers['www-authenticate']).toBe('Bearer')
    })

    it('is named in the challenge of the API (RFC 9728 5.1)', async () => {
      const at = await provider({ layer }, { resources: [photos] })
      const url = `${issuer}/.well-known/oauth-protected-resource/photos`
      const missing = await request(at.app).get('/api/resource')
      expect(missing.headers['www-authenticate']).toBe(`Bearer resource_metadata="${url}"`)
      const wrong = await me(at, 'wrong')
      expect(wrong.headers['www-authenticate']).toMatch(/^Bearer error="invalid_token", /)
      expect(wrong.headers['www-authenticate']).toContain(`, resource_metadata="${url}"`)
    })

    it('of several resources is named only by a check with the option `resource`', async () => {
      const at = await provider({ layer }, { resources: [elsewhere, photos] })
      const challenge = async (path: string) =>
        (await request(at.app).get(path)).headers['www-authenticate']
      expect(await challenge('/api/me')).toBe('Bearer')
      expect(await challenge('/api/resource')).toBe(
        `Bearer resource_metadata="${elsewhere}/.well-known/oauth-protected-resource"`,
      )
    })
  })
})

describe('metadata() and resourceMetadata()', () => {
  const oauth = oauthserver({
    model: memoryStore(),
    issuer,
    resources: ['https://api.example/a', 'https://api.example/b'],
  })

  it('work on their own, for an API on another host', async () => {
    const scopes = ['read']
    const answer = await request(
      oauth.resourceMetadata({ resource: 'https://api.example/b', scopes }) as never,
    ).get('/')
    expect(answer.body).toMatchObject({
      resource: 'https://api.example/b',
      scopes_supported: scopes,
    })
    const { body } = await request(oauth.metadata({ prefix: '', scopes }) as never).get('/')
    expect(body).toMatchObject({ token_endpoint: `${issuer}/token`, scopes_supported: scopes })
  })

  it.each(['/.well-known/oauth-authorization-server', '/.well-known/oauth-protected-resource'])(
    'answer preflights at %s, mounted with all()',
    async (path) => {
      const at = express()
      at.all('/.well-known/oauth-authorization-server', oauth.metadata())
      at.all(
        '/.well-known/oauth-protected-resource',
        oauth.resourceMetadata({ resource: 'https://api.example/a' }),
      )
      const preflight = await request(at).options(path).set({
        Origin: 'https://app.example',
        'Access-Control-Request-Method': 'GET',
        'Access-Control-Request-Headers': 'mcp-protocol-version',
      })
      expect(preflight.status).toBe(204)
      expect(preflight.headers).toMatchObject({
        'access-control-allow-origin': '*',
        'access-control-allow-headers': 'mcp-protocol-version',
      })
    },
  )

  it('the issuer that they name is that of the server', () => {
    expect(oauthserver({ store: memoryStore(), issuer }).issuer).toBe(issuer)
  })

  it('throw a TypeError for an unknown or ambiguous resource', () => {
    for (const options of [{ resource: 'https://api.example/c' }, {}]) {
      expect(() => oauth.resourceMetadata(options)).toThrow(
        '"resource" must be one of the option "resources", which has https://api.example/a, https://api.example/b',
      )
    }
    expect(() => oauth.authorise({ resource: 'https://api.example/c' })).toThrow(TypeError)
  })
})
