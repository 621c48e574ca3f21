import { once } from 'node:events'
import { createClient, deleteClient } from '@oauth2-kit/core'
import request from 'supertest'
import { fetchJson } from '../../src/http/fetch-json'
import { asClient, signed, testKey } from '../support/assertions'
import { ProofKey, boundTokens } from '../support/dpop'
import { newKey } from '../support/jwt'
import { layers } from '../support/layers'
import { certificate, loopbackServer } from '../support/loopback-server'
import {
  type Differences,
  type Provider,
  type TestClient,
  about,
  askForToken,
  authorizationRequest,
  authorize,
  exchange,
  getCode,
  invalidGrant,
  issuer,
  me,
  provider,
  redirected,
  refresh,
  refusal,
  signIn,
  tokensOf,
} from '../support/provider'
import { recorder } from './around'

const url = 'https://client.example/app.json'
const redirectUri = 'https://client.example/callback'
const invalidClient = { status: 401, error: 'invalid_client' }
const invalidScope = { status: 400, error: 'invalid_scope' }
const unavailable = { status: 503, error: 'temporarily_unavailable' }

type Document = Record<string, unknown>

/** A provider that accepts clients with documents, and the documents on the web. */
async function withDocuments(
  layer: (typeof layers)[0]['layer'],
  members: Document = {},
  differences: Differences = {},
) {
  const document: Document = {
    client_id: url,
    client_name: 'Album',
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'none',
    ...members,
  }
  const web = new Map<string, () => Response | Promise<Response>>()
  web.set(url, () => Response.json(document))
  const fetched: string[] = []
  const { clientMetadata, ...others } = differences
  const at = await provider(
    { layer },
    {
      debug: false,
      ...others,
      clientMetadata: {
        scopes: ['profile', 'email'],
        fetch: async (one) => {
          fetched.push(one)
          return web.get(one)?.() ?? new Response('', { status: 404 })
        },
        ...clientMetadata,
      },
    },
  )
  return { at, document, web, fetched, client: clientAt(url) }
}

/** The client with a document, for the functions that take a registered one. */
function clientAt(id: string): TestClient {
  return { id, secret: null, authMethod: 'none', redirectUri } as unknown as TestClient
}

