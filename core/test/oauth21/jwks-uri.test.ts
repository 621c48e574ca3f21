import { once } from 'node:events'
import { createClient } from '@oauth2-kit/core'
import request from 'supertest'
import { asClient, signed, testKey } from '../support/assertions'
import { layers } from '../support/layers'
import { issuer, provider, refusal, register } from '../support/provider'
import { until } from '../support/until'

const [onLayer] = layers as [(typeof layers)[0]]
const jwksUri = 'https://client.example/jwks'
const unavailable = { status: 503, error: 'temporarily_unavailable' }
const invalidClient = { status: 401, error: 'invalid_client' }

/** A provider that fetches the keys of a client by `fetchJwks`. */
async function withJwksUri(fetchJwks: (url: string) => unknown, options: object = {}) {
  const at = await provider(onLayer, {
    debug: false,
    fetchJwks: async (url: string) => fetchJwks(url),
    ...options,
  })
  const { id } = await register(at.store, {
    grantTypes: ['client_credentials'],
    authMethod: 'private_key_jwt',
    jwksUri,
  })
  const ask = async (key = testKey(), clientId = id) => {
    const claims = { iss: clientId, sub: clientId, aud: issuer }
    const assertion = await signed(key, claims, at.clock.at)
    const form = { grant_type: 'client_credentials', ...asClient(assertion) }
    return request(at.app)
      .post('/oauth/token')
      .type('form')
      .send(new URLSearchParams(form).toString())
  }
  return { at, ask }
}

