import type { Credential } from '@oauth2-kit/core'
import { typeormStore } from '@oauth2-kit/typeorm'
import { tablesOf } from './support/create'
import { describeEngines, migrated } from './support/data-source'
import { aCredential, issued, redeemed, t0 } from '@oauth2-kit/testing'

const rotations = 1000
const minute = 60_000

describeEngines((place) => {
  it('F3: the first refresh token is replayed after 1,000 rotations and two purges', async () => {
    const tables = tablesOf('growth')
    await using dataSource = await migrated(place.url, { tables })
    const store = typeormStore(dataSource, { tables })
    const lifetime = rotations * minute
    const { credential: first } = await issued(store, {}, { expiresAt: t0 + lifetime })
    const accessTokens: string[] = []
    let current: Credential = first
    for (let n = 1; n <= rotations; n++) {
      const now = t0 + n * minute
      const next = aCredential({ createdAt: now, expiresAt: now + lifetime })
      const access = aCredential({ kind: 'access', createdAt: now, expiresAt: now + 10 * minute })
      const answer = aCredential({ kind: 'answer', createdAt: now, expiresAt: now + 30_000 })
      await redeemed(store, current, next, access, answer)
      accessTokens.push(access.hash)
      current = { ...next, grant: first.grant }
      if (n !== rotations / 2 && n !== rotations - 1) continue
      const { more } = await store.purge({ credentials: now, shortLived: now }, 10_000)
      expect(more).toBe(false)
    }
    expect(await store.redeem(first, [aCredential()])).toEqual({ status: 'replayed' })
    expect(await store.isRedeemed(first)).toBe(true)
    // What is left: the grant, the refresh tokens, and the access tokens that are valid.
    const [{ n }] = await dataSource.query('SELECT COUNT(*) AS n FROM growth_credentials')
    expect(Number(n)).toBeLessThan(rotations + 20)
    const valid = await Promise.all(accessTokens.slice(-10).map((hash) => store.find(hash)))
    expect(valid).not.toContain(null)
    await redeemed(store, current, aCredential())
  })
})