describe.each(layers)('a client with a metadata document on $version', ({ layer }) => {
  it('gets tokens with PKCE, refreshes them and uses them', async () => {
    const { at, client, fetched } = await withDocuments(layer)
    const first = await signIn(at, client, { scope: 'profile' })
    expect(first.scope).toBe('profile')
    const next = tokensOf(await refresh(at, client, first.refresh_token))
    expect((await me(at, next.access_token)).body).toMatchObject({ user: { id: at.user.id } })
    expect(fetched).toEqual([url])
  })

  it('is nowhere but in its grants, which end as those of every client', async () => {
    const { at, client } = await withDocuments(layer)
    const { access_token, refresh_token } = await signIn(at, client)
    expect(await at.store.getClient(url)).toBeNull()
    expect(await at.store.listClients({ limit: 100 })).toHaveLength(3)
    const { grants } = await at.store.listGrants({ userId: at.user.id }, { limit: 10 })
    expect(grants.map(({ clientId }) => clientId)).toEqual([url])
    expect(await at.oauth.revokeGrants({ clientId: url })).toBe(1)
    expect((await me(at, access_token)).status).toBe(401)
    expect(refusal(await refresh(at, client, refresh_token))).toEqual(invalidGrant)
  })

  it('can revoke its own tokens, which others cannot', async () => {
    const { at, client, web } = await withDocuments(layer)
    const other = 'https://other.example/app.json'
    web.set(other, () => Response.json({ client_id: other, redirect_uris: [redirectUri] }))
    const { access_token, refresh_token } = await signIn(at, client)
    expect((await about('revoke', at, clientAt(other), refresh_token)).status).toBe(200)
    expect((await me(at, access_token)).status).toBe(200)
    expect((await about('revoke', at, client, refresh_token)).status).toBe(200)
    expect((await me(at, access_token)).status).toBe(401)
  })

  it('cannot introspect, but a resource server sees its tokens', async () => {
    const { at, client } = await withDocuments(layer)
    const { access_token } = await signIn(at, client)
    expect((await about('introspect', at, client, access_token)).status).toBe(401)
    const { client: api, secret } = await createClient(at.store, {
      grantTypes: ['client_credentials'],
      introspectsAll: true,
    })
    const { body } = await about('introspect', at, { ...api, secret, redirectUri }, access_token)
    expect(body).toMatchObject({ active: true, client_id: url, sub: at.user.id })
  })

  it('is named in the metadata, which says that there may be such clients', async () => {
    const { at } = await withDocuments(layer)
    const path = '/.well-known/oauth-authorization-server'
    expect((await request(at.app).get(path)).body).toMatchObject({
      client_id_metadata_document_supported: true,
    })
    const without = await provider({ layer })
    const { body } = await request(without.app).get(path)
    expect(body).not.toHaveProperty('client_id_metadata_document_supported')
  })

  it('is unknown without the option, and nothing is fetched', async () => {
    const at = await provider({ layer })
    const { parameters } = authorizationRequest(clientAt(url))
    expect(refusal(await authorize(at, parameters))).toEqual({
      status: 400,
      error: 'invalid_request',
    })
    expect(refusal(await refresh(at, clientAt(url), 'token'))).toEqual(invalidClient)
  })

  it('whose document is refused gets an error page, never a redirect', async () => {
    const { at, client, document } = await withDocuments(layer)
    document['redirect_uris'] = ['http://client.example/callback']
    const { parameters } = authorizationRequest(client)
    const answer = await authorize(at, parameters)
    expect(answer.status).toBe(400)
    expect(answer.headers).not.toHaveProperty('location')
    expect(answer.body).toEqual({
      error: 'invalid_request',
      error_description: expect.stringMatching(
        /^The client_id is refused: 'redirect_uris' has .* neither https nor loopback$/,
      ) as string,
    })
  })

  it('whose document is refused gets a 401 at the token endpoint, with the reason', async () => {
    const { at, client, document } = await withDocuments(layer, { client_id: `${url}?other` })
    const reasons: unknown[] = []
    at.oauth.events.on('client.authentication_failed', (event) => reasons.push(event))
    const failed = once(at.oauth.events, 'client_metadata.failed')
    const answer = await refresh(at, client, 'token')
    expect(refusal(answer)).toEqual(invalidClient)
    expect(answer.headers['www-authenticate']).toBe('Basic realm="Service"')
    expect(reasons).toMatchObject([{ clientId: url, reason: answer.body.error_description }])
    expect(await failed).toMatchObject([{ url, error: { code: 'OAUTH2_KIT_FETCH' } }])
    expect(document['client_id']).not.toBe(url)
  })

  it('keeps its refresh token while its server is away', async () => {
    const { at, client, web, document } = await withDocuments(layer)
    const { refresh_token } = await signIn(at, client)
    web.set(url, () => Promise.reject(new TypeError('fetch failed')))
    // Beyond the time in which an expired document is used.
    at.clock.step(2 * 3600 * 1000)
    const serverErrors = jest.fn()
    at.oauth.events.on('server.error', serverErrors)
    const answer = await refresh(at, client, refresh_token)
    expect(refusal(answer)).toEqual(unavailable)
    expect(answer.headers['retry-after']).toBe('10')
    expect(serverErrors).not.toHaveBeenCalled()
    const { parameters } = authorizationRequest(client)
    expect(refusal(await authorize(at, parameters))).toEqual(unavailable)
    web.set(url, () => Response.json(document))
    at.clock.step(10_000)
    expect((await refresh(at, client, refresh_token)).status).toBe(200)
  })
})

const [{ layer: express4 }, { layer: express5 }] = layers as [
  (typeof layers)[0],
  (typeof layers)[0],
]

