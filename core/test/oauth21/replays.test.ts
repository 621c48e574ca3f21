import { updateClient } from '@oauth2-kit/core'
import { layers } from '../support/layers'
import {
  type Parameters,
  type Provider,
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
import { grantsOf } from '../support/records'

const resources = ['https://a.example', 'https://b.example']

describe.each(layers)('a replay that is refused for another reason, on $version', ({ layer }) => {
  async function begin() {
    const at = await provider({ layer }, { resources })
    const heard: string[] = []
    for (const name of ['code.replayed', 'refresh.reused'] as const) {
      at.oauth.events.on(name, () => heard.push(name))
    }
    return { at, heard }
  }

  const differences: [
    string,
    (at: Provider) => Promise<{ client?: TestClient; form?: Parameters }>,
  ][] = [
    ['another client', async (at) => ({ client: at.spa })],
    ['another scope', async () => ({ form: { scope: 'admin' } })],
    ['another resource', async () => ({ form: { resource: 'https://c.example' } })],
  ]

  it.each(differences)('F23: a refresh token with %s revokes the grant', async (_what, differ) => {
    const { at, heard } = await begin()
    const first = await signIn(at, at.web)
    const second = tokensOf(await refresh(at, at.web, first.refresh_token))
    const { client = at.web, form } = await differ(at)
    expect((await refresh(at, client, first.refresh_token, form)).status).toBe(400)
    expect(heard).toEqual(['refresh.reused'])
    expect((await me(at, second.access_token)).status).toBe(401)
    expect(await grantsOf(at.store, { clientId: at.web.id })).toEqual([])
  })

  it.each<(typeof differences)[number]>([
    ...differences.filter(([what]) => what !== 'another scope'),
    ['another redirect URI', async () => ({ form: { redirect_uri: 'https://other.example/' } })],
    ['another verifier', async () => ({ form: { code_verifier: 'x'.repeat(43) } })],
  ])('F23: a code with %s revokes the grant', async (_what, differ) => {
    const { at, heard } = await begin()
    const code = await getCode(at, at.web)
    const { access_token } = tokensOf(await exchange(at, at.web, code))
    const { client = at.web, form } = await differ(at)
    expect((await exchange(at, client, code, form)).status).toBe(400)
    expect(heard).toEqual(['code.replayed'])
    expect((await me(at, access_token)).status).toBe(401)
  })

  it('F23: a refused token that was not redeemed before still works', async () => {
    const { at, heard } = await begin()
    const { refresh_token } = await signIn(at, at.web)
    for (const [, differ] of differences) {
      const { client = at.web, form } = await differ(at)
      expect((await refresh(at, client, refresh_token, form)).status).toBe(400)
    }
    tokensOf(await refresh(at, at.web, refresh_token))
    expect(heard).toEqual([])
  })

  it('F23: a replay by a client that may no longer refresh revokes the grant', async () => {
    const { at, heard } = await begin()
    const { refresh_token } = await signIn(at, at.web)
    const { access_token } = tokensOf(await refresh(at, at.web, refresh_token))
    await updateClient(at.store, at.web.id, { grantTypes: ['authorization_code'] })
    expect(refusal(await refresh(at, at.web, refresh_token)).error).toBe('unauthorized_client')
    expect(heard).toEqual(['refresh.reused'])
    expect((await me(at, access_token)).status).toBe(401)
  })

  it('F10: a lost answer is repeated, even if the scopes of the client were reduced', async () => {
    const { at, heard } = await begin()
    const { refresh_token } = await signIn(at, at.web, { scope: 'profile email' })
    const first = await refresh(at, at.web, refresh_token)
    await updateClient(at.store, at.web.id, { scopes: ['email'] })
    expect((await refresh(at, at.web, refresh_token)).text).toBe(first.text)
    expect(heard).toEqual([])
  })

  it('F23: another scope is a replay, even within the grace period', async () => {
    const { at, heard } = await begin()
    const { refresh_token } = await signIn(at, at.web, { scope: 'profile email' })
    tokensOf(await refresh(at, at.web, refresh_token))
    const answer = await refresh(at, at.web, refresh_token, { scope: 'email' })
    expect(refusal(answer)).toEqual({ status: 400, error: 'invalid_grant' })
    expect(heard).toEqual(['refresh.reused'])
  })
})

describe.each(layers)('resources that were removed from the server, on $version', ({ layer }) => {
  async function after(left: string[] | undefined, parameters: Parameters = {}) {
    const before = await provider({ layer }, { resources })
    const tokens = await signIn(before, before.web, parameters)
    const code = await getCode(before, before.web, parameters)
    const at = await provider(
      { layer },
      {
        through: () => before.store,
        now: before.clock.now,
        ...(left && { resources: left }),
      },
    )
    return { at, web: before.web, tokens, code }
  }

  it('F28: are omitted from the tokens for a code or refresh token', async () => {
    const { at, web, tokens, code } = await after(['https://b.example'])
    for (const answer of [
      await refresh(at, web, tokens.refresh_token),
      await exchange(at, web, code),
    ]) {
      const { access_token } = tokensOf(answer)
      expect((await me(at, access_token)).body.resource).toEqual(['https://b.example'])
    }
  })

  it.each([[['https://c.example']], [undefined]])(
    'F28: are an invalid_target if no other resource is left (now %j)',
    async (left) => {
      const { at, web, tokens, code } = await after(left, { resource: 'https://a.example' })
      const target = { status: 400, error: 'invalid_target' }
      expect(refusal(await refresh(at, web, tokens.refresh_token))).toEqual(target)
      expect(refusal(await exchange(at, web, code))).toEqual(target)
    },
  )
})

async function rotate(at: Provider, token: string, times: number): Promise<string> {
  let current = token
  for (let n = 0; n < times; n++) {
    at.clock.step(1000)
    current = tokensOf(await refresh(at, at.spa, current)).refresh_token
  }
  return current
}

describe.each(layers)('the rotations of a grant, on $version', ({ layer }) => {
  const hour = 3_600_000

  it('F16: above rotationsPerHour are a 429 with Retry-After and redeem nothing', async () => {
    const at = await provider({ layer }, { rotationsPerHour: 5 })
    const { refresh_token } = await signIn(at, at.spa)
    const last = await rotate(at, refresh_token, 5)
    at.clock.step(1000)
    const refused = await refresh(at, at.spa, last)
    expect(refusal(refused)).toEqual({ status: 429, error: 'temporarily_unavailable' })
    expect(refused.headers['retry-after']).toBe(String(3600 - 5))
    at.clock.step(hour - 5000)
    await rotate(at, last, 5)
  })

  it('F3, F16: are limited to 60 by default; reuse of the first token is noticed', async () => {
    const at = await provider({ layer })
    const { refresh_token } = await signIn(at, at.spa)
    const last = await rotate(at, refresh_token, 60)
    for (let n = 0; n < 20; n++) {
      expect((await refresh(at, at.spa, last)).status).toBe(429)
    }
    // Reuse of the first token is still noticed.
    expect(refusal(await refresh(at, at.spa, refresh_token)).error).toBe('invalid_grant')
    expect(refusal(await refresh(at, at.spa, last)).error).toBe('invalid_grant')
  })

  it('are not limited with rotationsPerHour: null', async () => {
    const at = await provider({ layer }, { rotationsPerHour: null })
    const { refresh_token } = await signIn(at, at.spa)
    expect(await rotate(at, refresh_token, 70)).not.toBe(refresh_token)
  })

  it('are counted for each grant separately', async () => {
    const at = await provider({ layer }, { rotationsPerHour: 1 })
    const first = await signIn(at, at.spa)
    const last = await rotate(at, first.refresh_token, 1)
    expect((await refresh(at, at.spa, last)).status).toBe(429)
    await rotate(at, (await signIn(at, at.spa)).refresh_token, 1)
  })
})

it('an assertion gets no refresh token (RFC 7521 4.1), another extension grant does', async () => {
  const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
  const types = [jwtBearer, 'urn:example:ticket', 'refresh_token']
  const [express5] = layers
  const at = await provider(
    { layer: express5!.layer },
    {
      grants: types,
      extendedGrant: () => ({ id: 'ada' }),
    },
  )
  const client = await register(at.store, { grantTypes: types, redirectUris: [] })
  const ask = async (name: string) =>
    tokensOf(await askForToken(at, client, { grant_type: name })).refresh_token
  expect(await ask(jwtBearer)).toBeUndefined()
  expect(await ask('urn:example:ticket')).toEqual(expect.any(String))
})
