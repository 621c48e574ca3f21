import request from 'supertest'
import { expresses } from '../support/express'
import { layers } from '../support/layers'
import { authorizationRequest, authorize, provider, refusal, signIn } from '../support/provider'

const challenge = 'Basic realm="Service"'

describe.each(layers)('challenges on $version', ({ layer }) => {
  it.each(['token', 'revoke', 'introspect'])(
    'RFC 9110 15.5.2: every 401 of the endpoint %s has a challenge',
    async (endpoint) => {
      const at = await provider({ layer })
      const form = { grant_type: 'client_credentials', token: 'x' }
      for (const credentials of [
        {},
        { client_id: 'nobody' },
        { client_id: at.post.id, client_secret: 'wrong' },
        { client_id: at.web.id },
        { client_id: 'a b', client_secret: 'x' },
      ]) {
        const answer = await request(at.app)
          .post(`/oauth/${endpoint}`)
          .type('form')
          .send({ ...form, ...credentials })
        expect(refusal(answer)).toEqual({ status: 401, error: 'invalid_client' })
        expect(answer.headers['www-authenticate']).toBe(challenge)
      }
    },
  )

  it('a page for users has no challenge, so no browser asks for a password', async () => {
    const at = await provider({ layer })
    const answer = await authorize(at, authorizationRequest(at.web, { client_id: 'x' }).parameters)
    expect(answer.headers).not.toHaveProperty('www-authenticate')
  })

  it('RFC 6750 3.1: a token in both the header and the query is a 400', async () => {
    const at = await provider({ layer })
    const { access_token } = await signIn(at, at.spa)
    for (const query of [
      `access_token=${access_token}`,
      'access_token=',
      'access%5ftoken=other',
      `${'a=b&'.repeat(1500)}access_token=x`,
    ]) {
      const answer = await request(at.app)
        .get(`/api/me?${query}`)
        .auth(access_token, { type: 'bearer' })
      expect(refusal(answer)).toEqual({ status: 400, error: 'invalid_request' })
      expect(answer.headers['www-authenticate']).toMatch(/^Bearer error="invalid_request"/)
    }
    const other = await request(at.app)
      .get('/api/me?token=x')
      .auth(access_token, { type: 'bearer' })
    expect(other.status).toBe(200)
  })
})

describe.each(expresses)(
  'RFC 6750 2: a token in both the body and the header on $version',
  ({ express }) => {
    it('is a 400 in a form, and ignored in JSON', async () => {
      const at = await provider(express, {
        before: [express.urlencoded({ extended: true }), express.json()],
      })
      const { access_token } = await signIn(at, at.spa)
      const ask = (type: string) =>
        request(at.app)
          .post('/api/me')
          .auth(access_token, { type: 'bearer' })
          .type(type)
          .send({ access_token: 'other' })
      expect(refusal(await ask('form'))).toEqual({ status: 400, error: 'invalid_request' })
      expect((await ask('json')).status).toBe(200)
    })
  },
)

describe.each(layers)('F29: the metadata of a resource on $version', ({ layer }) => {
  const wellKnown = '/.well-known/oauth-protected-resource'

  it.each([
    ['https://auth.example', ''],
    ['https://auth.example/', ''],
    ['https://auth.example/photos', '/photos'],
    ['https://auth.example/photos/', '/photos/'],
    ['https://auth.example/?tenant=1', '?tenant=1'],
    ['https://auth.example?tenant=1', '?tenant=1'],
    ['https://auth.example/photos?tenant=1&b=2', '/photos?tenant=1&b=2'],
    ['https://auth.example/a/b/?x', '/a/b/?x'],
  ])('%s has its metadata at the right URL (RFC 9728 3.1)', async (resource, path) => {
    const at = await provider({ layer }, { resources: [resource] })
    const { status, body } = await request(at.app).get(`${wellKnown}${path}`)
    expect([status, body.resource]).toEqual([200, resource])
    const refused = await request(at.app).get('/api/resource')
    const url = `https://auth.example${wellKnown}${path}`
    expect(refused.headers['www-authenticate']).toBe(`Bearer resource_metadata="${url}"`)
  })

  it('two resources that differ only in their query have their own metadata', async () => {
    const resources = ['1', '2'].map((tenant) => `https://auth.example/photos?tenant=${tenant}`)
    const at = await provider({ layer }, { resources })
    for (const resource of resources) {
      const { search } = new URL(resource)
      const { body } = await request(at.app).get(`${wellKnown}/photos${search}`)
      expect(body.resource).toBe(resource)
    }
    expect((await request(at.app).get(`${wellKnown}/photos`)).status).toBe(404)
  })

  it('a resource with a trailing slash has no metadata at the path without it', async () => {
    const at = await provider({ layer }, { resources: ['https://auth.example/photos/'] })
    expect((await request(at.app).get(`${wellKnown}/photos`)).status).toBe(404)
  })
})
