import { type EventMap, type Options } from '@oauth2-kit/core'
import type { RequestHandler } from 'express'
import request from 'supertest'
import { layers } from '../support/layers'
import { expresses } from '../support/express'
import { newKey } from '../support/jwt'
import {
  type Differences,
  issuer,
  me,
  provider,
  refresh,
  refusal,
  signIn,
} from '../support/provider'
import {
  asTestClient,
  informationIn,
  registered,
  registering,
  someMetadata,
} from '../support/registration'

const open: Options['registration'] = { scopes: ['profile', 'email'], open: true }
const quiet = { debug: false } as const
const invalid = (error: string) => ({ status: 400, error })

describe.each(layers)('POST /register on $version', ({ layer }) => {
  const at = (differences: Differences = {}) =>
    provider({ layer }, { registration: open, ...quiet, ...differences })

  it('RFC 7591 3.2.1: registers a client and returns all of its metadata', async () => {
    const server = await at()
    const { status, headers, body } = await registering(server, someMetadata)
    expect(status).toBe(201)
    expect(headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
    })
    const uri = `${issuer}/oauth/register?client_id=${body.client_id}`
    expect(body).toEqual({
      client_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      client_id_issued_at: Math.floor(server.clock.at / 1000),
      registration_access_token: expect.stringMatching(/^[0-9a-f]{64}$/),
      registration_client_uri: uri,
      redirect_uris: ['https://app.example/callback'],
      client_name: 'Some app',
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code'],
      response_types: ['code'],
      scope: 'profile email',
    })
  })

  it('the client signs a user in, and refreshes', async () => {
    const server = await at()
    const grant_types = ['authorization_code', 'refresh_token']
    const information = await registered(server, { ...someMetadata, grant_types })
    const client = await asTestClient(server, information)
    const { refresh_token } = await signIn(server, client, { scope: 'email' })
    const { body } = await refresh(server, client, refresh_token)
    expect((await me(server, body.access_token)).body.user).toEqual(server.user)
  })

  it('RFC 7591 2: a client that names no method gets a secret, for Basic or the body', async () => {
    const server = await at()
    const { redirect_uris } = someMetadata
    const information = await registered(server, { redirect_uris })
    expect(information).toMatchObject({
      token_endpoint_auth_method: 'client_secret_basic',
      client_secret: expect.stringMatching(/^[0-9a-f]{64}$/),
      client_secret_expires_at: 0,
    })
    const client = await asTestClient(server, information)
    await signIn(server, client)
    await signIn(server, { ...client, authMethod: 'client_secret_post' })
  })

  it('stores no secret and no token, only hashes', async () => {
    const server = await at()
    const information = await registered(server, {
      ...someMetadata,
      token_endpoint_auth_method: null,
    })
    const text = JSON.stringify(await server.store.getClient(information.client_id))
    expect(text).not.toContain(information.client_secret)
    expect(text).not.toContain(information.registration_access_token)
  })

  it('accepts a client that authenticates with a key', async () => {
    const server = await at()
    const { d: _, ...publicKey } = newKey({ kid: 'a' })
    const jwks = { keys: [publicKey] }
    const metadata = { ...someMetadata, token_endpoint_auth_method: 'private_key_jwt', jwks }
    const information = await registered(server, metadata)
    expect(information).toMatchObject({ jwks, token_endpoint_auth_method: 'private_key_jwt' })
    expect(information).not.toHaveProperty('client_secret')
  })

  it.each([
    ['text', '{"redirect_uris": ['],
    ['an empty body', ''],
    ['malformed UTF-8', Buffer.from('{"client_name": "\xff"}', 'latin1')],
    ['more than 32 KB', JSON.stringify({ ...someMetadata, x: 'x'.repeat(32 * 1024) })],
  ])('refuses %s in place of JSON', async (_what, body) => {
    const server = await at()
    const pending = request(server.app).post('/oauth/register')
    const response = await pending
      .set('Content-Type', 'application/json')
      .serialize((text) => text as string)
      .send(body)
    expect(refusal(response)).toEqual(invalid('invalid_request'))
  })

  it.each([['text/plain'], ['application/x-www-form-urlencoded'], ['application/jsonp']])(
    'refuses the Content-Type %s',
    async (type) => {
      const { app } = await at()
      const response = await request(app)
        .post('/oauth/register')
        .set('Content-Type', type)
        .send(JSON.stringify(someMetadata))
      expect(refusal(response)).toEqual(invalid('invalid_request'))
    },
  )

  it('refuses a compressed body', async () => {
    const server = await at()
    const response = await registering(server, someMetadata).set('Content-Encoding', 'gzip')
    expect(refusal(response)).toEqual(invalid('invalid_request'))
  })

  it.each([[[]], ['"text"'], ['null'], ['1'], [[someMetadata]]])(
    'refuses %j in place of an object',
    async (metadata) => {
      const response = await registering(await at(), metadata)
      expect(refusal(response)).toEqual(invalid('invalid_client_metadata'))
    },
  )

  it('names the member that is wrong', async () => {
    const response = await registering(await at(), { ...someMetadata, client_name: { a: 1 } })
    expect(response.body).toEqual({
      error: 'invalid_client_metadata',
      error_description: "'client_name' must be a string",
    })
    expect(response.headers['cache-control']).toBe('no-store')
  })

  it('refuses a dangerous redirect URI', async () => {
    const response = await registering(await at(), { redirect_uris: ['javascript:alert(1)'] })
    expect(refusal(response)).toEqual(invalid('invalid_redirect_uri'))
  })

  it('refuses other methods, and POST for an existing client', async () => {
    const server = await at()
    for (const method of ['patch', 'head', 'options'] as const) {
      const response = await request(server.app)[method]('/oauth/register')
      expect(response.status).toBe(405)
      expect(response.headers['allow']).toBe('POST, GET, PUT, DELETE')
    }
    const { client_id } = await registered(server)
    const again = await request(server.app)
      .post(`/oauth/register?client_id=${client_id}`)
      .send(someMetadata)
    expect(refusal(again)).toEqual(invalid('invalid_request'))
  })

  it('answers 503 while the store is away, and registers nothing', async () => {
    const away = jest.fn().mockRejectedValue(new Error('The database is away'))
    const server = await at({ through: (store) => ({ ...store, createClient: away }) })
    const response = await registering(server, someMetadata)
    expect(refusal(response)).toEqual({ status: 503, error: 'temporarily_unavailable' })
    expect(response.headers['retry-after']).toBe('1')
  })

  it('lets scripts of the allowed origins register, read, replace and delete', async () => {
    const origin = 'https://inspector.example'
    const { app } = await at({ routes: { cors: [origin] } })
    const preflight = await request(app)
      .options('/oauth/register?client_id=x')
      .set('Origin', origin)
      .set('Access-Control-Request-Method', 'PUT')
      .set('Access-Control-Request-Headers', 'authorization,content-type')
    expect(preflight.status).toBe(204)
    expect(preflight.headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'POST, GET, PUT, DELETE',
      'access-control-allow-headers': 'authorization,content-type',
    })
    const answer = await registering({ app }, someMetadata).set('Origin', origin)
    expect(answer.headers['access-control-allow-origin']).toBe(origin)
  })

  it('emits client.registered', async () => {
    const server = await at()
    const heard: EventMap['client.registered'][0][] = []
    server.oauth.events.on('client.registered', (event) => heard.push(event))
    const { client_id } = await registered(server)
    expect(heard).toEqual([{ clientId: client_id, address: heard[0]?.address }])
  })
})