describe('a client with a jwksUri', () => {
  it('is authenticated by the keys there, which are fetched once', async () => {
    const key = testKey()
    const fetchJwks = jest.fn(() => ({ keys: [key.publicKey] }))
    const { ask } = await withJwksUri(fetchJwks)
    for (const answer of await Promise.all([ask(key), ask(key), ask(key)]))
      expect(answer.status).toBe(200)
    expect((await ask(key)).status).toBe(200)
    expect(fetchJwks.mock.calls).toEqual([[jwksUri]])
  })

  it('may publish a new key and use it after 30 seconds', async () => {
    const [old, next] = [testKey(), testKey()]
    const keys = [old.publicKey]
    const { at, ask } = await withJwksUri(() => ({ keys: [...keys] }))
    expect((await ask(old)).status).toBe(200)
    keys.push(next.publicKey)
    expect(refusal(await ask(next))).toEqual(invalidClient)
    at.clock.step(30_000)
    expect((await ask(next)).status).toBe(200)
    expect((await ask(old)).status).toBe(200)
  })

  it('that publishes no key any more is refused once the set was fetched again', async () => {
    const key = testKey()
    const keys = [key.publicKey]
    const { at, ask } = await withJwksUri(() => ({ keys: [...keys] }))
    expect((await ask(key)).status).toBe(200)
    keys.pop()
    at.clock.step(300_000)
    expect((await ask(key)).status).toBe(200)
    expect(refusal(await ask(key))).toEqual(invalidClient)
  })

  it.each<[string, () => unknown]>([
    ['fails', () => Promise.reject(new Error('connect ECONNREFUSED 10.0.0.1'))],
    [
      'throws a TypeError',
      () => {
        throw new TypeError('fetch failed')
      },
    ],
    ['resolves with no set of keys', () => ({})],
    ['resolves with undefined', () => undefined],
    ['resolves with a Response', () => Response.json({ keys: [] })],
    ['resolves with a private key', () => ({ keys: [testKey().privateKey] })],
    ['resolves with a symmetric key', () => ({ keys: [{ kty: 'oct', k: 'AAAA' }] })],
  ])(
    'gets a 503 if its URL %s, which an event reports without the response',
    async (_w, fetchJwks) => {
      const { at, ask } = await withJwksUri(fetchJwks)
      const failed = once(at.oauth.events, 'jwks.failed')
      const refused = jest.fn()
      at.oauth.events.on('client.authentication_failed', refused)
      const answer = await ask()
      expect(refusal(answer)).toEqual(unavailable)
      expect(answer.headers['retry-after']).toBe('1')
      expect(answer.body).toHaveProperty(
        'error_description',
        'The keys of the client at its jwks_uri cannot be fetched: try again',
      )
      expect(refused).not.toHaveBeenCalled()
      const error = expect.objectContaining({
        code: 'OAUTH2_KIT_FETCH',
        message: expect.stringContaining(jwksUri) as string,
      }) as unknown
      expect(await failed).toEqual([{ url: jwksUri, error }])
    },
  )

  it('gets a 503 after the timeout if its URL does not answer', async () => {
    const { ask } = await withJwksUri(() => new Promise(() => {}), { storeTimeout: 50 })
    expect(refusal(await ask())).toEqual(unavailable)
  })

  it('whose URL fails costs one fetch in 30 seconds', async () => {
    const fetchJwks = jest.fn(() => Promise.reject(new Error('down')))
    const { at, ask } = await withJwksUri(fetchJwks)
    await Promise.all(Array.from({ length: 5 }, () => ask()))
    await ask()
    expect(fetchJwks).toHaveBeenCalledTimes(1)
    at.clock.step(30_000)
    await ask()
    expect(fetchJwks).toHaveBeenCalledTimes(2)
  })

  it('with a private address gets a 503, without a connection', async () => {
    const { at } = await withJwksUri(() => undefined, { fetchJwks: undefined })
    const { id } = await register(at.store, {
      grantTypes: ['client_credentials'],
      authMethod: 'private_key_jwt',
      jwksUri: 'https://127.0.0.1:1/jwks',
    })
    const failed = once(at.oauth.events, 'jwks.failed')
    const claims = { iss: id, sub: id, aud: issuer }
    const form = {
      grant_type: 'client_credentials',
      ...asClient(await signed(testKey(), claims, at.clock.at)),
    }
    const answer = await request(at.app)
      .post('/oauth/token')
      .type('form')
      .send(new URLSearchParams(form).toString())
    expect(refusal(answer)).toEqual(unavailable)
    const error = expect.objectContaining({
      message: expect.stringMatching(
        /https:\/\/127\.0\.0\.1:1\/jwks is not public.* fetchJwks/,
      ) as string,
    }) as unknown
    expect(await failed).toEqual([{ url: 'https://127.0.0.1:1/jwks', error }])
  })

  it('does not wait for the keys of clients that have registered themselves', async () => {
    const key = testKey()
    const asked: string[] = []
    const stop = new AbortController()
    const stuck = once(stop.signal, 'abort').then(() => Promise.reject(new Error('down')))
    const { at, ask } = await withJwksUri((url) => {
      asked.push(url)
      return url === jwksUri ? { keys: [key.publicKey] } : stuck
    })
    const reported = jest.fn()
    at.oauth.events.on('server.error', reported)
    // As many as may be fetched at once.
    const ids = Array.from({ length: 50 }, (_, index) => `self-${index}`)
    const { client } = await createClient(at.store, {
      grantTypes: ['client_credentials'],
      authMethod: 'private_key_jwt',
      jwksUri,
    })
    const waiting = ids.map(async (id) => {
      const registration = { method: 'dynamic', issuedAt: at.clock.at } as const
      const own = { id, jwksUri: `https://slow.example/${id}`, registration }
      await at.store.createClient({ ...client, ...own })
      return refusal(await ask(key, id))
    })
    const all = Promise.all(waiting)
    await until(() => asked.length === ids.length)
    expect((await ask(key)).status).toBe(200)
    stop.abort()
    expect(await all).toEqual(ids.map(() => unavailable))
    // Anybody can cause such a failure, so it is not one of this server.
    expect(reported).not.toHaveBeenCalled()
  })

  it('causes no fetch for a wrong assertion, another method or an unknown client', async () => {
    const fetchJwks = jest.fn(() => ({ keys: [] }))
    const { at, ask } = await withJwksUri(fetchJwks)
    for (const id of ['unknown', at.web.id, at.spa.id])
      expect(refusal(await ask(testKey(), id))).toEqual(invalidClient)
    const { id } = await register(at.store, {
      grantTypes: ['client_credentials'],
      authMethod: 'private_key_jwt',
      jwksUri: 'https://other.example/jwks',
    })
    const wrong = [{ aud: 'https://other.example' }, { sub: 'other' }, { exp: 1 }]
    for (const claims of wrong) {
      const assertion = await signed(
        testKey(),
        { iss: id, sub: id, aud: issuer, ...claims },
        at.clock.at,
      )
      const form = { grant_type: 'client_credentials', client_id: id, ...asClient(assertion) }
      const answer = await request(at.app)
        .post('/oauth/token')
        .type('form')
        .send(new URLSearchParams(form).toString())
      expect(refusal(answer)).toEqual(invalidClient)
    }
    expect(fetchJwks).not.toHaveBeenCalled()
  })
})
