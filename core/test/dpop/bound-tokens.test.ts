import request from 'supertest'
import { ProofKey, boundTokens, meUrl } from '../support/dpop'
import { layers } from '../support/layers'
import {
  type Provider,
  about,
  askForToken,
  exchange,
  getCode,
  invalidGrant,
  me,
  provider,
  refresh,
  refusal,
  register,
  signIn,
  tokensOf,
} from '../support/provider'

const invalidToken = { status: 401, error: 'invalid_token' }
const invalidProof = { status: 400, error: 'invalid_dpop_proof' }

async function withKey(layer: (typeof layers)[number]['layer'], differences = {}) {
  const at = await provider({ layer }, differences)
  return { at, key: await ProofKey.make(at) }
}

async function signInWith(at: Provider, key: ProofKey, client = at.spa) {
  const answer = exchange(at, client, await getCode(at, client))
  return boundTokens(await answer.set('DPoP', await key.proof()))
}

describe.each(layers)('a token that is bound to a key on $version', ({ layer }) => {
  it('RFC 9449 5: has the type DPoP, and is accepted with a proof by the key', async () => {
    const { at, key } = await withKey(layer)
    const { access_token } = await signInWith(at, key)
    const { status, body } = await key.me(at, access_token)
    expect([status, body]).toEqual([
      200,
      expect.objectContaining({ user: at.user, dpop: { jkt: key.jkt } }),
    ])
  })

  it.each(['ES384', 'PS256', 'RS256', 'EdDSA'])('can be bound to a key for %s', async (alg) => {
    const at = await provider({ layer })
    const key = await ProofKey.make(at, alg)
    const { access_token } = await signInWith(at, key)
    expect((await key.me(at, access_token)).status).toBe(200)
  })

  it('RFC 9449 7.2: is refused as a bearer token, and the challenge names DPoP', async () => {
    const { at, key } = await withKey(layer)
    const { access_token } = await signInWith(at, key)
    const answer = await me(at, access_token).set(
      'DPoP',
      await key.proof({ method: 'GET', url: meUrl, token: access_token }),
    )
    expect(refusal(answer)).toEqual(invalidToken)
    expect(answer.headers['www-authenticate']).toMatch(
      /^Bearer error="invalid_token", error_description="[^"]+", DPoP algs="ES256 ES384 /,
    )
  })

  it('is refused with a proof by another key', async () => {
    const { at, key } = await withKey(layer)
    const { access_token } = await signInWith(at, key)
    const answer = await (await ProofKey.make(at)).me(at, access_token)
    expect(refusal(answer)).toEqual(invalidToken)
    expect(answer.headers['www-authenticate']).toMatch(/^DPoP error="invalid_token", .*algs="ES256/)
  })

  it('is refused without a proof', async () => {
    const { at, key } = await withKey(layer)
    const { access_token } = await signInWith(at, key)
    const answer = await request(at.app).get('/api/me').set('Authorization', `DPoP ${access_token}`)
    expect(refusal(answer)).toEqual({ status: 401, error: 'invalid_dpop_proof' })
    expect(answer.headers['www-authenticate']).toMatch(/^DPoP error="invalid_dpop_proof"/)
  })

  it('RFC 9449 6.2: is introspected with the thumbprint of its key', async () => {
    const { at, key } = await withKey(layer)
    const { access_token } = await signInWith(at, key, at.web)
    const { body } = await about('introspect', at, at.web, access_token)
    expect(body).toMatchObject({ active: true, token_type: 'DPoP', cnf: { jkt: key.jkt } })
  })

  it('can be revoked', async () => {
    const { at, key } = await withKey(layer)
    const { access_token } = await signInWith(at, key)
    expect((await about('revoke', at, at.spa, access_token)).status).toBe(200)
    expect(refusal(await key.me(at, access_token))).toEqual(invalidToken)
  })

  it('is issued for every grant type', async () => {
    const { at, key } = await withKey(layer)
    const own = askForToken(at, at.web, { grant_type: 'client_credentials' })
    const { access_token } = boundTokens(await own.set('DPoP', await key.proof()))
    expect((await key.me(at, access_token)).status).toBe(200)
    expect(refusal(await me(at, access_token))).toEqual(invalidToken)
  })
})

