import { type EventMap, type Options, createClient, updateClient } from '@oauth2-kit/core'
import request from 'supertest'
import { around } from './around'
import { layers } from '../support/layers'
import { newKey } from '../support/jwt'
import { type Differences, type Provider, me, provider, refusal, signIn } from '../support/provider'
import {
  type Information,
  asTestClient,
  informationIn,
  managing,
  registered,
  replacing,
  someMetadata,
} from '../support/registration'

const registration: Options['registration'] = {
  scopes: ['profile'],
  open: true,
}
const confidential = { redirect_uris: ['https://app.example/callback'] }
const invalidToken = { status: 401, error: 'invalid_token' }
const [onExpress] = layers

describe.each(layers)('the client configuration endpoint on $version', ({ layer }) => {
  const at = (differences: Differences = {}) =>
    provider({ layer }, { registration, debug: false, ...differences })

  it('RFC 7592 2.1: GET returns the registration, without the secret', async () => {
    const server = await at()
    const of = await registered(server, confidential)
    const { client_secret: _, client_secret_expires_at: __, ...rest } = of
    const response = await managing(server, 'get', of)
    expect(informationIn(response, 200)).toEqual(rest)
    expect(response.headers['cache-control']).toBe('no-store')
  })

  it('RFC 7592 2.2: PUT replaces the metadata, and what is left out ends', async () => {
    const server = await at()
    const of = await registered(server, {
      ...confidential,
      client_name: 'Old',
      contacts: ['a@b.c'],
    })
    const uris = ['https://app.example/other']
    const { client_id } = of
    const response = await managing(server, 'put', of, { client_id, redirect_uris: uris })
    const information = informationIn(response, 200)
    expect(information).toMatchObject({ client_id, redirect_uris: uris })
    expect(information).not.toHaveProperty('client_name')
    expect(information).not.toHaveProperty('contacts')
    const { registration_access_token: token } = of
    expect(information.registration_access_token).toBe(token)
    const { registration_access_token: ___, ...shown } = informationIn(
      await managing(server, 'get', of),
      200,
    )
    expect(information).toMatchObject(shown)
    // The secret stays valid.
    await signIn(server, await asTestClient(server, { ...of, redirect_uris: uris }))
  })

  it('RFC 7592 2.3: DELETE removes the client, and ends its grants', async () => {
    const server = await at()
    const of = await registered(server)
    const heard: EventMap['client.deleted'][0][] = []
    server.oauth.events.on('client.deleted', (event) => heard.push(event))
    const { access_token } = await signIn(server, await asTestClient(server, of))
    const response = await managing(server, 'delete', of)
    expect([response.status, response.text]).toEqual([204, ''])
    expect(response.headers['cache-control']).toBe('no-store')
    expect((await me(server, access_token)).status).toBe(401)
    expect(refusal(await managing(server, 'get', of))).toEqual(invalidToken)
    expect(heard.map(({ clientId }) => clientId)).toEqual([of.client_id])
  })

  it('refuses the token of another client, a wrong one and an unknown client in the same way', async () => {
    const server = await at()
    const [mine, other] = [await registered(server), await registered(server)]
    const token = mine.registration_access_token
    const unknown = new URL(mine.registration_client_uri)
    unknown.searchParams.set('client_id', 'unknown')
    const answers = [
      { ...other, registration_access_token: token },
      { ...mine, registration_access_token: 'a'.repeat(64) },
      { ...mine, registration_client_uri: unknown.href },
      await ofAdministrator(server, mine),
    ]
    const responses = await Promise.all(
      answers.flatMap((of) => [
        managing(server, 'get', of),
        managing(server, 'put', of, replacing(of)),
        managing(server, 'delete', of),
      ]),
    )
    const seen = responses.map(({ status, text, headers }) => [
      status,
      text,
      headers['www-authenticate'],
    ])
    expect(seen[0]).toEqual([
      401,
      expect.stringContaining('"invalid_token"'),
      expect.stringMatching(/^Bearer error="invalid_token", error_description=/),
    ])
    expect(new Set(seen.map((one) => JSON.stringify(one))).size).toBe(1)
    expect(await server.store.getClient(other.client_id)).not.toBeNull()
  })

  it('refuses a request without a token, and an access token', async () => {
    const server = await at()
    const of = await registered(server)
    const { access_token } = await signIn(server, await asTestClient(server, of))
    const { pathname, search } = new URL(of.registration_client_uri)
    const response = await request(server.app).get(`${pathname}${search}`)
    expect(refusal(response)).toEqual(invalidToken)
    expect(response.headers['www-authenticate']).toMatch(/^Bearer /)
    const wrong = { ...of, registration_access_token: access_token }
    expect(refusal(await managing(server, 'get', wrong))).toEqual(invalidToken)
    // The registration access token opens nothing else.
    expect((await me(server, of.registration_access_token)).status).toBe(401)
  })

  it('refuses a token in the query, and a missing or repeated client_id', async () => {
    const server = await at()
    const of = await registered(server)
    const get = (query: string) =>
      request(server.app)
        .get(`/oauth/register${query}`)
        .set('Authorization', `Bearer ${of.registration_access_token}`)
    const id = `client_id=${of.client_id}`
    for (const query of ['', '?client_id=', `?${id}&${id}`, `?${id}&access_token=x`]) {
      expect(refusal(await get(query))).toEqual({ status: 400, error: 'invalid_request' })
    }
  })
})

