import type { EventMap } from '@oauth2-kit/core'
import request from 'supertest'
import { layers } from '../support/layers'
import {
  type Provider,
  type TestClient,
  about,
  askForToken,
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
import { around, deferred } from './around'
import { grantsOf, putClient } from '../support/records'

const unknown = 'f'.repeat(40)

describe.each(layers)('the revocation endpoint on $version', ({ layer }) => {
  async function signedIn(client: (at: Provider) => TestClient = ({ web }) => web) {
    const at = await provider({ layer })
    return { at, tokens: await signIn(at, client(at)) }
  }

  it('security 26, real clients 4: an unknown token is a 200, in JSON, never cached', async () => {
    const at = await provider({ layer })
    for (const token of [unknown, 'no token at all', '💥', '0']) {
      const answer = await about('revoke', at, at.web, token)
      expect([answer.status, answer.body]).toEqual([200, {}])
      expect(answer.headers['content-type']).toMatch(/^application\/json/)
      expect(answer.headers['cache-control']).toBe('no-store')
    }
  })

  it('security 26: revoking an access token does not revoke its refresh token', async () => {
    const { at, tokens } = await signedIn()
    expect((await about('revoke', at, at.web, tokens.access_token)).status).toBe(200)
    expect((await me(at, tokens.access_token)).status).toBe(401)
    const next = tokensOf(await refresh(at, at.web, tokens.refresh_token))
    expect((await me(at, next.access_token)).status).toBe(200)
  })

  it('security 26: revoking a refresh token revokes its access tokens', async () => {
    const { at, tokens } = await signedIn()
    expect((await about('revoke', at, at.web, tokens.refresh_token)).status).toBe(200)
    expect((await me(at, tokens.access_token)).status).toBe(401)
    expect(refusal(await refresh(at, at.web, tokens.refresh_token))).toEqual(invalidGrant)
  })

  it('security 26: other grants of the same user and client stay valid', async () => {
    const { at, tokens } = await signedIn()
    const other = await signIn(at, at.web)
    await about('revoke', at, at.web, tokens.refresh_token)
    expect((await me(at, other.access_token)).status).toBe(200)
    tokensOf(await refresh(at, at.web, other.refresh_token))
  })

  it('security 26: revoking a refresh token that was rotated revokes the grant', async () => {
    const { at, tokens } = await signedIn()
    const next = tokensOf(await refresh(at, at.web, tokens.refresh_token))
    expect((await about('revoke', at, at.web, tokens.refresh_token)).status).toBe(200)
    expect((await me(at, next.access_token)).status).toBe(401)
    expect(refusal(await refresh(at, at.web, next.refresh_token))).toEqual(invalidGrant)
    // Even within the grace period.
    expect(refusal(await refresh(at, at.web, tokens.refresh_token))).toEqual(invalidGrant)
  })

  it('security 26: revoking a refresh token during its rotation revokes the grant', async () => {
    const arrived = deferred()
    const proceed = deferred()
    const at = await provider(
      { layer },
      {
        through: (store) =>
          around(store, async ({ name, args, proceed: redeem }) => {
            const isRotation = name === 'redeem' && (args[0] as { kind: string }).kind === 'refresh'
            if (isRotation) {
              arrived.resolve()
              await proceed.promise
            }
            return redeem()
          }),
      },
    )
    const { refresh_token, access_token } = await signIn(at, at.web)
    const rotation = refresh(at, at.web, refresh_token).then(refusal)
    await arrived.promise
    expect((await about('revoke', at, at.web, refresh_token)).status).toBe(200)
    proceed.resolve()
    expect(await rotation).toEqual(invalidGrant)
    expect((await me(at, access_token)).status).toBe(401)
  })

  it('security 26: revoking a code revokes its grant', async () => {
    const at = await provider({ layer })
    const { code } = await getCode(at, at.web)
    expect((await about('revoke', at, at.web, code)).status).toBe(200)
    expect(await grantsOf(at.store, { clientId: at.web.id })).toEqual([])
  })

  it.each(['access_token', 'refresh_token'] as const)(
    "security 26: another client's %s is a 200, and stays valid",
    async (which) => {
      const { at, tokens } = await signedIn()
      const answer = await about('revoke', at, at.post, tokens[which])
      expect([answer.status, answer.body]).toEqual([200, {}])
      expect((await me(at, tokens.access_token)).status).toBe(200)
      tokensOf(await refresh(at, at.web, tokens.refresh_token))
    },
  )

  it.each([
    ['refresh_token', 'access_token'],
    ['access_token', 'refresh_token'],
    ['access_token', 'urn:example:nonsense'],
    ['refresh_token', ''],
  ] as const)('security 26: a %s with the hint %j is revoked', async (which, hint) => {
    const { at, tokens } = await signedIn()
    const answer = await about('revoke', at, at.web, tokens[which], { token_type_hint: hint })
    expect(answer.status).toBe(200)
    expect((await me(at, tokens.access_token)).status).toBe(401)
  })

  it('security 26: a wrong secret is a 401, and nothing is revoked', async () => {
    const { at, tokens } = await signedIn()
    const wrong = { ...at.web, secret: 'wrong' }
    const answer = await about('revoke', at, wrong, tokens.refresh_token)
    expect(refusal(answer)).toEqual({ status: 401, error: 'invalid_client' })
    expect(answer.headers['www-authenticate']).toMatch(/^Basic /)
    expect((await me(at, tokens.access_token)).status).toBe(200)
  })

  it('security 26: a public client revokes its own tokens without a secret', async () => {
    const { at, tokens } = await signedIn(({ spa }) => spa)
    expect((await about('revoke', at, at.spa, tokens.refresh_token)).status).toBe(200)
    expect((await me(at, tokens.access_token)).status).toBe(401)
  })

  it("a client's own token is revoked too", async () => {
    const at = await provider({ layer })
    const form = { grant_type: 'client_credentials' }
    const { access_token } = tokensOf(await askForToken(at, at.web, form))
    expect((await about('revoke', at, at.web, access_token)).status).toBe(200)
    expect((await me(at, access_token)).status).toBe(401)
  })

  it('a client without grant types can still revoke its tokens', async () => {
    const { at, tokens } = await signedIn()
    const { redirectUri: _, secret: __, ...client } = at.web
    await putClient(at.store, { ...client, grantTypes: [] })
    expect((await about('revoke', at, at.web, tokens.refresh_token)).status).toBe(200)
    expect((await me(at, tokens.access_token)).status).toBe(401)
  })

  it('security 23: no token, two tokens and a token with NUL are invalid_request', async () => {
    const at = await provider({ layer })
    for (const token of ['', ['a', 'b'], 'a\0b', 'a'.repeat(8193)]) {
      const answer = await about('revoke', at, at.web, '', { token })
      expect(refusal(answer)).toEqual({ status: 400, error: 'invalid_request' })
    }
    const twice = { token_type_hint: ['access_token', 'refresh_token'] }
    expect(refusal(await about('revoke', at, at.web, unknown, twice)).status).toBe(400)
  })

  it('accepts only POST and forms', async () => {
    const at = await provider({ layer })
    expect(refusal(await request(at.app).get(`/oauth/revoke?token=${unknown}`)).status).toBe(400)
    const json = request(at.app).post('/oauth/revoke').auth(at.web.id, at.web.secret!)
    expect(refusal(await json.send({ token: unknown })).error).toBe('invalid_request')
  })

  it('security 34: a failed revocation is a 503 with Retry-After and can be repeated', async () => {
    let away = true
    const at = await provider(
      { layer },
      {
        through: (store) =>
          around(store, ({ name, proceed }) => {
            if (away && name.startsWith('revoke')) return Promise.reject(new Error('away'))
            return proceed()
          }),
      },
    )
    const { refresh_token, access_token } = await signIn(at, at.web)
    for (const token of [access_token, refresh_token]) {
      const answer = await about('revoke', at, at.web, token)
      expect(refusal(answer)).toEqual({ status: 503, error: 'temporarily_unavailable' })
      expect(answer.headers['retry-after']).toMatch(/^\d+$/)
    }
    away = false
    expect((await about('revoke', at, at.web, refresh_token)).status).toBe(200)
    expect((await me(at, access_token)).status).toBe(401)
  })

  it('emits grant.revoked and token.revoked, once, without a token', async () => {
    const { at, tokens } = await signedIn()
    const heard: unknown[] = []
    for (const name of ['grant.revoked', 'token.revoked'] as const) {
      at.oauth.events.on(name, (event: EventMap[typeof name][0]) => heard.push([name, event]))
    }
    await about('revoke', at, at.web, tokens.access_token)
    await about('revoke', at, at.web, tokens.refresh_token)
    await about('revoke', at, at.web, tokens.refresh_token)
    const grant = { grantId: expect.any(String), clientId: at.web.id, userId: at.user.id }
    expect(heard).toEqual([
      ['token.revoked', grant],
      ['grant.revoked', { ...grant, grants: 1 }],
    ])
  })

  it('calls the store once for the client, the token and the revocation', async () => {
    const names: string[] = []
    const at = await provider(
      { layer },
      {
        through: (store) =>
          around(store, ({ name, proceed }) => {
            names.push(name)
            return proceed()
          }),
      },
    )
    const client = await register(at.store)
    const { refresh_token } = await signIn(at, client)
    names.length = 0
    await about('revoke', at, client, refresh_token)
    expect(names.toSorted()).toEqual(['find', 'getClient', 'revoke'])
  })
})
