import type { Credential } from '@oauth2-kit/core'
import { type PrismaStore, prismaStore } from '@oauth2-kit/prisma'
import { type AnyClient, clientFor, describeEngines } from './support/engines'
import { growthRun } from '../../../test/support/growth'
import { aCredential, before, issued, redeemed, t0 } from '@oauth2-kit/testing'

const day = 86_400_000
const rotations = growthRun ? 1000 : 200

describeEngines((place) => {
  let client: AnyClient
  let store: PrismaStore
  beforeAll(() => {
    client = clientFor(place.url)
    store = prismaStore(client)
  })
  afterAll(() => client.$disconnect())

  it(`detects a replay after ${rotations} rotations and purges; keeps access tokens`, async () => {
    const { credential } = await issued(store, {}, { expiresAt: t0 + 14 * day })
    let current: Credential = credential
    const access: string[] = []
    for (let n = 1; n <= rotations; n++) {
      const expiresAt = t0 + n + 14 * day
      const next = aCredential({ expiresAt })
      const token = aCredential({ kind: 'access', expiresAt: t0 + day })
      const answer = aCredential({ kind: 'answer', expiresAt: t0 + n })
      await redeemed(store, current, next, token, answer)
      current = { ...next, grant: credential.grant }
      access.push(token.hash)
    }
    expect(await store.redeem(credential, [aCredential()])).toEqual({ status: 'replayed' })

    const purged = await store.purge({ credentials: t0, shortLived: t0 + rotations + 1 }, 5000)
    expect(purged).toEqual({ deleted: rotations, more: false })
    expect(await store.redeem(credential, [aCredential()])).toEqual({ status: 'replayed' })
    for (const hash of access) expect(await store.find(hash)).not.toBeNull()

    // Access tokens are removed when they expire. Redemption marks stay as long as the marked
    // tokens.
    await store.purge(before(t0 + 2 * day), 5000)
    expect(await store.redeem(credential, [aCredential()])).toEqual({ status: 'replayed' })
    expect(await store.isRedeemed(credential)).toBe(true)
    const { id: grantId } = credential.grant
    const left = await client.oAuthCredential.count({ where: { grantId } })
    expect(left).toBe(rotations + 1)

    expect(await store.revoke({ grantId })).toBe(1)
    expect(await client.oAuthCredential.count()).toBe(0)
  })
})