/** A client that has not registered itself, with the token of one that has. */
async function ofAdministrator({ store }: Provider, of: Information): Promise<Information> {
  const { client } = await createClient(store, { redirectUris: ['https://app.example/callback'] })
  const uri = new URL(of.registration_client_uri)
  uri.searchParams.set('client_id', client.id)
  return { ...of, registration_client_uri: uri.href }
}

/** A server on Express. */
const inExpress = (differences: Differences = {}) =>
  provider(onExpress!, { registration, debug: false, ...differences })

/** Sends the registration back with changes. */
const put = async (server: Provider, of: Information, changes: object) =>
  managing(server, 'put', of, replacing(of, changes))

describe('PUT', () => {
  it.each([
    ['no client_id', { client_id: undefined }],
    ['another client_id', { client_id: 'other' }],
    ['a client_id that is no text', { client_id: [] }],
    ['registration_access_token', { registration_access_token: 'x' }],
    ['registration_client_uri', { registration_client_uri: null }],
    ['client_secret_expires_at', { client_secret_expires_at: 0 }],
    ['client_id_issued_at', { client_id_issued_at: 0 }],
    ['a secret of its own', { client_secret: 'a secret that the client chose' }],
    ['a secret that is no text', { client_secret: 7 }],
  ])('refuses %s', async (_what, changes) => {
    const server = await inExpress()
    const of = await registered(server, confidential)
    const response = await put(server, of, changes)
    expect(refusal(response)).toEqual({ status: 400, error: 'invalid_request' })
  })

  it('accepts the present secret, and returns it', async () => {
    const server = await inExpress()
    const of = await registered(server, confidential)
    const information = informationIn(await put(server, of, {}), 200)
    expect(information).toMatchObject({
      client_secret: of.client_secret,
      client_secret_expires_at: 0,
    })
  })

  it('refuses metadata that registration refuses, and changes nothing', async () => {
    const server = await inExpress()
    const of = await registered(server)
    const before = await server.store.getClient(of.client_id)
    const response = await put(server, of, { redirect_uris: ['javascript:alert(1)'] })
    expect(refusal(response)).toEqual({ status: 400, error: 'invalid_redirect_uri' })
    expect(await server.store.getClient(of.client_id)).toEqual(before)
  })

  it('never makes a public client confidential, or a confidential one public', async () => {
    const server = await inExpress()
    const refused = { status: 400, error: 'invalid_client_metadata' }
    const pub = await registered(server)
    const secret = await registered(server, confidential)
    const basic = { token_endpoint_auth_method: 'client_secret_basic' }
    expect(refusal(await put(server, pub, basic))).toEqual(refused)
    const none = { token_endpoint_auth_method: 'none', client_secret: undefined }
    expect(refusal(await put(server, secret, none))).toEqual(refused)
  })

  it('a client may change from a secret to keys, and not back', async () => {
    const server = await inExpress()
    const of = await registered(server, confidential)
    const { d: _, ...key } = newKey({ kid: 'a' })
    const keys = { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [key] } }
    const information = informationIn(await put(server, of, keys), 200)
    expect(information).not.toHaveProperty('client_secret')
    expect(await server.store.getClient(of.client_id)).toMatchObject({ secretHash: null })
    const back = { token_endpoint_auth_method: 'client_secret_basic', jwks: undefined }
    expect(refusal(await put(server, information, back))).toEqual({
      status: 400,
      error: 'invalid_client_metadata',
    })
  })

  it('keeps what an administrator has set', async () => {
    const server = await inExpress({ resources: ['https://api.example'] })
    const of = await registered(server, confidential)
    const set = {
      scopes: [],
      accessTokenLifetime: 60,
      refreshTokenLifetime: null,
      allowedResources: ['https://api.example'],
      metadata: { note: 'known' },
      userId: 'robot',
      requirePkce: true,
    }
    await updateClient(server.store, of.client_id, set)
    const information = informationIn(await put(server, of, { client_name: 'New' }), 200)
    expect(information).toMatchObject({ client_name: 'New', scope: '' })
    expect(await server.store.getClient(of.client_id)).toMatchObject({ ...set, name: 'New' })
  })

  it('keeps what another call changes at the same time', async () => {
    let once = true
    const server: Provider = await inExpress({
      through: (store) =>
        around(store, async ({ name, args, proceed }) => {
          if (name === 'updateClient' && once) {
            once = false
            const [{ id }] = args as [{ id: string }]
            await updateClient(store, id, { accessTokenLifetime: 60 })
          }
          return proceed()
        }),
    })
    const of = await registered(server)
    informationIn(await put(server, of, { client_name: 'New' }), 200)
    expect(await server.store.getClient(of.client_id)).toMatchObject({
      name: 'New',
      accessTokenLifetime: 60,
    })
  })

  it('does not bring back a client that is deleted at the same time', async () => {
    const server: Provider = await inExpress({
      through: (store) =>
        around(store, async ({ name, args, proceed }) => {
          if (name === 'updateClient') await store.deleteClient((args[0] as { id: string }).id)
          return proceed()
        }),
    })
    const of = await registered(server)
    expect(refusal(await put(server, of, {}))).toEqual(invalidToken)
    expect(await server.store.getClient(of.client_id)).toBeNull()
  })

  it('many at once leave the state of one of them', async () => {
    const server = await inExpress()
    const of = await registered(server)
    const names = Array.from({ length: 8 }, (_, n) => `Name ${n}`)
    const answers = await Promise.all(
      names.map((client_name) => put(server, of, { client_name, software_version: client_name })),
    )
    expect(answers.map(({ status }) => status)).toEqual(names.map(() => 200))
    const { name, registration: texts } = (await server.store.getClient(of.client_id))!
    expect(names).toContain(name)
    expect(texts?.softwareVersion).toBe(name)
  })

  it('emits client.updated, and no event contains the token', async () => {
    const server = await inExpress()
    const of = await registered(server, { ...someMetadata })
    const heard: EventMap['client.updated'][0][] = []
    server.oauth.events.on('client.updated', (event) => heard.push(event))
    informationIn(await put(server, of, {}), 200)
    expect(heard.map(({ clientId }) => clientId)).toEqual([of.client_id])
  })
})
