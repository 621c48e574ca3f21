import request from 'supertest'
import { asClient, signed, testKey } from '../support/assertions'
import { expresses } from '../support/express'
import { type Recorded, recorder } from './around'
import {
  about,
  askForToken,
  authorizationRequest,
  authorize,
  exchange,
  getCode,
  issuer,
  me,
  provider,
  refresh,
  register,
  signIn,
  tokensOf,
} from '../support/provider'

describe.each(expresses)('calls of the store on $version', ({ express }) => {
  async function recorded() {
    const { calls, through } = recorder()
    return { at: await provider(express, { through }), calls }
  }

  it('for a bearer check: find', async () => {
    const { at, calls } = await recorded()
    const { access_token } = await signIn(at, at.spa)
    calls.length = 0
    expect((await me(at, access_token)).status).toBe(200)
    expect(namesOf(calls)).toEqual(['find'])
  })

  it('for a code: find and getClient in parallel, then redeem', async () => {
    const { at, calls } = await recorded()
    const code = await getCode(at, at.spa)
    calls.length = 0
    expect((await exchange(at, at.spa, code)).status).toBe(200)
    expectParallel(calls)
  })

  it('for a refresh: find and getClient in parallel, then redeem', async () => {
    const { at, calls } = await recorded()
    const { refresh_token } = await signIn(at, at.web)
    calls.length = 0
    expect((await refresh(at, at.web, refresh_token)).status).toBe(200)
    expectParallel(calls)
  })

  it('for a repeated refresh: the same, then find and isRedeemed', async () => {
    const { at, calls } = await recorded()
    const { refresh_token } = await signIn(at, at.web)
    tokensOf(await refresh(at, at.web, refresh_token))
    calls.length = 0
    expect((await refresh(at, at.web, refresh_token)).status).toBe(200)
    expect(calls.pop()?.name).toBe('isRedeemed')
    expect(calls.pop()?.name).toBe('find')
    expectParallel(calls)
  })

  it('for client credentials: getClient, then issue; in the next ten seconds, only issue', async () => {
    const { at, calls } = await recorded()
    const form = { grant_type: 'client_credentials' }
    expect((await askForToken(at, at.web, form)).status).toBe(200)
    expect(namesOf(calls)).toEqual(['getClient', 'issue'])
    calls.length = 0
    expect((await askForToken(at, at.web, form)).status).toBe(200)
    expect(namesOf(calls)).toEqual(['issue'])
  })

  it('for client credentials with a key: getClient, addRecord, then issue', async () => {
    const { at, calls } = await recorded()
    const form = { grant_type: 'client_credentials' }
    const key = testKey()
    const { id } = await register(at.store, {
      grantTypes: ['client_credentials'],
      authMethod: 'private_key_jwt',
      jwks: { keys: [key.publicKey] },
    })
    const assertion = await signed(key, { iss: id, sub: id, aud: issuer }, at.clock.at)
    calls.length = 0
    const answer = await request(at.app)
      .post('/oauth/token')
      .type('form')
      .send({ ...form, ...asClient(assertion) })
    expect(answer.status).toBe(200)
    expect(namesOf(calls)).toEqual(['getClient', 'addRecord', 'issue'])
  })

  it('for an introspection: find, getClient, and isRedeemed for a refresh token', async () => {
    const { at, calls } = await recorded()
    const { access_token, refresh_token } = await signIn(at, at.web)
    for (const [token, expected] of [
      [access_token, ['find', 'getClient']],
      [refresh_token, ['find', 'getClient', 'isRedeemed']],
    ] as const) {
      calls.length = 0
      expect((await about('introspect', at, at.web, token)).body.active).toBe(true)
      expect(namesOf(calls).toSorted()).toEqual(expected)
    }
  })

  it('for an authorization request: getClient, then issue', async () => {
    const { at, calls } = await recorded()
    await authorize(at, authorizationRequest(at.web).parameters)
    expect(namesOf(calls)).toEqual(['getClient', 'issue'])
  })

  it('for a client that is refused: only find and getClient', async () => {
    const { at, calls } = await recorded()
    const code = await getCode(at, at.web)
    calls.length = 0
    expect((await exchange(at, { ...at.web, secret: 'wrong' }, code)).status).toBe(401)
    expect(namesOf(calls).toSorted()).toEqual(['find', 'getClient'])
  })
})

function expectParallel(calls: Recorded[]): void {
  expect(namesOf(calls).toSorted()).toEqual(['find', 'getClient', 'redeem'])
  const [first, second, last] = calls as [Recorded, Recorded, Recorded]
  expect(last.name).toBe('redeem')
  // Both calls began before the first of them ended.
  expect(Math.max(first.from, second.from)).toBeLessThan(Math.min(first.to, second.to))
  expect(last.from).toBeGreaterThan(Math.max(first.to, second.to))
}

function namesOf(calls: Recorded[]): string[] {
  return calls.map(({ name }) => name)
}
