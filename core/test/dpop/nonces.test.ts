import { ProofKey, boundTokens, meUrl } from '../support/dpop'
import { layers } from '../support/layers'
import {
  type Provider,
  askForToken,
  exchange,
  getCode,
  me,
  provider,
  refresh,
  refusal,
  signIn,
} from '../support/provider'

const secrets = ['a'.repeat(32), 'b'.repeat(32)] as const
const ownToken = { grant_type: 'client_credentials' }
const useNonce = { error: 'use_dpop_nonce' }

async function withNonces(
  layer: (typeof layers)[number]['layer'],
  nonceSecret: string | readonly string[] = secrets[0],
  differences = {},
) {
  const at = await provider({ layer }, { dpop: { nonceSecret }, ...differences })
  const key = await ProofKey.make(at)
  const { headers } = await askForToken(at, at.web, ownToken).set('DPoP', await key.proof())
  return { at, key, nonce: headers['dpop-nonce'] as string }
}

async function signInWith(at: Provider, key: ProofKey, nonce: string) {
  const answer = exchange(at, at.spa, await getCode(at, at.spa))
  return boundTokens(await answer.set('DPoP', await key.proof({ nonce })))
}

describe.each(layers)('the nonces of the server on $version', ({ layer }) => {
  it('RFC 9449 8: are needed at the token endpoint, where every response has one', async () => {
    const { at, key } = await withNonces(layer)
    const first = await askForToken(at, at.web, ownToken).set('DPoP', await key.proof())
    expect(refusal(first)).toEqual({ status: 400, ...useNonce })
    const nonce = first.headers['dpop-nonce'] as string
    const proof = await key.proof({ nonce })
    const second = await askForToken(at, at.web, ownToken).set('DPoP', proof)
    boundTokens(second)
    expect(second.headers['dpop-nonce']).toBe(nonce)
  })

  it('RFC 9449 9: are needed at a resource, where every response has one', async () => {
    const { at, key, nonce } = await withNonces(layer)
    const { access_token } = await signInWith(at, key, nonce)
    const first = await key.me(at, access_token)
    expect(refusal(first)).toEqual({ status: 401, ...useNonce })
    expect(first.headers['www-authenticate']).toMatch(/^DPoP error="use_dpop_nonce", .*algs="ES256/)
    expect(first.headers['access-control-expose-headers']).toMatch(/\bDPoP-Nonce\b/)
    expect(first.headers['access-control-expose-headers']).toMatch(/\bWWW-Authenticate\b/)
    const second = await key.me(at, access_token, { nonce: first.headers['dpop-nonce'] as string })
    expect(second.status).toBe(200)
    expect(second.headers).toMatchObject({ 'dpop-nonce': nonce, 'cache-control': 'no-store' })
  })

  it('are accepted for four minutes, and no longer than five', async () => {
    const { at, key, nonce } = await withNonces(layer)
    const { access_token } = await signInWith(at, key, nonce)
    for (const [step, status] of [
      [0, 200],
      [239_000, 200],
      [61_000, 401],
    ] as const) {
      at.clock.step(step)
      expect((await key.me(at, access_token, { nonce })).status).toBe(status)
    }
  })

  it('change every minute', async () => {
    const { at, key, nonce } = await withNonces(layer)
    at.clock.step(60_000)
    const { headers } = await askForToken(at, at.web, ownToken).set('DPoP', await key.proof())
    expect(headers['dpop-nonce']).not.toBe(nonce)
  })

  it.each(['x', '1.x', '', `30000000.${'a'.repeat(43)}`, 7, null, ['x']])(
    'are not %j',
    async (wrong) => {
      const { at, key } = await withNonces(layer)
      const proof = await key.proof({ claims: { nonce: wrong } })
      const answer = await askForToken(at, at.web, ownToken).set('DPoP', proof)
      expect(refusal(answer)).toEqual({ status: 400, ...useNonce })
    },
  )

  it('RFC 9449 11.1: make the clock of the client irrelevant', async () => {
    const { at, key, nonce } = await withNonces(layer)
    for (const iat of [1, 9_999_999_999]) {
      const proof = await key.proof({ nonce, claims: { iat } })
      const answer = await askForToken(at, at.web, ownToken).set('DPoP', proof)
      expect(boundTokens(answer).token_type).toBe('DPoP')
    }
  })

  it('do not allow a proof to be used twice, for as long as the nonce is valid', async () => {
    const { at, key, nonce } = await withNonces(layer)
    const proof = await key.proof({ nonce })
    boundTokens(await askForToken(at, at.web, ownToken).set('DPoP', proof))
    for (const step of [0, 239_000]) {
      at.clock.step(step)
      const again = await askForToken(at, at.web, ownToken).set('DPoP', proof)
      expect(refusal(again)).toEqual({ status: 400, error: 'invalid_dpop_proof' })
    }
  })

  it('of a previous secret are accepted, and those of an unknown one are not', async () => {
    const { at, key, nonce } = await withNonces(layer)
    for (const [nonceSecret, status] of [
      [[secrets[1], secrets[0]], 200],
      [secrets[1], 400],
    ] as const) {
      const next = await provider({ layer }, { dpop: { nonceSecret }, now: at.clock.now })
      const proof = await key.proof({ nonce })
      const answer = await askForToken(next, next.web, ownToken).set('DPoP', proof)
      expect(answer.status).toBe(status)
      expect(answer.headers['dpop-nonce']).not.toBe(nonce)
    }
  })

  it('use nothing up if they are missing: a code, a refresh token and its retry', async () => {
    const { at, key, nonce } = await withNonces(layer)
    const code = await getCode(at, at.spa)
    const exchanged = async (with_: object) =>
      exchange(at, at.spa, code).set('DPoP', await key.proof(with_))
    expect(refusal(await exchanged({}))).toEqual({ status: 400, ...useNonce })
    const { refresh_token } = boundTokens(await exchanged({ nonce }))
    const refreshed = async (with_: object) =>
      refresh(at, at.spa, refresh_token).set('DPoP', await key.proof(with_))
    expect(refusal(await refreshed({}))).toEqual({ status: 400, ...useNonce })
    const first = boundTokens(await refreshed({ nonce }))
    expect(refusal(await refreshed({}))).toEqual({ status: 400, ...useNonce })
    expect((await refreshed({ nonce })).body).toEqual(first)
  })

  it('are not sent to a client that uses no DPoP', async () => {
    const { at } = await withNonces(layer)
    const token = await askForToken(at, at.web, ownToken)
    const resource = await me(at, (await signIn(at, at.spa)).access_token)
    for (const { status, headers } of [token, resource]) {
      expect(status).toBe(200)
      expect(headers).not.toHaveProperty('dpop-nonce')
    }
  })

  it('can be read by scripts of an allowed origin', async () => {
    const routes = { cors: ['https://app.example'] }
    const { at, key } = await withNonces(layer, secrets[0], { routes })
    const { headers } = await askForToken(at, at.web, ownToken)
      .set('DPoP', await key.proof())
      .set('Origin', 'https://app.example')
    expect(headers['access-control-expose-headers']).toMatch(/\bDPoP-Nonce\b/)
  })
})

describe('authenticate() with nonces', () => {
  it('returns the header for the response', async () => {
    const { at, key, nonce } = await withNonces(layers[0]!.layer)
    const { access_token: token } = await signInWith(at, key, nonce)
    const proof = await key.proof({ method: 'GET', url: meUrl, token, nonce })
    const headers = { Authorization: `DPoP ${token}`, DPoP: proof }
    const found = await at.oauth.authenticate(new Request(meUrl, { headers }))
    expect(found.headers).toMatchObject({ 'DPoP-Nonce': nonce, 'Cache-Control': 'no-store' })
  })
})
