import { expresses } from '../support/express'
import {
  type Provider,
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
import { putClient } from '../support/records'

describe.each(expresses)('refreshing on $version', ({ express }) => {
  it('returns a new access token and a new refresh token each time', async () => {
    const at = await provider(express)
    const first = await signIn(at, at.spa)
    const second = tokensOf(await refresh(at, at.spa, first.refresh_token))
    const third = tokensOf(await refresh(at, at.spa, second.refresh_token))
    const all = [first, second, third].flatMap((tokens) => [
      tokens.access_token,
      tokens.refresh_token,
    ])
    expect(new Set(all).size).toBe(6)
    for (const { access_token } of [first, second, third]) {
      expect(await userOf(at, access_token)).toEqual(at.user)
    }
  })

  it('security 16: a refresh token is bound to its client; another does not burn it', async () => {
    const at = await provider(express)
    const { access_token, refresh_token } = await signIn(at, at.web)
    for (const other of [at.post, at.spa]) {
      expect(refusal(await refresh(at, other, refresh_token))).toEqual(invalidGrant)
    }
    expect((await me(at, access_token)).status).toBe(200)
    tokensOf(await refresh(at, at.web, refresh_token))
  })

  it('security 16: another client that presents one gets and revokes nothing', async () => {
    const at = await provider(express)
    const { refresh_token } = await signIn(at, at.web)
    expect(refusal(await refresh(at, at.spa, refresh_token))).toEqual(invalidGrant)
    tokensOf(await refresh(at, at.web, refresh_token))
  })

  it('security 16: a narrower scope does not change the grant', async () => {
    const at = await provider(express)
    const first = await signIn(at, at.web, { scope: 'profile email' })
    const narrow = tokensOf(await refresh(at, at.web, first.refresh_token, { scope: 'profile' }))
    expect(narrow.scope).toBe('profile')
    expect((await me(at, narrow.access_token)).body).toMatchObject({ scope: 'profile' })
    const again = tokensOf(await refresh(at, at.web, narrow.refresh_token))
    expect(again.scope).toBe('profile email')
  })

  it.each(['profile email', 'admin', 'email'])(
    'security 16: the scope may not widen from profile to %s, and the token stays valid',
    async (scope) => {
      const at = await provider(express)
      const { refresh_token } = await signIn(at, at.web, { scope: 'profile' })
      const answer = await refresh(at, at.web, refresh_token, { scope })
      expect(refusal(answer)).toEqual({ status: 400, error: 'invalid_scope' })
      expect(tokensOf(await refresh(at, at.web, refresh_token)).scope).toBe('profile')
    },
  )

  describe('security 16: a client whose scopes were reduced', () => {
    it('gets the remaining scopes, and all of them once they are restored', async () => {
      const { at, refresh_token, client } = await narrowed(express, ['email', 'phone'])
      const rest = tokensOf(await refresh(at, at.web, refresh_token))
      expect(rest.scope).toBe('email')
      expect((await me(at, rest.access_token)).body).toMatchObject({ scope: 'email' })
      await putClient(at.store, client)
      expect(tokensOf(await refresh(at, at.web, rest.refresh_token)).scope).toBe('profile email')
    })

    it.each(['profile', 'profile email', 'phone'])(
      'is refused the scope %s, and the token stays valid',
      async (scope) => {
        const { at, refresh_token } = await narrowed(express, ['email', 'phone'])
        const answer = await refresh(at, at.web, refresh_token, { scope })
        expect(refusal(answer)).toEqual({ status: 400, error: 'invalid_scope' })
        expect(tokensOf(await refresh(at, at.web, refresh_token)).scope).toBe('email')
      },
    )

    it('is refused if no granted scope is left, and the token stays valid', async () => {
      const { at, refresh_token, client } = await narrowed(express, ['phone'])
      const answer = await refresh(at, at.web, refresh_token)
      expect(refusal(answer)).toEqual({ status: 400, error: 'invalid_scope' })
      await putClient(at.store, client)
      expect(tokensOf(await refresh(at, at.web, refresh_token)).scope).toBe('profile email')
    })

    it('keeps all scopes if it may have any scope', async () => {
      const { at, refresh_token } = await narrowed(express, null)
      expect(tokensOf(await refresh(at, at.web, refresh_token)).scope).toBe('profile email')
    })
  })

  it.each(['access_token', 'code'])('refuses the %s as a refresh token', async (what) => {
    const at = await provider(express)
    const { access_token } = await signIn(at, at.web)
    const token = what === 'code' ? (await getCode(at, at.web)).code : access_token
    expect(refusal(await refresh(at, at.web, token))).toEqual(invalidGrant)
  })

  it('a client that may no longer refresh gets unauthorized_client and burns nothing', async () => {
    const at = await provider(express)
    const { refresh_token } = await signIn(at, at.web)
    const { id } = at.web
    const client = (await at.store.getClient(id))!
    await putClient(at.store, { ...client, grantTypes: ['authorization_code'] })
    const answer = await refresh(at, at.web, refresh_token)
    expect(refusal(answer)).toEqual({ status: 400, error: 'unauthorized_client' })
    await putClient(at.store, client)
    tokensOf(await refresh(at, at.web, refresh_token))
  })

  it.each([
    ['the client', { client: ['authorization_code'], server: undefined }],
    ['the server', { client: undefined, server: ['authorization_code'] }],
  ])('no refresh token is issued if %s has no refresh_token grant', async (_who, grants) => {
    const at = await provider(express, { grants: grants.server })
    const client = await register(at.store, grants.client && { grantTypes: grants.client })
    expect(await signIn(at, client)).not.toHaveProperty('refresh_token')
  })
})

/** Signs in with `profile email` at a client, and then limits the client to these scopes. */
async function narrowed(express: (typeof expresses)[number]['express'], scopes: string[] | null) {
  const at = await provider(express)
  const { refresh_token } = await signIn(at, at.web, { scope: 'profile email' })
  const client = (await at.store.getClient(at.web.id))!
  await putClient(at.store, { ...client, scopes })
  return { at, refresh_token, client }
}

async function userOf(at: Provider, accessToken: string): Promise<unknown> {
  return (await me(at, accessToken)).body.user
}
