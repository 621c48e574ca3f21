import type { MemoryStore } from '@oauth2-kit/memory'
import request from 'supertest'
import { sha256 } from '../../src/crypto/hash'
import type { App } from '../support/express'
import { layers } from '../support/layers'
import {
  type Parameters,
  type TestClient,
  askForToken,
  exchange,
  getCode,
  me,
  provider,
  refresh,
  refusal,
  register,
  signIn,
  tokensOf,
} from '../support/provider'
import { putClient } from '../support/records'

const invalidClient = { status: 401, error: 'invalid_client' }
const invalidRequest = { status: 400, error: 'invalid_request' }
const awkward = 'p%40ss:w+rd/&=%zz~!'

describe.each(layers)('client authentication on $version', ({ layer }) => {
  it.each([
    ['Basic', 'client_secret_basic'],
    ['the body', 'client_secret_post'],
  ] as const)('accepts the secret in %s of a client registered for it', async (_where, method) => {
    const at = await provider({ layer })
    const client = await register(at.store, { authMethod: method })
    expect(await signIn(at, client)).toMatchObject({ token_type: 'Bearer' })
  })

  it('security 12: a confidential client with a verifier but no secret is refused', async () => {
    const at = await provider({ layer })
    for (const client of [at.web, at.post]) {
      const code = await getCode(at, client)
      const asPublic = { ...client, secret: null, authMethod: 'none' as const }
      expect(refusal(await exchange(at, asPublic, code))).toEqual(invalidClient)
      tokensOf(await exchange(at, client, code))
    }
  })

  it.each(['client_secret_basic', 'client_secret_post'] as const)(
    'security 13: a public client that sends a secret by %s is refused',
    async (authMethod) => {
      const at = await provider({ layer })
      const code = await getCode(at, at.spa)
      const confidential = { ...at.spa, secret: 'a secret of its own', authMethod }
      expect(refusal(await exchange(at, confidential, code))).toEqual(invalidClient)
      tokensOf(await exchange(at, at.spa, code))
    },
  )

  it('security 13: a public client registered for client_credentials gets no token', async () => {
    const at = await provider({ layer })
    const { id } = at.spa
    const saved = { ...(await at.store.getClient(id))!, grantTypes: ['client_credentials'] }
    await putClient(at.store, saved)
    const answer = await askForToken(at, at.spa, { grant_type: 'client_credentials' })
    expect(refusal(answer)).toEqual({ status: 400, error: 'unauthorized_client' })
  })

  it('real clients 2: a public client may send an empty secret, in the body or Basic', async () => {
    const at = await provider({ layer })
    const inBody = await exchange(at, at.spa, await getCode(at, at.spa), { client_secret: '' })
    expect(inBody.status).toBe(200)
    const basic = { ...at.spa, authMethod: 'client_secret_basic' as const }
    expect((await exchange(at, basic, await getCode(at, at.spa))).status).toBe(200)
  })

  it.each([
    ['Basic', 'client_secret_basic', 'client_secret_post'],
    ['the body', 'client_secret_post', 'client_secret_basic'],
  ] as const)(
    'security 14: a client that registered %s must use it',
    async (_where, registered, used) => {
      const at = await provider({ layer })
      const client = await register(at.store, { authMethod: registered })
      const code = await getCode(at, client)
      const answer = await exchange(at, { ...client, authMethod: used }, code)
      expect(refusal(answer)).toEqual(invalidClient)
    },
  )

  it('security 14: Basic together with a secret in the body is invalid_request', async () => {
    const at = await provider({ layer })
    const form = { grant_type: 'client_credentials', client_secret: at.web.secret! }
    expect(refusal(await askForToken(at, at.web, form))).toEqual(invalidRequest)
  })

  it('real clients 2: client_id in the body must equal the one in Basic', async () => {
    const at = await provider({ layer })
    const form = { grant_type: 'client_credentials' }
    tokensOf(await askForToken(at, at.web, { ...form, client_id: at.web.id }))
    const different = await askForToken(at, at.web, { ...form, client_id: at.post.id })
    expect(refusal(different)).toEqual(invalidRequest)
  })

  it('real clients 2: refuses two different secrets', async () => {
    const at = await provider({ layer })
    const form = { grant_type: 'client_credentials', client_secret: 'another one' }
    expect(refusal(await askForToken(at, at.web, form))).toEqual(invalidRequest)
  })

  it.each([
    ['form-encoded, as in RFC 6749 2.3.1', encodeURIComponent(awkward)],
    ['form-encoded with + for a space', new URLSearchParams({ '': awkward }).toString().slice(1)],
    ['raw', awkward],
  ])('security 14, real clients 1: Basic credentials may be %s', async (_how, sent) => {
    const at = await provider({ layer })
    const client = await registerWithSecret(at.store, awkward)
    const form = { grant_type: 'client_credentials' }
    tokensOf(await askForToken(at, { ...client, secret: sent }, form))
    const wrong = await askForToken(at, { ...client, secret: `${sent}x` }, form)
    expect(refusal(wrong)).toEqual(invalidClient)
  })

  it('security 14: the decoded form of a secret is a different secret', async () => {
    const at = await provider({ layer })
    const client = await registerWithSecret(at.store, 'one%20secret', 'client_secret_post')
    const form = { grant_type: 'client_credentials', client_secret: 'one secret' }
    expect(refusal(await askForToken(at, client, form))).toEqual(invalidClient)
  })

  it.each<[string, (id: string, secret: string) => string]>([
    ['two spaces after the scheme', (id, secret) => `Basic  ${base64(`${id}:${secret}`)}`],
    ['the scheme in lower case', (id, secret) => `basic ${base64(`${id}:${secret}`)}`],
    ['the scheme in upper case', (id, secret) => `BASIC ${base64(`${id}:${secret}`)}`],
  ])('accepts a Basic header with %s', async (_how, header) => {
    const at = await provider({ layer })
    const answer = await withHeader(at.app, header(at.web.id, at.web.secret!))
    expect(answer.status).toBe(200)
  })

  it.each<[string, Parameters]>([
    ['an unknown client', { client_id: 'nobody', client_secret: 'x' }],
    ['a wrong secret', { client_secret: 'wrong' }],
    ['no secret', { client_secret: undefined }],
    ['no client', { client_id: undefined, client_secret: undefined }],
    ['a client id with a space', { client_id: 'a b' }],
  ])('security 15: %s in the body is a 401 with a Basic challenge', async (_what, wrong) => {
    const at = await provider({ layer })
    const client = await register(at.store, {
      authMethod: 'client_secret_post',
      grantTypes: ['client_credentials'],
    })
    const answer = await askForToken(at, client, { grant_type: 'client_credentials', ...wrong })
    expect(refusal(answer)).toEqual(invalidClient)
    expect(answer.headers['www-authenticate']).toBe('Basic realm="Service"')
  })

  it.each([
    ['an unknown client', 'nobody:x'],
    ['an unknown client without a secret', 'nobody:'],
    ['a client id with a space', 'a b:x'],
  ])('security 15: %s by Basic is a 401 with a Basic challenge', async (_what, credentials) => {
    const at = await provider({ layer })
    const answer = await withHeader(at.app, `Basic ${base64(credentials)}`)
    expect(refusal(answer)).toEqual(invalidClient)
    expect(answer.headers['www-authenticate']).toMatch(/^Basic realm=/)
  })

  it('security 15: a wrong secret and an unknown client get the same response', async () => {
    const at = await provider({ layer })
    const wrong = await withHeader(at.app, `Basic ${base64(`${at.web.id}:wrong`)}`)
    const unknown = await withHeader(at.app, `Basic ${base64('nobody:wrong')}`)
    expect([wrong.status, wrong.text]).toEqual([unknown.status, unknown.text])
    expect(wrong.headers['www-authenticate']).toBe(unknown.headers['www-authenticate'])
  })

  it('real clients 3: consumes no code or refresh token if authentication fails', async () => {
    const at = await provider({ layer })
    const code = await getCode(at, at.post)
    const asBasic = { ...at.post, authMethod: 'client_secret_basic' as const }
    expect(refusal(await exchange(at, asBasic, code))).toEqual(invalidClient)
    const { access_token, refresh_token } = tokensOf(await exchange(at, at.post, code))
    const first = await refresh(at, { ...asBasic }, refresh_token)
    expect(refusal(first)).toEqual(invalidClient)
    tokensOf(await refresh(at, at.post, refresh_token))
    expect((await me(at, access_token)).status).toBe(200)
  })
})

/** Registers a client whose secret is hashed with SHA-256, like a generated secret. */
async function registerWithSecret(
  store: MemoryStore,
  secret: string,
  authMethod: TestClient['authMethod'] = 'client_secret_basic',
): Promise<TestClient> {
  const options = { grantTypes: ['client_credentials'], authMethod }
  const { redirectUri, secret: _, ...client } = await register(store, options)
  await putClient(store, { ...client, secretHash: sha256(secret) })
  return { ...client, redirectUri, secret }
}

function withHeader(app: App, authorization: string) {
  return request(app)
    .post('/oauth/token')
    .set('Authorization', authorization)
    .type('form')
    .send({ grant_type: 'client_credentials' })
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
