import { toModel, toPromiseModel } from '@oauth2-kit/core'
import { ProofKey, boundTokens } from '../support/dpop'
import { expresses } from '../support/express'
import {
  exchange,
  getCode,
  provider,
  refresh,
  register,
  signIn,
  tokensOf,
} from '../support/provider'

const { express } = expresses[1]!

async function signedIn() {
  const at = await provider(express)
  const key = await ProofKey.make(at)
  const code = await getCode(at, at.spa)
  const bound = boundTokens(await exchange(at, at.spa, code).set('DPoP', await key.proof()))
  const { code: boundCode } = await getCode(at, at.spa, { dpop_jkt: key.jkt })
  return { at, key, bound, boundCode, bearer: await signIn(at, at.spa) }
}

/** What a client requires that these servers cannot do. */
const beyond = [{ dpopBoundAccessTokens: true }, { requirePushedAuthorizationRequests: true }]

describe('toPromiseModel(): a server that checks no proofs', () => {
  it('finds no token and no code that is bound to a key, and uses none up', async () => {
    const { at, key, bound, boundCode, bearer } = await signedIn()
    const model = toPromiseModel(at.store, { now: at.clock.now })
    expect(await model.getAccessToken(bound.access_token)).toBeNull()
    expect(await model.getRefreshToken(bound.refresh_token)).toBeNull()
    expect(await model.getAuthorizationCode(boundCode)).toBeNull()
    expect(await model.getAccessToken(bearer.access_token)).toMatchObject({ user: at.user })
    boundTokens(await refresh(at, at.spa, bound.refresh_token).set('DPoP', await key.proof()))
  })

  it('can revoke a bound token', async () => {
    const { at, key, bound } = await signedIn()
    const model = toPromiseModel(at.store, { now: at.clock.now })
    const { access_token: accessToken } = bound
    expect(await model.revokeToken({ accessToken })).toBe(true)
    expect((await key.me(at, accessToken)).status).toBe(401)
  })

  it.each(beyond)('finds no client with %o', async (property) => {
    const { at } = await signedIn()
    const { id, secret } = await register(at.store, property)
    const model = toPromiseModel(at.store, { now: at.clock.now })
    expect(await model.getClient(id, secret)).toBeNull()
    expect(await model.getClient(at.web.id, at.web.secret)).toMatchObject({ id: at.web.id })
  })
})

describe('toModel(): a server that checks no proofs', () => {
  it('finds no token and no code that is bound to a key, and uses none up', async () => {
    const { at, key, bound, boundCode, bearer } = await signedIn()
    const model = toModel(at.store, { now: at.clock.now })
    expect(await model.getAccessToken(bound.access_token)).toBeNull()
    expect(await model.getRefreshToken(bound.refresh_token)).toBeNull()
    expect(await model.getAuthCode(boundCode)).toBeNull()
    expect(await model.getAccessToken(bearer.access_token)).toMatchObject({ userId: at.user.id })
    boundTokens(await refresh(at, at.spa, bound.refresh_token).set('DPoP', await key.proof()))
    tokensOf(await refresh(at, at.spa, bearer.refresh_token))
  })

  it.each(beyond)('finds no client with %o', async (property) => {
    const { at } = await signedIn()
    const { id, secret } = await register(at.store, property)
    const model = toModel(at.store, { now: at.clock.now })
    expect(await model.getClient(id, secret)).toBeNull()
    expect(await model.getClient(id, null)).toBeNull()
  })
})
