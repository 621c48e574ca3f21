import { sha256 } from '../../src/crypto/hash'
import { expresses } from '../support/express'
import {
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

const year = 365 * 86_400_000

describe.each(expresses)('lifetimes on $version', ({ express }) => {
  it('the lifetime of a refresh token starts anew with each refresh', async () => {
    const at = await provider(express, { refreshTokenLifetime: 100 })
    let { refresh_token } = await signIn(at, at.spa)
    for (let round = 0; round < 3; round++) {
      at.clock.step(99_999)
      ;({ refresh_token } = tokensOf(await refresh(at, at.spa, refresh_token)))
    }
    at.clock.step(100_000)
    expect(refusal(await refresh(at, at.spa, refresh_token))).toEqual(invalidGrant)
  })

  it('security 21: grantLifetime is an absolute limit that rotation does not extend', async () => {
    const at = await provider(express, { grantLifetime: 100, refreshTokenLifetime: 60 })
    let tokens = await signIn(at, at.spa)
    for (let round = 0; round < 3; round++) {
      at.clock.step(30_000)
      tokens = tokensOf(await refresh(at, at.spa, tokens.refresh_token))
    }
    expect(tokens.expires_in).toBe(10)
    at.clock.step(9999)
    expect((await me(at, tokens.access_token)).status).toBe(200)
    tokens = tokensOf(await refresh(at, at.spa, tokens.refresh_token))
    at.clock.step(1)
    expect((await me(at, tokens.access_token)).status).toBe(401)
    expect(refusal(await refresh(at, at.spa, tokens.refresh_token))).toEqual(invalidGrant)
  })

  it('security 21: grantLifetime starts at the consent, not at the code exchange', async () => {
    const at = await provider(express, { grantLifetime: 100 })
    const code = await getCode(at, at.spa)
    at.clock.step(20_000)
    const tokens = tokensOf(await exchange(at, at.spa, code))
    expect(tokens.expires_in).toBe(80)
  })

  it('security 21: a code does not outlive its grant', async () => {
    const at = await provider(express, { grantLifetime: 10 })
    const code = await getCode(at, at.spa)
    at.clock.step(10_000)
    expect(refusal(await exchange(at, at.spa, code))).toEqual(invalidGrant)
  })

  it('security 21: grantLifetime starts anew with each sign-in', async () => {
    const at = await provider(express, { grantLifetime: 100 })
    await signIn(at, at.spa)
    at.clock.step(99_999)
    expect(await signIn(at, at.spa)).toMatchObject({ expires_in: 100 })
  })

  it('security 21: grantLifetime applies even if the token lifetimes are null', async () => {
    const at = await provider(express, {
      grantLifetime: 100,
      refreshTokenLifetime: null,
      accessTokenLifetime: null,
    })
    const tokens = await signIn(at, at.spa)
    expect(tokens.expires_in).toBe(100)
    at.clock.step(100_000)
    expect((await me(at, tokens.access_token)).status).toBe(401)
    expect(refusal(await refresh(at, at.spa, tokens.refresh_token))).toEqual(invalidGrant)
  })

  it('null means no expiry and no expires_in', async () => {
    const at = await provider(express, { accessTokenLifetime: null, refreshTokenLifetime: null })
    const tokens = await signIn(at, at.spa)
    expect(tokens).not.toHaveProperty('expires_in')
    at.clock.step(100 * year)
    expect((await me(at, tokens.access_token)).status).toBe(200)
    expect((await me(at, tokens.access_token)).body.bearerToken.expires).toBeNull()
    tokensOf(await refresh(at, at.spa, tokens.refresh_token))
  })

  it("a client's own lifetimes override the server's", async () => {
    const at = await provider(express)
    const client = await register(at.store, { accessTokenLifetime: 5, refreshTokenLifetime: 7 })
    const tokens = await signIn(at, client)
    expect(tokens.expires_in).toBe(5)
    at.clock.step(5000)
    expect((await me(at, tokens.access_token)).status).toBe(401)
    at.clock.step(1999)
    const next = tokensOf(await refresh(at, client, tokens.refresh_token))
    expect(next.expires_in).toBe(5)
    at.clock.step(7000)
    expect(refusal(await refresh(at, client, next.refresh_token))).toEqual(invalidGrant)
  })

  it('null as the lifetime of a client overrides the lifetime of the server', async () => {
    const at = await provider(express)
    const client = await register(at.store, {
      accessTokenLifetime: null,
      refreshTokenLifetime: null,
    })
    const tokens = await signIn(at, client)
    expect(tokens).not.toHaveProperty('expires_in')
    at.clock.step(100 * year)
    expect((await me(at, tokens.access_token)).status).toBe(200)
  })

  it('a token with a lifetime of 0 is expired immediately', async () => {
    const at = await provider(express, { accessTokenLifetime: 0, refreshTokenLifetime: 0 })
    const tokens = await signIn(at, at.spa)
    expect(tokens.expires_in).toBe(0)
    expect((await me(at, tokens.access_token)).status).toBe(401)
    expect(refusal(await refresh(at, at.spa, tokens.refresh_token))).toEqual(invalidGrant)
  })

  it('accepts fractional seconds and clocks, and stores whole milliseconds', async () => {
    const at = await provider(express, { accessTokenLifetime: 1.0005 })
    at.clock.step(0.25)
    const { access_token, expires_in } = await signIn(at, at.spa)
    expect(expires_in).toBe(1)
    const { createdAt, expiresAt } = (await at.store.find(sha256(access_token)))!
    expect([createdAt, expiresAt]).toEqual([
      Math.floor(at.clock.at),
      Math.floor(at.clock.at) + 1000,
    ])
  })
})
