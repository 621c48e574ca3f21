import { expresses } from '../support/express'
import { around, deferred } from './around'
import {
  exchange,
  getCode,
  invalidGrant,
  me,
  provider,
  refresh,
  refusal,
  signIn,
  tokensOf,
} from '../support/provider'
import { grantsOf } from '../support/records'

const parallel = Array.from({ length: 50 })

describe.each(expresses)('rotation on $version', ({ express }) => {
  it('security 17: 50 parallel refreshes in the grace period get the same response', async () => {
    const at = await provider(express)
    const { refresh_token } = await signIn(at, at.spa)
    const answers = await Promise.all(parallel.map(() => refresh(at, at.spa, refresh_token)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    tokensOf(await refresh(at, at.spa, tokensOf(answers[0]!).refresh_token))
  })

  it('security 17: exactly one of 50 refreshes succeeds without a grace period', async () => {
    const at = await provider(express, { refreshGrace: 0 })
    const { refresh_token } = await signIn(at, at.spa)
    const answers = await Promise.all(parallel.map(() => refresh(at, at.spa, refresh_token)))
    const others = answers.filter(({ status }) => status !== 200)
    expect(others).toHaveLength(49)
    for (const other of others) expect(refusal(other)).toEqual(invalidGrant)
  })

  it.each([
    ['after the grace period', 10, 10_000],
    ['immediately, without a grace period', 0, 0],
    ['a day later', 10, 86_400_000],
  ])(
    'security 18: a refresh token that is reused %s is refused, and the grant is revoked',
    async (_when, refreshGrace, later) => {
      const at = await provider(express, { refreshGrace, accessTokenLifetime: null })
      const first = await signIn(at, at.spa)
      const second = tokensOf(await refresh(at, at.spa, first.refresh_token))
      at.clock.step(later)
      expect(refusal(await refresh(at, at.spa, first.refresh_token))).toEqual(invalidGrant)
      expect((await me(at, first.access_token)).status).toBe(401)
      expect((await me(at, second.access_token)).status).toBe(401)
      expect(refusal(await refresh(at, at.spa, second.refresh_token))).toEqual(invalidGrant)
    },
  )

  it('security 18: the grace period ends once the successor is redeemed', async () => {
    const at = await provider(express)
    const first = await signIn(at, at.spa)
    const second = tokensOf(await refresh(at, at.spa, first.refresh_token))
    const third = tokensOf(await refresh(at, at.spa, second.refresh_token))
    expect(refusal(await refresh(at, at.spa, first.refresh_token))).toEqual(invalidGrant)
    expect((await me(at, third.access_token)).status).toBe(401)
    expect(refusal(await refresh(at, at.spa, third.refresh_token))).toEqual(invalidGrant)
  })

  it('security 18: reuse of a refresh token that has expired still revokes the grant', async () => {
    const at = await provider(express, { refreshTokenLifetime: 100 })
    const first = await signIn(at, at.spa)
    at.clock.step(60_000)
    const second = tokensOf(await refresh(at, at.spa, first.refresh_token))
    at.clock.step(60_000)
    const answer = await refresh(at, at.spa, first.refresh_token)
    expect(refusal(answer)).toEqual(invalidGrant)
    expect(answer.body.error_description).toBe('Refresh token has expired')
    expect((await me(at, second.access_token)).status).toBe(401)
    expect(refusal(await refresh(at, at.spa, second.refresh_token))).toEqual(invalidGrant)
  })

  it('security 18: other grants of the same user and client stay valid', async () => {
    const at = await provider(express, { refreshGrace: 0 })
    const other = await signIn(at, at.spa)
    const { refresh_token } = await signIn(at, at.spa)
    await refresh(at, at.spa, refresh_token)
    await refresh(at, at.spa, refresh_token)
    expect((await me(at, other.access_token)).status).toBe(200)
    tokensOf(await refresh(at, at.spa, other.refresh_token))
  })

  it('security 20: a revocation during a rotation wins', async () => {
    const arrived = deferred()
    const released = deferred()
    const at = await provider(express, {
      through: (store) =>
        around(store, async ({ name, args, proceed }) => {
          const [old] = args as [{ kind?: string }]
          if (name === 'redeem' && old.kind === 'refresh') {
            arrived.resolve()
            await released.promise
          }
          return proceed()
        }),
    })
    const { access_token, refresh_token } = await signIn(at, at.spa)
    const rotating = refresh(at, at.spa, refresh_token).then(refusal)
    await arrived.promise
    expect(await at.store.revoke({ userId: at.user.id })).toBe(1)
    released.resolve()
    expect(await rotating).toEqual(invalidGrant)
    expect((await me(at, access_token)).status).toBe(401)
    expect(refusal(await refresh(at, at.spa, refresh_token))).toEqual(invalidGrant)
  })

  it('security 20: a revocation during a code exchange wins', async () => {
    const at = await provider(express, {
      through: (store) =>
        around(store, async ({ name, args, proceed }) => {
          const [old] = args as [{ grant: { id: string } }]
          if (name === 'redeem') await store.revoke({ grantId: old.grant.id })
          return proceed()
        }),
    })
    const code = await getCode(at, at.spa)
    expect(refusal(await exchange(at, at.spa, code))).toEqual(invalidGrant)
    const left = await grantsOf(at.store, { userId: at.user.id })
    expect(left).toEqual([])
  })
})
