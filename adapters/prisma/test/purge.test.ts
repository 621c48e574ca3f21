import type { Credential } from '@oauth2-kit/core'
import { type PrismaStore, prismaStore } from '@oauth2-kit/prisma'
import { type AnyClient, clientFor, describeEngines } from './support/engines'
import { aCredential, aGrant, all, issued, redeemed, refOf, t0 } from './support/given'

jest.setTimeout(120_000)

describeEngines((place) => {
  let client: AnyClient
  let store: PrismaStore
  // What another test left would be purged and counted too.
  beforeEach(async () => {
    client ??= clientFor(place.url)
    store = prismaStore(client, { batchSize: 4 })
    await client.oAuthCredential.deleteMany({ where: { kind: 'grant' } })
    await client.oAuthCredential.deleteMany()
  })
  afterAll(() => client.$disconnect())

  it('removes what expired before that time, and nothing that expires at it or later', async () => {
    const [past, at, future, never] = await Promise.all(
      [t0 - 1, t0, t0 + 1, null].map((expiresAt) => issued(store, {}, { expiresAt })),
    )
    expect(await store.purge(t0, 99)).toEqual({ deleted: 1, more: false })
    expect(await store.find(past!.credential.hash)).toBeNull()
    for (const kept of [at, future, never]) {
      expect(await store.find(kept!.credential.hash)).not.toBeNull()
    }
  })

  it.each([1, 4, 5, 8])('in batches of 4: removes no more than a limit of %i', async (limit) => {
    for (let n = 0; n < 10; n++) await issued(store)
    await store.remember('a', t0 + 60_000)
    let left = 11
    for (let more = true; more;) {
      const purged = await store.purge(t0 + 60_001, limit)
      expect(purged).toEqual({ deleted: Math.min(limit, left), more: left > limit })
      left -= purged.deleted
      more = purged.more
    }
    expect(left).toBe(0)
    expect(await client.oAuthCredential.count()).toBe(0)
  })

  it('a grant goes with the last of its credentials, and not before', async () => {
    const grant = aGrant()
    const [short, long] = [aCredential(), aCredential({ expiresAt: t0 + 90_000 })]
    await store.issue(grant, [short, long])
    await store.purge(t0 + 60_001, 9)
    expect(await store.find(short.hash)).toBeNull()
    expect(await store.listGrants({ userId: grant.userId! }, all)).toEqual([grant])
    expect(await store.extend(refOf(grant), [aCredential()])).toBe('extended')
    expect(await store.purge(t0 + 90_001, 9)).toEqual({ deleted: 2, more: false })
    expect(await store.revoke({ grantId: grant.id })).toBe(0)
    expect(await client.oAuthCredential.count()).toBe(0)
  })

  it('a mark of use stays as long as what it marks, and the whole chain behind that', async () => {
    const { credential } = await issued(store, {}, { expiresAt: t0 + 90_000 })
    const [second, third] = [10_000, 20_000].map((ms) => aCredential({ expiresAt: t0 + ms }))
    await redeemed(store, credential, second!)
    await redeemed(store, { ...second!, grant: credential.grant }, third!)
    expect(await store.purge(t0 + 60_000, 9)).toEqual({ deleted: 0, more: false })
    expect(await store.redeem(credential, [aCredential()])).toMatchObject({
      status: 'replayed',
      by: { hash: second!.hash },
    })
    for (const one of [credential, { ...second!, grant: credential.grant }])
      expect(await store.isRedeemed(one)).toBe(true)
    expect(await store.purge(t0 + 90_001, 9)).toEqual({ deleted: 3, more: false })
  })

  it('marks that have to stay hold up nothing that may go', async () => {
    for (let n = 0; n < 9; n++) {
      const { credential } = await issued(store, {}, { expiresAt: null })
      await redeemed(store, credential, aCredential({ kind: 'used', expiresAt: t0 + n }))
    }
    const { credential } = await issued(store, {}, { expiresAt: t0 + 100 })
    expect(await store.purge(t0 + 101, 9)).toEqual({ deleted: 1, more: false })
    expect(await store.find(credential.hash)).toBeNull()
  })

  it('an access token goes before the refresh token that came with it', async () => {
    const { credential } = await issued(store, {}, { kind: 'code', expiresAt: t0 + 10 })
    const refresh = aCredential({ expiresAt: t0 + 90_000 })
    const access = aCredential({ kind: 'access', expiresAt: t0 + 20 })
    await redeemed(store, credential, refresh, access)
    expect(await store.purge(t0 + 60_000, 9)).toEqual({ deleted: 2, more: false })
    expect(await store.find(refresh.hash)).not.toBeNull()
  })

  it('an access token that was revoked alone is not counted, and leaves nothing', async () => {
    const { credential } = await issued(store, {}, { kind: 'code', expiresAt: t0 + 10 })
    const access = aCredential({ kind: 'access', expiresAt: t0 + 20 })
    await redeemed(store, credential, access)
    await store.revokeCredential(access.hash)
    expect(await store.purge(t0 + 60_000, 9)).toEqual({ deleted: 1, more: false })
    expect(await client.oAuthCredential.count()).toBe(0)
  })

  it('a family that was rotated 60 times and has expired leaves nothing', async () => {
    const { credential } = await issued(store)
    let current: Credential = credential
    for (let n = 1; n <= 60; n++) {
      const next = aCredential({ expiresAt: t0 + 60_000 + n * 1000 })
      await redeemed(store, current, next)
      current = { ...next, grant: credential.grant }
    }
    expect(await store.purge(t0 + 200_000, 1000)).toEqual({ deleted: 61, more: false })
    expect(await client.oAuthCredential.count()).toBe(0)
  })

  it('purging while others issue, redeem and purge costs none of them an error', async () => {
    const other = clientFor(place.url)
    try {
      const busy = prismaStore(other)
      for (let n = 0; n < 60; n++) await issued(store)
      const live: string[] = []
      const writing = Promise.all(
        Array.from({ length: 60 }, async () => {
          const { credential } = await issued(busy, {}, { expiresAt: t0 + 500_000 })
          const next = aCredential({ expiresAt: t0 + 500_000 })
          await redeemed(busy, credential, next)
          live.push(credential.hash, next.hash)
        }),
      )
      const purging = Promise.all([purgeAll(store), purgeAll(busy)])
      await Promise.all([writing, purging])
      for (const hash of live) expect(await store.find(hash)).not.toBeNull()
      await purgeAll(store)
      expect(await client.oAuthCredential.count()).toBe(180)
    } finally {
      await other.$disconnect()
    }
  })
})

async function purgeAll(store: PrismaStore): Promise<void> {
  for (let more = true; more;) ({ more } = await store.purge(t0 + 60_001, 10))
}