const metadataOf = async (differences: Differences) => {
  const [first] = layers
  const { app } = await provider(first!, { ...quiet, ...differences })
  return (await request(app).get('/.well-known/oauth-authorization-server')).body
}

describe('the option registration', () => {
  it('adds registration_endpoint to the metadata (RFC 8414 2)', async () => {
    expect(await metadataOf({ registration: open })).toMatchObject({
      registration_endpoint: `${issuer}/oauth/register`,
    })
  })

  it('is off by default', async () => {
    expect(await metadataOf({})).not.toHaveProperty('registration_endpoint')
    const { app, oauth } = await provider(layers[0]!)
    expect((await request(app).post('/oauth/register').send(someMetadata)).status).toBe(404)
    expect(() => oauth.register()).toThrow('"registration" is missing')
  })
})

const useUp: RequestHandler = (req, _res, next) => void req.resume().on('end', next)

describe.each(expresses)('register() on $version', ({ express }) => {
  const at = (differences: Differences = {}) =>
    provider(express, { registration: open, ...quiet, ...differences })

  it.each([
    ['nothing', []],
    ['express.json()', [express.json()]],
    ['express.text()', [express.text({ type: '*/*' })]],
    ['express.raw()', [express.raw({ type: '*/*' })]],
  ])('accepts a body that %s has read', async (_what, before) => {
    expect((await registering(await at({ before }), someMetadata)).status).toBe(201)
  })

  it('returns its own URL as registration_client_uri', async () => {
    const server = await at()
    const { registration_client_uri: uri, client_id } = await registered(server)
    expect(uri).toBe(`${issuer}/oauth/register?client_id=${client_id}`)
  })

  it('refuses a body that something else has used up', async () => {
    const before = [useUp]
    const response = await registering(await at({ before }), someMetadata)
    expect(refusal(response)).toEqual(invalid('invalid_request'))
  })

  it('takes no options', async () => {
    const { oauth } = await at()
    expect(() => oauth.register({} as never)).toThrow('register() takes no options')
  })
})

it('an issuer with a path, and another prefix, are part of the URLs', async () => {
  const [first] = layers
  const path = '/tenant/auth/register'
  const { app } = await provider(first!, {
    registration: open,
    ...quiet,
    issuer: `${issuer}/tenant`,
    routes: { prefix: '/auth' },
  })
  const { body } = await request(app).post(path).send(someMetadata)
  expect(body.registration_client_uri).toBe(`${issuer}${path}?client_id=${body.client_id}`)
  const { status } = await request(app)
    .get(`${path}?client_id=${body.client_id}`)
    .auth(body.registration_access_token, { type: 'bearer' })
  expect(status).toBe(200)
  const metadata = await request(app).get('/.well-known/oauth-authorization-server/tenant')
  expect(metadata.body).toMatchObject({ registration_endpoint: `${issuer}${path}` })
})

it('two servers on one store share the clients that register themselves', async () => {
  const [first] = layers
  const one = await provider(first!, { registration: open, ...quiet })
  const other = await provider(first!, {
    registration: open,
    ...quiet,
    through: () => one.store,
  })
  const client = await asTestClient(one, await registered(one))
  await signIn({ ...other, store: one.store }, client)
  expect(informationIn(await registering(other, someMetadata)).client_id).not.toBe(client.id)
})