describe.each(layers)('a bearer token on $version', ({ layer }) => {
  it('is issued and accepted without a proof, as before', async () => {
    const { at } = await withKey(layer)
    const tokens = await signIn(at, at.spa)
    expect(tokens.token_type).toBe('Bearer')
    const { body } = await me(at, tokens.access_token)
    expect(body).not.toHaveProperty('dpop')
    const described = await about('introspect', at, at.web, (await signIn(at, at.web)).access_token)
    expect(described.body).toMatchObject({ token_type: 'Bearer' })
    expect(described.body).not.toHaveProperty('cnf')
  })

  it('is refused with the scheme DPoP', async () => {
    const { at, key } = await withKey(layer)
    const { access_token } = await signIn(at, at.spa)
    expect(refusal(await key.me(at, access_token))).toEqual(invalidToken)
  })
})

describe.each(layers)('the refresh token of a public client on $version', ({ layer }) => {
  it('RFC 9449 5: is bound to the key, also after a refresh', async () => {
    const { at, key } = await withKey(layer)
    let { refresh_token } = await signInWith(at, key)
    for (let times = 1; times <= 2; times++) {
      const answer = await refresh(at, at.spa, refresh_token).set('DPoP', await key.proof())
      const tokens = boundTokens(answer)
      expect((await key.me(at, tokens.access_token)).status).toBe(200)
      refresh_token = tokens.refresh_token
    }
    expect(refusal(await refresh(at, at.spa, refresh_token))).toEqual(invalidGrant)
  })

  it('is not used up by a refresh without a proof or by another key', async () => {
    const { at, key } = await withKey(layer)
    const { refresh_token } = await signInWith(at, key)
    const other = await ProofKey.make(at)
    expect(refusal(await refresh(at, at.spa, refresh_token))).toEqual(invalidGrant)
    const wrong = await refresh(at, at.spa, refresh_token).set('DPoP', await other.proof())
    expect(refusal(wrong)).toEqual(invalidGrant)
    const malformed = await refresh(at, at.spa, refresh_token).set('DPoP', 'x')
    expect(refusal(malformed)).toEqual(invalidProof)
    boundTokens(await refresh(at, at.spa, refresh_token).set('DPoP', await key.proof()))
  })

  it('does not end the grant if it is presented by another key after it was redeemed', async () => {
    const { at, key } = await withKey(layer)
    const { refresh_token } = await signInWith(at, key)
    const next = boundTokens(
      await refresh(at, at.spa, refresh_token).set('DPoP', await key.proof()),
    )
    const other = await ProofKey.make(at)
    const thief = await refresh(at, at.spa, refresh_token).set('DPoP', await other.proof())
    expect(refusal(thief)).toEqual(invalidGrant)
    expect((await key.me(at, next.access_token)).status).toBe(200)
  })

  it('becomes bound if an unbound one is refreshed with a proof', async () => {
    const { at, key } = await withKey(layer)
    const { refresh_token } = await signIn(at, at.spa)
    const next = boundTokens(
      await refresh(at, at.spa, refresh_token).set('DPoP', await key.proof()),
    )
    expect(refusal(await refresh(at, at.spa, next.refresh_token))).toEqual(invalidGrant)
  })
})

describe.each(layers)('the refresh token of a confidential client on $version', ({ layer }) => {
  it('RFC 9449 5: can be refreshed with another key, and without one', async () => {
    const { at, key } = await withKey(layer)
    const first = await signInWith(at, key, at.web)
    const other = await ProofKey.make(at)
    const second = boundTokens(
      await refresh(at, at.web, first.refresh_token).set('DPoP', await other.proof()),
    )
    expect((await other.me(at, second.access_token)).status).toBe(200)
    const third = tokensOf(await refresh(at, at.web, second.refresh_token))
    expect(third.token_type).toBe('Bearer')
  })
})

