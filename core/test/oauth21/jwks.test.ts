import oauthserver from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import request from 'supertest'
import { decodedJwt, newKey } from '../support/jwt'
import { expresses } from '../support/express'
import { layers } from '../support/layers'
import { until } from '../support/until'
import {
  type Differences,
  type Provider,
  askForToken,
  issuer,
  meOffline,
  provider,
  refusal,
  tokensOf,
} from '../support/provider'

const ownToken = { grant_type: 'client_credentials' }

/** The `kid` of a new token. */
async function kidOf(at: Provider): Promise<unknown> {
  const { access_token } = tokensOf(await askForToken(at, at.web, ownToken))
  return decodedJwt(access_token).header['kid']
}

/** The `kid` of each published key. */
async function publishedBy({ app }: Provider): Promise<unknown[]> {
  const { body } = await request(app).get('/oauth/jwks')
  return (body as { keys: { kid: string }[] }).keys.map(({ kid }) => kid)
}

async function metadataOf({ app }: Provider): Promise<Record<string, unknown>> {
  const { body } = await request(app).get('/.well-known/oauth-authorization-server')
  return body as Record<string, unknown>
}

describe.each(layers)('the endpoint jwks on $version', ({ layer }) => {
  const withKeys = (more: Differences = {}) =>
    provider({ layer }, { keys: [newKey({ kid: 'a' })], accessTokenFormat: 'jwt', ...more })

  it('publishes the public members of every key, and nothing else', async () => {
    const first = newKey({ kid: 'a' })
    const at = await withKeys({ keys: { keys: [first, newKey()] } })
    const { status, headers, body } = await request(at.app).get('/oauth/jwks')
    expect(status).toBe(200)
    expect(headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'public, max-age=300',
      'access-control-allow-origin': '*',
    })
    const [one, two] = body.keys
    const { kty, crv, x, y } = first
    expect(one).toEqual({ kty, crv, x, y, kid: 'a', alg: 'ES256', use: 'sig' })
    // RFC 7638
    expect(two.kid).toMatch(/^[\w-]{43}$/)
    expect(Object.keys(two).toSorted()).toEqual(Object.keys(one).toSorted())
  })

  it('answers HEAD and a preflight of any origin, and refuses other methods', async () => {
    const at = await withKeys()
    const head = await request(at.app).head('/oauth/jwks')
    expect([head.status, head.text]).toEqual([200, undefined])
    const preflight = await request(at.app)
      .options('/oauth/jwks')
      .set('Origin', 'https://any.example')
      .set('Access-Control-Request-Method', 'GET')
    expect(preflight.status).toBe(204)
    expect(preflight.headers['access-control-allow-origin']).toBe('*')
    const post = await request(at.app).post('/oauth/jwks')
    expect([post.status, post.headers['allow']]).toEqual([405, 'GET, HEAD'])
  })

  it('signs with the first key without exp, and publishes a key until its exp', async () => {
    const at = await withKeys({
      keys: [
        newKey({ kid: 'old', exp: 1_800_000_010 }),
        newKey({ kid: 'a' }),
        newKey({ kid: 'b' }),
      ],
    })
    expect(await kidOf(at)).toBe('a')
    expect(await publishedBy(at)).toEqual(['old', 'a', 'b'])
    at.clock.step(10_000)
    expect(await publishedBy(at)).toEqual(['a', 'b'])
  })

  it('follows a function: a new key signs within a minute, and is published at once', async () => {
    let kids = ['a']
    const made = new Map<string, ReturnType<typeof newKey>>()
    const keyOf = (kid: string) => made.get(kid) ?? made.set(kid, newKey({ kid })).get(kid)!
    let calls = 0
    const keys = async () => (calls++, kids.map(keyOf))
    const at = await withKeys({ keys })
    expect([await kidOf(at), await kidOf(at), calls]).toEqual(['a', 'a', 1])
    kids = ['b', 'a']
    at.clock.step(1000)
    expect(await publishedBy(at)).toEqual(['b', 'a'])
    kids = ['c', 'b', 'a']
    at.clock.step(59_999)
    expect(await kidOf(at)).toBe('b')
    at.clock.step(1)
    expect([await kidOf(at), calls]).toEqual(['c', 3])
  })

  it('keeps the last keys while the function fails, and reports it', async () => {
    const failure = new Error('the vault is sealed')
    let fails = false
    const keys = () => {
      if (fails) throw failure
      return [newKey({ kid: 'a' })]
    }
    const at = await withKeys({ keys })
    const failed: unknown[] = []
    at.oauth.events.on('keys.failed', ({ error }) => failed.push(error))
    const before = tokensOf(await askForToken(at, at.web, ownToken)).access_token
    fails = true
    at.clock.step(60_000)
    expect([await kidOf(at), await kidOf(at)]).toEqual(['a', 'a'])
    expect(failed).toEqual([failure])
    expect((await meOffline(at, before)).status).toBe(200)
    expect(await publishedBy(at)).toEqual(['a'])
    at.clock.step(60_000)
    expect([await kidOf(at), failed]).toEqual(['a', [failure, failure]])
  })

  it.each<[string, unknown, number]>([
    ['throws', () => Promise.reject(new Error('secret details')), 503],
    ['throws a fault', () => Promise.reject(new TypeError('secret details')), 500],
    ['returns nothing', () => undefined, 500],
    ['returns an empty list', () => [], 500],
    ['returns a public key', () => [{ ...newKey(), d: undefined }], 500],
  ])('is refused if the function %s at first', async (_what, keys, status) => {
    const causes: unknown[] = []
    const at = await withKeys({ keys: keys as () => [], debug: ({ cause }) => causes.push(cause) })
    const answer = await askForToken(at, at.web, ownToken)
    expect(answer.status).toBe(status)
    expect(answer.text).not.toContain('secret details')
    const { status: published, text } = await request(at.app).get('/oauth/jwks')
    expect(published).toBe(status)
    expect(text).not.toContain('secret details')
    expect(causes).toHaveLength(2)
    // A token is not refused because the server cannot check it.
    const offline = await meOffline(at, `${'e30.'.repeat(2)}AA`)
    expect(offline.status).toBe(status)
  })

  it('is called again after it failed at first', async () => {
    let calls = 0
    const keys = async () => {
      if (calls++ === 0) throw new Error('not yet')
      return [newKey({ kid: 'a' })]
    }
    const at = await withKeys({ keys, debug: () => {} })
    expect((await askForToken(at, at.web, ownToken)).status).toBe(503)
    expect(await kidOf(at)).toBe('a')
  })

  it('uses the last keys while the function hangs, and the new ones when it answers', async () => {
    let hangs = false
    const answers: ((keys: ReturnType<typeof newKey>[]) => void)[] = []
    let calls = 0
    const keys = () => {
      calls++
      if (!hangs) return [newKey({ kid: 'a' })]
      return new Promise<ReturnType<typeof newKey>[]>((resolve) => answers.push(resolve))
    }
    // A request that waited for the function would exceed the time of the test.
    const at = await withKeys({ keys, storeTimeout: 600_000 })
    const { access_token } = tokensOf(await askForToken(at, at.web, ownToken))
    hangs = true
    at.clock.step(60_000)
    expect(await kidOf(at)).toBe('a')
    expect((await meOffline(at, access_token)).status).toBe(200)
    expect(await publishedBy(at)).toEqual(['a'])
    expect(calls).toBe(2)
    for (const answer of answers) answer([newKey({ kid: 'b' })])
    await until(async () => (await kidOf(at)) === 'b')
    expect(calls).toBe(2)
  })

  it('does not make requests wait after a call that hung', async () => {
    let hangs = false
    const keys = () => (hangs ? new Promise<never>(() => {}) : [newKey({ kid: 'a' })])
    const at = await withKeys({ keys, storeTimeout: 1 })
    const failed: unknown[] = []
    at.oauth.events.on('keys.failed', ({ error }) => failed.push(error))
    await kidOf(at)
    hangs = true
    at.clock.step(60_000)
    expect(await kidOf(at)).toBe('a')
    await until(() => failed.length === 1)
    at.clock.step(60_000)
    expect([await kidOf(at), await publishedBy(at)]).toEqual(['a', ['a']])
    await until(() => failed.length === 2)
    expect(failed[0]).toMatchObject({ code: 'OAUTH2_KIT_TIMEOUT' })
  })

  it('is called once for requests at the same time, and has a time limit', async () => {
    let calls = 0
    const pending: (() => void)[] = []
    const keys = () =>
      new Promise<[ReturnType<typeof newKey>]>((resolve) => {
        calls++
        pending.push(() => resolve([newKey()]))
      })
    const slow = await withKeys({ keys, storeTimeout: 1, debug: () => {} })
    const answers = await Promise.all([
      askForToken(slow, slow.web, ownToken),
      askForToken(slow, slow.web, ownToken),
    ])
    expect(answers.map(({ status }) => status)).toEqual([503, 503])
    const at = await withKeys({ keys })
    calls = 0
    const both = [kidOf(at), kidOf(at), publishedBy(at)]
    await until(() => calls > 0)
    for (const resolve of pending) resolve()
    await Promise.all(both)
    expect(calls).toBe(1)
  })

  it('is in the metadata if the server has keys, and exists only then', async () => {
    const at = await withKeys()
    const found = await metadataOf(at)
    expect(found['jwks_uri']).toBe(`${issuer}/oauth/jwks`)
    const without = await provider({ layer })
    expect(await metadataOf(without)).not.toHaveProperty('jwks_uri')
    expect((await request(without.app).get('/oauth/jwks')).status).toBe(404)
  })
})

