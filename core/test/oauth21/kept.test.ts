import type { Hooks } from '@oauth2-kit/core'
import { expresses } from '../support/express'
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
import { around } from './around'
import { grantsOf, putClient } from '../support/records'

/** Purges everything that has expired. */
async function purge({ store, clock }: Provider): Promise<void> {
  const { more } = await store.purge({ credentials: clock.at, shortLived: clock.at }, 1000)
  expect(more).toBe(false)
}

describe.each(expresses)('stored data on $version', ({ express }) => {
  describe('purging', () => {
    it('security 33: removes nothing that is still valid', async () => {
      const at = await provider(express)
      const { access_token, refresh_token } = await signIn(at, at.web)
      const code = await getCode(at, at.web)
      await purge(at)
      expect((await me(at, access_token)).status).toBe(200)
      tokensOf(await refresh(at, at.web, refresh_token))
      tokensOf(await exchange(at, at.web, code))
    })

    it('security 33: keeps the redeemed mark of a refresh token that has not expired', async () => {
      const at = await provider(express)
      const first = await signIn(at, at.web)
      const second = tokensOf(await refresh(at, at.web, first.refresh_token))
      at.clock.step(7_200_000)
      await purge(at)
      // The access tokens are purged, the grant is not.
      const { body } = await about('introspect', at, at.web, first.refresh_token)
      expect(body).toEqual({ active: false })
      expect(refusal(await refresh(at, at.web, first.refresh_token))).toEqual(invalidGrant)
      expect(refusal(await refresh(at, at.web, second.refresh_token))).toEqual(invalidGrant)
    })

    it('security 33: removes everything of a grant that has ended', async () => {
      const at = await provider(express, { grantLifetime: 100 })
      const { refresh_token } = await signIn(at, at.web)
      await refresh(at, at.web, refresh_token)
      at.clock.step(100_001)
      await purge(at)
      expect(await grantsOf(at.store, { clientId: at.web.id })).toEqual([])
      const ever = { credentials: Number.MAX_SAFE_INTEGER, shortLived: Number.MAX_SAFE_INTEGER }
      expect(await at.store.purge(ever, 9)).toEqual({ deleted: 0, more: false })
    })
  })

  it('security 34: a failure while issuing tokens stores nothing and can be retried', async () => {
    let failing = true
    const at = await provider(express, {
      through: (store) =>
        around(store, ({ name, proceed }) => {
          if (failing && ['issue', 'redeem'].includes(name))
            return Promise.reject(new Error('away'))
          return proceed()
        }),
    })
    const form = { grant_type: 'client_credentials' }
    expect((await askForToken(at, at.web, form)).status).toBe(503)
    expect(await grantsOf(at.store, { clientId: at.web.id })).toEqual([])
    failing = false
    tokensOf(await askForToken(at, at.web, form))
    const code = await getCode(at, at.web)
    failing = true
    expect((await exchange(at, at.web, code)).status).toBe(503)
    failing = false
    tokensOf(await exchange(at, at.web, code))
  })

  it('security 35: two servers with the same clients and users share no tokens', async () => {
    const [one, two] = [await provider(express), await provider(express)]
    const { redirectUri: _, secret: __, ...client } = one.web
    await putClient(two.store, client)
    const { access_token, refresh_token } = await signIn(one, one.web)
    const code = await getCode(one, one.web)
    expect((await me(two, access_token)).status).toBe(401)
    expect(refusal(await refresh(two, one.web, refresh_token))).toEqual(invalidGrant)
    expect(refusal(await exchange(two, one.web, code))).toEqual(invalidGrant)
    await about('revoke', two, one.web, refresh_token)
    await two.oauth.revokeGrants({ clientId: one.web.id })
    expect((await me(one, access_token)).status).toBe(200)
    tokensOf(await exchange(one, one.web, code))
  })

  it('security 36: times keep their milliseconds, in UTC', async () => {
    const at = await provider(express)
    at.clock.at = Date.UTC(2026, 1, 28, 23, 59, 59, 987)
    const { access_token } = await signIn(at, at.web)
    const { body } = await me(at, access_token)
    expect(body.bearerToken.expires).toBe('2026-03-01T00:59:59.987Z')
  })

  it.each(['𝄞.$ne.%_\u0301', '__proto__', '$where', '{"$ne":null}', ' a ', '4711'])(
    'security 36: the user id %j is stored unchanged',
    async (id) => {
      const decider: Hooks = { authenticate: () => ({ id }), consent: () => true }
      const at = await provider(express, { decider })
      const { access_token } = await signIn(at, at.web)
      expect((await me(at, access_token)).body.user).toEqual({ id })
    },
  )

  it('security 36: 4 KB of metadata are stored unchanged, including null', async () => {
    const metadata = {
      text: 'é✓𝄞'.repeat(700),
      'a.b': { $set: 1 },
      nothing: null,
      list: [null, { deep: [] }],
    }
    let seen: unknown
    const decider: Hooks = {
      authenticate: () => ({ id: 'ada' }),
      consent(_req, _res, { client }) {
        seen = client
        return true
      },
    }
    const at = await provider(express, { decider })
    await getCode(at, await register(at.store, { metadata }))
    expect(seen).toMatchObject({ metadata })
    expect((seen as { name?: string }).name).toBeUndefined()
  })
})