describe('a client with a metadata document', () => {
  it('needs PKCE and a registered redirect URI', async () => {
    const { at, client } = await withDocuments(express5)
    const { parameters } = authorizationRequest(client, {
      code_challenge: undefined,
      code_challenge_method: undefined,
    })
    const invalid = { status: 400, error: 'invalid_request' }
    expect(refusal(await authorize(at, parameters))).toEqual(invalid)
    const other = authorizationRequest(client, { redirect_uri: `${redirectUri}/other` })
    expect(refusal(await authorize(at, other.parameters))).toEqual(invalid)
    const code = await getCode(at, client)
    const answer = await exchange(at, client, code, { code_verifier: 'x'.repeat(43) })
    expect(refusal(answer)).toEqual(invalidGrant)
  })

  it('may use any port of its loopback redirect URI, and is asked for consent each time', async () => {
    const uris = ['http://127.0.0.1/callback', 'http://localhost:3000/callback']
    const granted: string[][] = []
    const { at, client } = await withDocuments(
      express5,
      { redirect_uris: uris },
      {
        decider: {
          authenticate: () => ({ id: 'user-1' }),
          consent: async (_request, _response, asked) => {
            granted.push(await asked.granted())
            return true
          },
        },
      },
    )
    for (const port of ['1234', '5678']) {
      const native = { ...client, redirectUri: `http://127.0.0.1:${port}/callback` }
      expect((await signIn(at, native)).access_token).toEqual(expect.any(String))
    }
    expect(granted).toEqual([[], []])
    const { parameters } = authorizationRequest({
      ...client,
      redirectUri: 'http://localhost:1234/callback',
    })
    expect((await authorize(at, parameters)).status).toBe(400)
  })

  it('is remembered for an https redirect URI', async () => {
    const granted: string[][] = []
    const decider: Differences['decider'] = {
      authenticate: () => ({ id: 'user-1' }),
      consent: async (_request, _response, asked) => {
        granted.push(await asked.granted())
        return true
      },
    }
    const { at, client } = await withDocuments(express5, {}, { decider })
    await signIn(at, client)
    await signIn(at, client)
    expect(granted).toEqual([[], ['profile', 'email']])
  })

  it('RFC 9700 4.11.2: cannot use the server as an open redirector', async () => {
    const [signedOut, noConsent] = [() => null, () => ({ id: 'user-1' })]
    for (const [authenticate, error] of [
      [signedOut, 'login_required'],
      [noConsent, 'consent_required'],
    ] as const) {
      const decider = { authenticate, consent: () => null }
      const { at, client } = await withDocuments(express5, {}, { decider })
      for (const [wrong, code] of [
        [{}, error],
        [{ response_type: 'token' }, 'unsupported_response_type'],
      ] as const) {
        const { parameters } = authorizationRequest(client, { prompt: 'none', ...wrong })
        const answer = await authorize(at, parameters)
        expect(answer.headers).not.toHaveProperty('location')
        expect(answer.body).toMatchObject({ error: code })
      }
      // A client that you have registered gets its answer.
      const { parameters } = authorizationRequest(at.spa, { prompt: 'none' })
      expect(redirected(await authorize(at, parameters))).toMatchObject({ error })
    }
  })

  it('RFC 9700 4.11.2: a link with a wrong request redirects no signed-in user', async () => {
    for (const authenticate of [() => null, () => ({ id: 'user-1' })]) {
      const decider = { authenticate, consent: () => null }
      const { at, client } = await withDocuments(express5, {}, { decider })
      for (const wrong of [
        { scope: 'unknown' },
        { response_type: 'token' },
        { prompt: 'none login' },
        { prompt: 'none none' },
        { code_challenge: '' },
      ]) {
        const { parameters } = authorizationRequest(client, wrong)
        const answer = await authorize(at, parameters)
        expect([wrong, answer.status]).toEqual([wrong, 400])
        expect(answer.headers).not.toHaveProperty('location')
      }
    }
  })

  it('gets a code without a page if its user has allowed it before', async () => {
    const { at, client } = await withDocuments(express5)
    const { parameters } = authorizationRequest(client, { prompt: 'none' })
    expect(redirected(await authorize(at, parameters))).toHaveProperty('code')
  })

  it('is shown to the pages with its own words and the URL of its document', async () => {
    const shown: unknown[] = []
    const members = { logo_uri: 'https://client.example/logo.png', client_uri: url }
    const { at, client } = await withDocuments(express5, members, {
      decider: {
        authenticate: () => ({ id: 'user-1' }),
        consent: (_request, _response, asked) => {
          shown.push(asked.client)
          return true
        },
      },
    })
    await signIn(at, client)
    expect(shown).toEqual([
      {
        id: url,
        name: 'Album',
        type: 'public',
        authMethod: 'none',
        requirePkce: true,
        grantTypes: ['authorization_code', 'refresh_token'],
        redirectUris: [redirectUri],
        scopes: ['profile', 'email'],
        registration: {
          method: 'document',
          issuedAt: at.clock.at,
          clientUri: url,
          logoUri: 'https://client.example/logo.png',
        },
      },
    ])
  })

  it('stays as its document says if a hook changes the object that it receives', async () => {
    const other = 'https://evil.example/callback'
    const { at, client } = await withDocuments(
      express5,
      {},
      {
        scopes: ({ client: one, scopes }) => {
          one.redirectUris.push(other)
          one.scopes?.push('admin')
          one.grantTypes.push('client_credentials')
          one.registration!.method = 'dynamic'
          return scopes
        },
        decider: {
          authenticate: (_request, _response, asked) => {
            asked.client.redirectUris.push(other)
            return { id: 'user-1' }
          },
          consent: (_request, _response, asked) => {
            asked.client.redirectUris.push(other)
            return true
          },
        },
      },
    )
    await signIn(at, client)
    const { parameters } = authorizationRequest({ ...client, redirectUri: other })
    expect((await authorize(at, parameters)).status).toBe(400)
    const wider = authorizationRequest(client, { scope: 'admin' })
    expect(refusal(await authorize(at, wider.parameters))).toEqual(invalidScope)
  })

  it('may request only the scopes of the option', async () => {
    const { at, client } = await withDocuments(express5, { scope: 'profile admin' })
    const { parameters } = authorizationRequest(client, { scope: 'admin' })
    expect(refusal(await authorize(at, parameters))).toEqual(invalidScope)
    expect((await signIn(at, client)).scope).toBe('profile email')
  })

  it.each(['client_credentials', 'password'])('cannot use the grant type %s', async (name) => {
    const { at, client } = await withDocuments(
      express5,
      { grant_types: ['authorization_code', name] },
      { grants: ['authorization_code', name] },
    )
    const form = { grant_type: name, username: 'a', password: 'b' }
    expect(refusal(await askForToken(at, client, form))).toEqual({
      status: 400,
      error: 'unauthorized_client',
    })
  })

  it('gets no refresh token unless its document names the grant type', async () => {
    const { at, client } = await withDocuments(express5, { grant_types: ['authorization_code'] })
    expect(await signIn(at, client)).not.toHaveProperty('refresh_token')
  })

  it('is refused with a secret', async () => {
    const { at, client } = await withDocuments(express5)
    for (const authMethod of ['client_secret_post', 'client_secret_basic'] as const) {
      const answer = await refresh(at, { ...client, authMethod, secret: 'secret' }, 'token')
      expect(refusal(answer)).toEqual(invalidClient)
    }
  })

  it('uses bound and signed tokens', async () => {
    const { at, client } = await withDocuments(
      express5,
      {},
      { keys: [newKey()], accessTokenFormat: 'jwt' },
    )
    const key = await ProofKey.make(at)
    const { code, verifier } = await getCode(at, client)
    const asking = askForToken(at, client, {
      grant_type: 'authorization_code',
      code,
      code_verifier: verifier,
      redirect_uri: redirectUri,
    })
    const { access_token } = boundTokens(await asking.set('DPoP', await key.proof()))
    const claims = JSON.parse(
      Buffer.from(access_token.split('.')[1]!, 'base64url').toString(),
    ) as object
    expect(claims).toMatchObject({ client_id: url, sub: at.user.id })
    expect((await key.me(at, access_token)).status).toBe(200)
  })

  describe('with private_key_jwt', () => {
    const key = testKey()
    const method = { token_endpoint_auth_method: 'private_key_jwt' }

    async function redeem(at: Provider, code: { code: string; verifier: string }, with_ = key) {
      const claims = { iss: url, sub: url, aud: issuer }
      const form = {
        grant_type: 'authorization_code',
        code: code.code,
        code_verifier: code.verifier,
        redirect_uri: redirectUri,
        ...asClient(await signed(with_, claims, at.clock.at)),
      }
      return request(at.app)
        .post('/oauth/token')
        .type('form')
        .send(new URLSearchParams(form).toString())
    }

    it('authenticates with the keys of its document', async () => {
      const { at, client } = await withDocuments(express5, {
        ...method,
        jwks: { keys: [key.publicKey] },
      })
      const code = await getCode(at, client)
      expect(refusal(await exchange(at, client, code))).toEqual(invalidClient)
      expect(refusal(await redeem(at, code, testKey()))).toEqual(invalidClient)
      expect((await redeem(at, code)).status).toBe(200)
    })

    it('authenticates with the keys at its jwks_uri', async () => {
      const jwksUri = 'https://client.example/jwks'
      const fetchJwks = jest.fn(async () => ({ keys: [key.publicKey] }))
      const { at, client } = await withDocuments(
        express5,
        { ...method, jwks_uri: jwksUri },
        { fetchJwks },
      )
      expect((await redeem(at, await getCode(at, client))).status).toBe(200)
      expect(fetchJwks.mock.calls).toEqual([[jwksUri]])
    })

    it('gets a 503 if its keys are away, which is not a failure of this server', async () => {
      const jwksUri = 'https://client.example/jwks'
      const { at, client } = await withDocuments(
        express5,
        { ...method, jwks_uri: jwksUri },
        { fetchJwks: () => Promise.reject(new Error('down')) },
      )
      const serverErrors = jest.fn()
      at.oauth.events.on('server.error', serverErrors)
      const failed = once(at.oauth.events, 'jwks.failed')
      expect(refusal(await redeem(at, await getCode(at, client)))).toEqual(unavailable)
      expect(await failed).toMatchObject([{ url: jwksUri }])
      expect(serverErrors).not.toHaveBeenCalled()
    })

    it('accepts each assertion once', async () => {
      const { at, client } = await withDocuments(express5, {
        ...method,
        jwks: { keys: [key.publicKey] },
      })
      const [first, second] = [await getCode(at, client), await getCode(at, client)]
      const claims = { iss: url, sub: url, aud: issuer, jti: 'once' }
      const assertion = asClient(await signed(key, claims, at.clock.at))
      const ask = async ({ code, verifier }: typeof first) =>
        request(at.app)
          .post('/oauth/token')
          .type('form')
          .send(
            new URLSearchParams({
              grant_type: 'authorization_code',
              code,
              code_verifier: verifier,
              redirect_uri: redirectUri,
              ...assertion,
            }).toString(),
          )
      expect((await ask(first)).status).toBe(200)
      expect(refusal(await ask(second))).toEqual(invalidClient)
    })

    it('no longer works without its key once its document has named one', async () => {
      const { at, client, document } = await withDocuments(express5)
      const { refresh_token } = await signIn(at, client)
      Object.assign(document, method, { jwks: { keys: [key.publicKey] } })
      at.clock.step(300_000)
      expect(refusal(await refresh(at, client, refresh_token))).toEqual(invalidClient)
    })
  })

  it('that you have registered under its URL is the registered one, at once', async () => {
    const { at, client, fetched } = await withDocuments(express5)
    const { refresh_token } = await signIn(at, client)
    const { secret } = await createClient(at.store, {
      id: url,
      authMethod: 'client_secret_post',
      redirectUris: ['https://client.example/registered'],
      scopes: ['profile'],
    })
    expect(refusal(await refresh(at, client, refresh_token))).toEqual(invalidClient)
    const registered = {
      ...client,
      secret,
      authMethod: 'client_secret_post' as const,
      redirectUri: 'https://client.example/registered',
    }
    expect((await signIn(at, registered)).access_token).toEqual(expect.any(String))
    expect(fetched).toHaveLength(1)
    // Then its document counts again. Its grants have ended.
    expect(await deleteClient(at.store, url)).toBe(true)
    expect(refusal(await refresh(at, client, refresh_token))).toEqual(invalidGrant)
    expect((await signIn(at, client)).access_token).toEqual(expect.any(String))
  })

  it('costs the store as many calls as a registered one', async () => {
    const { calls, through } = recorder()
    const { at, client } = await withDocuments(express5, {}, { through })
    const code = await getCode(at, client)
    expect(calls.map(({ name }) => name)).toEqual(['getClient', 'issue'])
    calls.length = 0
    tokensOf(await exchange(at, client, code))
    expect(calls.map(({ name }) => name).toSorted()).toEqual(['find', 'getClient', 'redeem'])
  })

  it('is served by two servers on one store, which share nothing but grants', async () => {
    const one = await withDocuments(express5)
    const two = await withDocuments(express4, {}, { through: () => one.at.store })
    const code = await getCode(one.at, one.client)
    const tokens = tokensOf(await exchange(two.at, two.client, code))
    expect((await me(one.at, tokens.access_token)).status).toBe(200)
    expect((await refresh(one.at, one.client, tokens.refresh_token)).status).toBe(200)
    expect([one.fetched, two.fetched]).toEqual([[url], [url]])
  })

  it('is refused by "allow" at once, also with tokens', async () => {
    const hosts = new Set(['client.example'])
    const { at, client } = await withDocuments(
      express5,
      {},
      { clientMetadata: { scopes: null, allow: ({ hostname }) => hosts.has(hostname) } },
    )
    const { refresh_token } = await signIn(at, client, { scope: 'profile' })
    hosts.clear()
    expect(refusal(await refresh(at, client, refresh_token))).toEqual(invalidClient)
    const { parameters } = authorizationRequest(client)
    expect((await authorize(at, parameters)).body).toEqual({
      error: 'invalid_request',
      error_description: 'The client may not use this server',
    })
    hosts.add('client.example')
    expect((await refresh(at, client, refresh_token)).status).toBe(200)
  })

  it('gets a 500 if "allow" returns something else than true or false', async () => {
    const { at, client, fetched } = await withDocuments(
      express5,
      {},
      { clientMetadata: { scopes: null, allow: () => 'yes' as unknown as boolean } },
    )
    const { parameters } = authorizationRequest(client)
    expect((await authorize(at, parameters)).status).toBe(500)
    expect(fetched).toEqual([])
  })

  it('is fetched over https, from the addresses that were checked', async () => {
    let document: object = {}
    await using server = await loopbackServer((_request, response) => {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(document))
    })
    const id = `https://keys.example:${server.port}/app.json`
    document = { client_id: id, redirect_uris: [redirectUri] }
    const network = {
      ca: certificate,
      isAllowed: () => true,
      resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    }
    const rules = { timeoutMs: 60_000, longestBytes: 5120, network }
    const { at } = await withDocuments(
      express5,
      {},
      {
        clientMetadata: {
          scopes: null,
          fetch: async (one) => Response.json((await fetchJson(one, rules)).value),
        },
      },
    )
    expect((await signIn(at, clientAt(id), { scope: 'profile' })).scope).toBe('profile')
    expect(server.requests).toEqual(['/app.json'])
  })

  it.each([
    '127.0.0.1',
    '[::1]',
    '[::ffff:7f00:1]',
    '[64:ff9b::7f00:1]',
    '10.0.0.1',
    'a.localhost',
  ])('is refused at the address %s, by the built-in client', async (host) => {
    await using server = await loopbackServer((_request, response) => void response.end('{}'))
    const { at } = await withDocuments(
      express5,
      {},
      { clientMetadata: { scopes: null, fetch: undefined } },
    )
    const { parameters } = authorizationRequest(clientAt(`https://${host}:${server.port}/app`))
    const answer = await authorize(at, parameters)
    expect(answer.status).toBe(400)
    expect(answer.body).toMatchObject({
      error_description: expect.stringContaining('is not public') as string,
    })
    expect(server.requests).toEqual([])
  })
})