describe('jwks()', () => {
  it('needs the option keys, also by the option endpoints', () => {
    const oauth = oauthserver({ store: memoryStore(), issuer, grants: ['client_credentials'] })
    expect(() => oauth.jwks()).toThrow('"keys" is missing')
    expect(() => oauth.router({ endpoints: ['jwks'] })).toThrow('"keys" is missing')
  })

  it('has the public keys, for an app that mounts each endpoint itself', async () => {
    const at = await provider(expresses[0]!.express, { keys: [newKey({ kid: 'a' })] })
    expect(await publishedBy(at)).toEqual(['a'])
    expect(refusal(await request(at.app).put('/oauth/jwks')).status).toBe(405)
  })
})

it('a warning reports a function that fails, without its message, if nothing listens', async () => {
  const warnings = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
  try {
    let fails = false
    const keys = () => {
      if (fails) throw new Error('secret details')
      return [newKey()]
    }
    const at = await provider({ layer: layers[3]!.layer }, { keys, accessTokenFormat: 'jwt' })
    await kidOf(at)
    fails = true
    at.clock.step(60_000)
    await kidOf(at)
    const texts = warnings.mock.calls.map(([text]) => String(text))
    expect(texts).toContainEqual(expect.stringContaining('The function "keys" failed'))
    expect(JSON.stringify(warnings.mock.calls)).not.toContain('secret details')
  } finally {
    warnings.mockRestore()
  }
})
