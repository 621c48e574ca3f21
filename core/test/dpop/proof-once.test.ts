import { ProofKey, boundTokens, meUrl, meWith } from '../support/dpop'
import { layers } from '../support/layers'
import { recorder } from '../oauth21/around'
import {
  askForToken,
  exchange,
  getCode,
  invalidGrant,
  provider,
  refresh,
  refusal,
} from '../support/provider'

const ownToken = { grant_type: 'client_credentials' }
const usedAtToken = { status: 400, error: 'invalid_dpop_proof' }
const usedAtResource = { status: 401, error: 'invalid_dpop_proof' }

async function recorded(layer: (typeof layers)[number]['layer'], differences = {}) {
  const { calls, through } = recorder()
  const at = await provider({ layer }, { through, ...differences })
  const key = await ProofKey.make(at)
  const code = await getCode(at, at.spa)
  const answer = await exchange(at, at.spa, code).set('DPoP', await key.proof())
  const names = async (run: () => PromiseLike<unknown>) => {
    calls.length = 0
    await run()
    return calls.map(({ name }) => name)
  }
  return { at, key, tokens: boundTokens(answer), names }
}

describe.each(layers)('a DPoP proof is accepted once on $version', ({ layer }) => {
  it('RFC 9449 11.1: at the token endpoint', async () => {
    const { at, key } = await recorded(layer)
    const proof = await key.proof()
    const ask = () => askForToken(at, at.web, ownToken).set('DPoP', proof)
    boundTokens(await ask())
    expect(refusal(await ask())).toEqual(usedAtToken)
  })

  it('RFC 9449 11.1: at a resource, also after the clock has moved', async () => {
    const { at, key, tokens } = await recorded(layer)
    const token = tokens.access_token
    const proof = await key.proof({ method: 'GET', url: meUrl, token })
    expect((await meWith(at, token, proof)).status).toBe(200)
    for (const step of [0, 30_000, 29_999, 1]) {
      at.clock.step(step)
      expect(refusal(await meWith(at, token, proof))).toEqual(usedAtResource)
    }
  })

  it('of many parallel requests with one proof', async () => {
    const { at, key, tokens } = await recorded(layer)
    const token = tokens.access_token
    const proof = await key.proof({ method: 'GET', url: meUrl, token })
    const statuses = await Promise.all(
      Array.from({ length: 20 }, async () => (await meWith(at, token, proof)).status),
    )
    expect(statuses.toSorted((a, b) => a - b)).toEqual([
      200,
      ...Array.from({ length: 19 }, () => 401),
    ])
  })

  it('of many parallel requests for tokens with one proof', async () => {
    const { at, key } = await recorded(layer)
    const proof = await key.proof()
    const statuses = await Promise.all(
      Array.from(
        { length: 20 },
        async () => (await askForToken(at, at.web, ownToken).set('DPoP', proof)).status,
      ),
    )
    expect(statuses.toSorted((a, b) => a - b)).toEqual([
      200,
      ...Array.from({ length: 19 }, () => 400),
    ])
  })

  it('but two keys may use the same jti', async () => {
    const { at, key } = await recorded(layer)
    for (const one of [key, await ProofKey.make(at)]) {
      const proof = await one.proof({ claims: { jti: '1' } })
      const answer = await askForToken(at, at.web, ownToken).set('DPoP', proof)
      expect(boundTokens(answer).token_type).toBe('DPoP')
    }
  })
})