describe.each(layers)('a repeated refresh with proofs on $version', ({ layer }) => {
  it.each(['spa', 'web'] as const)(
    'gets the same response with a new proof by the same key: %s',
    async (name) => {
      const { at, key } = await withKey(layer)
      const client = at[name]
      const { refresh_token } = await signInWith(at, key, client)
      const ask = async () => refresh(at, client, refresh_token).set('DPoP', await key.proof())
      const first = boundTokens(await ask())
      at.clock.step(5000)
      const again = await ask()
      expect([again.status, again.body]).toEqual([200, first])
      boundTokens(await refresh(at, client, first.refresh_token).set('DPoP', await key.proof()))
    },
  )

  it('gets no response with another key, and without a proof', async () => {
    const { at, key } = await withKey(layer)
    for (const other of [await ProofKey.make(at), null]) {
      const { refresh_token } = await signInWith(at, key, at.web)
      boundTokens(await refresh(at, at.web, refresh_token).set('DPoP', await key.proof()))
      const again = refresh(at, at.web, refresh_token)
      if (other) again.set('DPoP', await other.proof())
      expect(refusal(await again)).toEqual(invalidGrant)
    }
  })

  it('is refused with the same proof, which does not end the grant', async () => {
    const { at, key } = await withKey(layer)
    const { refresh_token } = await signInWith(at, key)
    const proof = await key.proof()
    const { access_token } = boundTokens(
      await refresh(at, at.spa, refresh_token).set('DPoP', proof),
    )
    expect(refusal(await refresh(at, at.spa, refresh_token).set('DPoP', proof))).toEqual(
      invalidProof,
    )
    expect((await key.me(at, access_token)).status).toBe(200)
  })
})

describe.each(layers)('a client that must use DPoP on $version', ({ layer }) => {
  it('RFC 9449 5.2: gets no token without a proof, and its code stays valid', async () => {
    const { at, key } = await withKey(layer)
    const client = await register(at.store, { dpopBoundAccessTokens: true })
    const code = await getCode(at, client)
    expect(refusal(await exchange(at, client, code))).toEqual(invalidProof)
    boundTokens(await exchange(at, client, code).set('DPoP', await key.proof()))
  })

  it('gets no token from a server without DPoP', async () => {
    const { at, key } = await withKey(layer, { dpop: false })
    const client = await register(at.store, {
      dpopBoundAccessTokens: true,
      grantTypes: ['client_credentials'],
    })
    const ask = askForToken(at, client, { grant_type: 'client_credentials' })
    expect(refusal(await ask.set('DPoP', await key.proof()))).toEqual({
      status: 400,
      error: 'unauthorized_client',
    })
  })
})

describe.each(layers)('the parameter dpop_jkt on $version', ({ layer }) => {
  it('RFC 9449 10: binds the code to the key', async () => {
    const { at, key } = await withKey(layer)
    const code = await getCode(at, at.spa, { dpop_jkt: key.jkt })
    const other = await ProofKey.make(at)
    expect(refusal(await exchange(at, at.spa, code))).toEqual(invalidGrant)
    const wrong = await exchange(at, at.spa, code).set('DPoP', await other.proof())
    expect(refusal(wrong)).toEqual(invalidGrant)
    boundTokens(await exchange(at, at.spa, code).set('DPoP', await key.proof()))
  })

  it('must be a thumbprint', async () => {
    const { at } = await withKey(layer)
    await expect(getCode(at, at.spa, { dpop_jkt: 'x' })).rejects.toThrow('invalid_request')
  })
})

describe.each(layers)('with DPoP off on $version', ({ layer }) => {
  it('RFC 9449 5: the header is ignored at the token endpoint', async () => {
    const { at, key } = await withKey(layer, { dpop: false })
    const code = await getCode(at, at.spa, { dpop_jkt: key.jkt })
    const answer = await exchange(at, at.spa, code).set('DPoP', await key.proof())
    expect(tokensOf(answer).token_type).toBe('Bearer')
  })

  it('bound tokens are refused at the API, and at the token endpoint', async () => {
    const { at, key } = await withKey(layer)
    const { access_token, refresh_token } = await signInWith(at, key)
    const off = await provider(
      { layer },
      { through: () => at.store, now: at.clock.now, dpop: false },
    )
    expect((await key.me(off, access_token)).status).toBe(401)
    expect(refusal(await me(off, access_token))).toEqual(invalidToken)
    expect(refusal(await refresh(off, at.spa, refresh_token))).toEqual(invalidGrant)
    boundTokens(await refresh(at, at.spa, refresh_token).set('DPoP', await key.proof()))
  })
})
