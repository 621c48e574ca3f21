import { expresses } from '../support/express'
import { around } from './around'
import {
  type Parameters,
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
import { grantsOf } from '../support/records'

describe.each(expresses)('authorization codes on $version', ({ express }) => {
  it('security 8: a code is bound to its client, and another client does not burn it', async () => {
    const at = await provider(express)
    const code = await getCode(at, at.web)
    expect(refusal(await exchange(at, at.post, code))).toEqual(invalidGrant)
    expect(refusal(await exchange(at, at.spa, code))).toEqual(invalidGrant)
    tokensOf(await exchange(at, at.web, code))
  })

  it.each<[string, Parameters]>([
    ['a different', { redirect_uri: 'https://client.example/other' }],
    ['no', { redirect_uri: undefined }],
  ])('security 8: a code with %s redirect URI is refused, and not burnt', async (_which, wrong) => {
    const at = await provider(express)
    const code = await getCode(at, at.web)
    expect(refusal(await exchange(at, at.web, code, wrong))).toEqual(invalidGrant)
    tokensOf(await exchange(at, at.web, code))
  })

  it('security 8: a code requested without redirect_uri needs none', async () => {
    const at = await provider(express)
    const unsent = { redirect_uri: undefined }
    const [one, other] = [await getCode(at, at.web, unsent), await getCode(at, at.web, unsent)]
    expect((await exchange(at, at.web, one, unsent)).status).toBe(200)
    expect((await exchange(at, at.web, other)).status).toBe(200)
  })

  it('security 8: a code requested without redirect_uri refuses an unregistered one', async () => {
    const at = await provider(express)
    const code = await getCode(at, at.web, { redirect_uri: undefined })
    const answer = await exchange(at, at.web, code, { redirect_uri: 'https://evil.example/' })
    expect(refusal(answer)).toEqual(invalidGrant)
  })

  it.each(['access_token', 'refresh_token'] as const)(
    'security 8: refuses the %s as a code',
    async (name) => {
      const at = await provider(express)
      const tokens = await signIn(at, at.web)
      const code = { ...(await getCode(at, at.web)), code: tokens[name] }
      expect(refusal(await exchange(at, at.web, code))).toEqual(invalidGrant)
      expect((await me(at, tokens.access_token)).status).toBe(200)
    },
  )

  it('security 9: of 50 parallel attempts with one code exactly one gets tokens', async () => {
    const at = await provider(express)
    const code = await getCode(at, at.spa)
    const answers = await Promise.all(Array.from({ length: 50 }, () => exchange(at, at.spa, code)))
    const [winners, others] = [200, 400].map((status) => answers.filter((a) => a.status === status))
    expect([winners?.length, others?.length]).toEqual([1, 49])
    expect(new Set(others?.map(({ body }) => body.error))).toEqual(new Set(['invalid_grant']))
  })

  it('security 10: 50 parallel attempts with one code leave no valid token', async () => {
    const at = await provider(express)
    const code = await getCode(at, at.spa)
    const answers = await Promise.all(Array.from({ length: 50 }, () => exchange(at, at.spa, code)))
    const { access_token, refresh_token } = tokensOf(answers.find(({ status }) => status === 200)!)
    expect((await me(at, access_token)).status).toBe(401)
    expect(refusal(await refresh(at, at.spa, refresh_token))).toEqual(invalidGrant)
  })

  it.each([
    ['at once', 0],
    ['when it would have expired', 30_000],
    ['an hour later', 3_600_000],
  ])(
    'security 10: a code that is replayed %s is refused, and its tokens are revoked',
    async (_when, later) => {
      const at = await provider(express)
      const code = await getCode(at, at.web)
      const first = tokensOf(await exchange(at, at.web, code))
      const second = tokensOf(await refresh(at, at.web, first.refresh_token))
      at.clock.step(later)
      expect(refusal(await exchange(at, at.web, code))).toEqual(invalidGrant)
      const { web } = at
      const grants = await grantsOf(at.store, { clientId: web.id })
      expect(grants).toEqual([])
      expect((await me(at, first.access_token)).status).toBe(401)
      expect((await me(at, second.access_token)).status).toBe(401)
      expect(refusal(await refresh(at, web, second.refresh_token))).toEqual(invalidGrant)
    },
  )

  it('security 10: a replay does not revoke other grants of the same user and client', async () => {
    const at = await provider(express)
    const other = await signIn(at, at.web)
    const code = await getCode(at, at.web)
    await exchange(at, at.web, code)
    await exchange(at, at.web, code)
    expect((await me(at, other.access_token)).status).toBe(200)
    tokensOf(await refresh(at, at.web, other.refresh_token))
  })

  it('security 10: another client that presents a code gets and revokes nothing', async () => {
    const at = await provider(express)
    const code = await getCode(at, at.web)
    expect(refusal(await exchange(at, at.spa, code))).toEqual(invalidGrant)
    tokensOf(await exchange(at, at.web, code))
  })

  it('security 11: a code expires after 30 seconds by default', async () => {
    const at = await provider(express)
    const [early, late] = [await getCode(at, at.web), await getCode(at, at.web)]
    at.clock.step(29_999)
    tokensOf(await exchange(at, at.web, early))
    at.clock.step(1)
    const answer = await exchange(at, at.web, late)
    expect(refusal(answer)).toEqual(invalidGrant)
    expect(answer.body.error_description).toBe('Code has expired')
  })

  it('security 11: authCodeLifetime sets the lifetime of a code', async () => {
    const at = await provider(express, { authCodeLifetime: 60 })
    const [early, late] = [await getCode(at, at.web), await getCode(at, at.web)]
    at.clock.step(59_999)
    tokensOf(await exchange(at, at.web, early))
    at.clock.step(1)
    expect(refusal(await exchange(at, at.web, late))).toEqual(invalidGrant)
  })

  it.each([undefined, null, Number.NaN, 'tomorrow'])(
    'security 11: a code whose expiry is %p is expired',
    async (expiresAt) => {
      const at = await provider(express, {
        through: (store) =>
          around(store, async ({ name, proceed }) =>
            name === 'find' ? { ...((await proceed()) as object), expiresAt } : proceed(),
          ),
      })
      expect(refusal(await exchange(at, at.web, await getCode(at, at.web)))).toEqual(invalidGrant)
    },
  )

  it('issues a code with an empty scope to a client without scopes', async () => {
    const at = await provider(express)
    const client = await register(at.store, { scopes: [] })
    expect(await signIn(at, client)).toMatchObject({ scope: '' })
  })
})