describe.each(layers)('calls of the store for a proof on $version', ({ layer }) => {
  it('at a resource: one after the look-up of the token', async () => {
    const { at, key, tokens, names } = await recorded(layer)
    expect(await names(() => key.me(at, tokens.access_token))).toEqual(['find', 'addRecord'])
  })

  it('at the token endpoint: one before the tokens are issued', async () => {
    const { at, key, tokens, names } = await recorded(layer)
    const proofs = [await key.proof(), await key.proof()]
    expect(await names(() => askForToken(at, at.web, ownToken).set('DPoP', proofs[0]!))).toEqual([
      'getClient',
      'addRecord',
      'issue',
    ])
    const calls = await names(() =>
      refresh(at, at.spa, tokens.refresh_token).set('DPoP', proofs[1]!),
    )
    expect(calls.toSorted()).toEqual(['addRecord', 'find', 'getClient', 'redeem'])
    expect(calls.slice(-2)).toEqual(['addRecord', 'redeem'])
  })

  it('no record is added for a request that is refused', async () => {
    const { at, key, tokens, names } = await recorded(layer)
    const other = await ProofKey.make(at)
    const { access_token: token, refresh_token } = tokens
    const code = await getCode(at, at.spa)
    const ask = {
      'a wrong secret': async () =>
        askForToken(at, { ...at.web, secret: 'wrong' }, ownToken).set('DPoP', await key.proof()),
      'an unknown token': async () => key.me(at, 'unknown'),
      'a wrong key': async () => other.me(at, token),
      'a wrong key for a refresh token': async () =>
        refresh(at, at.spa, refresh_token).set('DPoP', await other.proof()),
      'a wrong code': async () =>
        exchange(at, at.spa, { ...code, code: 'x' }).set('DPoP', await key.proof()),
      'a wrong scope': async () =>
        askForToken(at, at.web, { ...ownToken, scope: 'x' }).set('DPoP', await key.proof()),
    }
    for (const [what, run] of Object.entries(ask)) {
      expect([what, await names(run)]).not.toEqual([what, expect.arrayContaining(['addRecord'])])
    }
  })

  it('none without a proof', async () => {
    const { at, names } = await recorded(layer)
    expect(await names(() => askForToken(at, at.web, ownToken))).toEqual(['getClient', 'issue'])
  })
})

describe.each(layers)('a redeemed refresh token that is bound on $version', ({ layer }) => {
  it.each([
    ['the same request, whose proof has become too old', (key: ProofKey) => key.proof(), 61_000],
    ['another key', async (_key: ProofKey, other: ProofKey) => other.proof(), 0],
    ['no proof', async () => undefined, 0],
  ])('does not end the grant if it comes with %s', async (_what, make, laterMs) => {
    const { at, key, tokens } = await recorded(layer)
    const proof = await make(key, await ProofKey.make(at))
    const first = boundTokens(
      await refresh(at, at.spa, tokens.refresh_token).set('DPoP', await key.proof()),
    )
    at.clock.step(laterMs)
    const ask = refresh(at, at.spa, tokens.refresh_token)
    expect((await (proof === undefined ? ask : ask.set('DPoP', proof))).status).toBe(400)
    expect((await key.me(at, first.access_token)).status).toBe(200)
  })

  it('ends the grant if it comes with a proof of its key after the grace', async () => {
    const { at, key, tokens } = await recorded(layer)
    const again = async () =>
      refresh(at, at.spa, tokens.refresh_token).set('DPoP', await key.proof())
    const first = boundTokens(await again())
    at.clock.step(11_000)
    expect(refusal(await again())).toEqual(invalidGrant)
    expect((await key.me(at, first.access_token)).status).toBe(401)
  })
})

describe.each(layers)('a store that fails while a proof is recorded on $version', ({ layer }) => {
  it('is a 503, and the same code can be exchanged with a new proof', async () => {
    let fails = true
    const at = await provider(
      { layer },
      {
        debug: false,
        through: (store) => ({
          ...store,
          addRecord: async (record) => {
            if (fails) throw new Error('away')
            return store.addRecord(record)
          },
        }),
      },
    )
    const key = await ProofKey.make(at)
    const code = await getCode(at, at.spa)
    const ask = async () => exchange(at, at.spa, code).set('DPoP', await key.proof())
    expect((await ask()).status).toBe(503)
    fails = false
    boundTokens(await ask())
    expect(refusal(await ask())).toEqual(invalidGrant)
  })
})
