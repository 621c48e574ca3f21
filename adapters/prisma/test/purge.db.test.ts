import type { Credential, Grant } from '@oauth2-kit/core'
import { type CredentialRow, type PrismaStore, prismaStore } from '@oauth2-kit/prisma'
import { credentialRow, grantRow } from '../src/rows'
import { type AnyClient, clientFor, describeEngines } from './support/engines'
import {
  aCredential,
  aGrant,
  aRecord,
  aUser,
  all,
  before,
  issued,
  redeemed,
  refOf,
  t0,
} from '@oauth2-kit/testing'

describeEngines((place) => {
  let client: AnyClient
  let store: PrismaStore
  // Rows of another test would be purged and counted too.
  beforeEach(async () => {
    client ??= clientFor(place.url)
    store = prismaStore(client, { batchSize: 4 })
    await client.oAuthCredential.deleteMany({ where: { kind: 'grant' } })
    await client.oAuthCredential.deleteMany()
    await client.oAuthRecord.deleteMany()
    await client.oAuthUser.deleteMany()
  })
  afterAll(() => client.$disconnect())

  it('removes what expired before the cutoff, and keeps what expires at it or later', async () => {
    const [past, same, future, never] = await Promise.all(
      [t0 - 1, t0, t0 + 1, null].map((expiresAt) => issued(store, {}, { expiresAt })),
    )
    expect(await store.purge(before(t0), 99)).toEqual({ deleted: 1, more: false })
    expect(await store.find(past!.credential.hash)).toBeNull()
    for (const kept of [same, future, never]) {
      expect(await store.find(kept!.credential.hash)).not.toBeNull()
    }
  })

  it.each([1, 4, 5, 8])('in batches of 4, removes at most the limit of %i', async (limit) => {
    for (let n = 0; n < 10; n++) await issued(store)
    await store.addRecord(aRecord({ expiresAt: t0 + 60_000 }))
    let left = 11
    for (let more = true; more;) {
      const purged = await store.purge(before(t0 + 60_001), limit)
      expect(purged).toEqual({ deleted: Math.min(limit, left), more: left > limit })
      left -= purged.deleted
      more = purged.more
    }
    expect(left).toBe(0)
    expect(await client.oAuthCredential.count()).toBe(0)
  })

  it('removes a grant with its last credential, and not before', async () => {
    const grant = aGrant()
    const [short, long] = [aCredential(), aCredential({ expiresAt: t0 + 90_000 })]
    await store.issue(grant, [short, long], {})
    await store.purge(before(t0 + 60_001), 9)
    expect(await store.find(short.hash)).toBeNull()
    expect((await store.listGrants({ userId: grant.userId! }, all)).grants).toEqual([grant])
    expect(await store.extend(refOf(grant), [aCredential()])).toBe('extended')
    expect(await store.purge(before(t0 + 90_001), 9)).toEqual({ deleted: 2, more: false })
    expect(await store.revoke({ grantId: grant.id })).toBe(0)
    expect(await client.oAuthCredential.count()).toBe(0)
  })

  it('keeps a redemption mark until the credential that it marks expires', async () => {
    const { credential } = await issued(store, {}, { expiresAt: t0 + 90_000 })
    const [second, third] = [10_000, 20_000].map((ms) => aCredential({ expiresAt: t0 + ms }))
    await redeemed(store, credential, second!)
    await redeemed(store, { ...second!, grant: credential.grant }, third!)
    expect(await store.purge(before(t0 + 60_000), 9)).toEqual({ deleted: 0, more: false })
    expect(await store.redeem(credential, [aCredential()])).toEqual({ status: 'replayed' })
    expect(await store.redeem(credential, [second!])).toEqual({ status: 'redeemed' })
    expect(await store.isRedeemed(credential)).toBe(true)
    expect(await store.purge(before(t0 + 90_001), 9)).toEqual({ deleted: 3, more: false })
    expect(await client.oAuthCredential.count()).toBe(0)
  })

  it('never redeems an expired credential again that a purge removes with its mark', async () => {
    const { grant, credential } = await issued(store, {}, { expiresAt: t0 })
    await redeemed(store, credential, aCredential({ expiresAt: t0 }))
    await store.extend(refOf(grant), [aCredential({ expiresAt: t0 + 90_000 })])
    // The INSERT of the redemption waits for a query that was sent with it, and for the purge.
    const waiting = client.$extends({
      query: {
        oAuthCredential: {
          async $allOperations({ operation, args, query }) {
            if (operation.startsWith('createMany')) {
              await client.oAuthCredential.findMany({ where: { id: credential.hash } })
              await new Promise((resolve) => setImmediate(resolve))
              await client.oAuthCredential.findMany({ where: { id: credential.hash } })
              await prismaStore(client).purge(before(t0 + 60_000), 99)
            }
            return query(args)
          },
        },
      },
    })
    const late = aCredential({ createdAt: t0 + 60_000, expiresAt: t0 + 90_000 })
    expect(await prismaStore(waiting).redeem(credential, [late])).toEqual({ status: 'unknown' })
    expect(await store.find(late.hash)).toBeNull()
  })

  it('keeps the marks of a chain as long as the credentials that they mark', async () => {
    const { credential } = await issued(store, {}, { expiresAt: t0 + 90_000 })
    const chain: Credential[] = [credential]
    for (let n = 1; n <= 30; n++) {
      const next = aCredential({ expiresAt: t0 + n })
      await redeemed(store, chain.at(-1)!, next)
      chain.push({ ...next, grant: credential.grant })
    }
    expect(await store.purge(before(t0 + 60_000), 99)).toEqual({ deleted: 0, more: false })
    for (const one of chain.slice(0, -1)) expect(await store.isRedeemed(one)).toBe(true)
    expect(await store.purge(before(t0 + 90_001), 99)).toEqual({ deleted: 31, more: false })
    expect(await client.oAuthCredential.count()).toBe(0)
  })

  it('removes an expired credential despite redemption marks that have to stay', async () => {
    for (let n = 0; n < 9; n++) {
      const { credential } = await issued(store, {}, { expiresAt: null })
      await redeemed(store, credential, aCredential({ kind: 'used', expiresAt: t0 + n }))
    }
    const { credential } = await issued(store, {}, { expiresAt: t0 + 100 })
    expect(await store.purge(before(t0 + 101), 9)).toEqual({ deleted: 1, more: false })
    expect(await store.find(credential.hash)).toBeNull()
  })

  it('removes an expired access token, and keeps the refresh token issued with it', async () => {
    const { credential } = await issued(store, {}, { kind: 'code', expiresAt: t0 + 10 })
    const refresh = aCredential({ expiresAt: t0 + 90_000 })
    const access = aCredential({ kind: 'access', expiresAt: t0 + 20 })
    await redeemed(store, credential, refresh, access)
    expect(await store.purge(before(t0 + 60_000), 9)).toEqual({ deleted: 2, more: false })
    expect(await store.find(refresh.hash)).not.toBeNull()
  })

  it('removes an access token that was revoked alone, and does not count it', async () => {
    const { credential } = await issued(store, {}, { kind: 'code', expiresAt: t0 + 10 })
    const access = aCredential({ kind: 'access', expiresAt: t0 + 20 })
    await redeemed(store, credential, access)
    await store.revokeAccessToken(access.hash)
    expect(await store.purge(before(t0 + 60_000), 9)).toEqual({ deleted: 1, more: false })
    expect(await client.oAuthCredential.count()).toBe(0)
  })

  it('leaves nothing of a grant that was rotated 60 times and has expired', async () => {
    const { credential } = await issued(store)
    let current: Credential = credential
    for (let n = 1; n <= 60; n++) {
      const next = aCredential({ expiresAt: t0 + 60_000 + n * 1000 })
      await redeemed(store, current, next)
      current = { ...next, grant: credential.grant }
    }
    expect(await store.purge(before(t0 + 200_000), 1000)).toEqual({ deleted: 61, more: false })
    expect(await client.oAuthCredential.count()).toBe(0)
  })

  it.each([500, 10_000])('purges 1,100 grants in batches of %i', async (batchSize) => {
    const large = prismaStore(client, { batchSize })
    const grants = Array.from({ length: 1100 }, () => aGrant())
    const ofAll = (count: number, rowOf: (grant: Grant) => CredentialRow) =>
      grants.slice(count, count + 50).map(rowOf)
    for (let n = 0; n < grants.length; n += 50) {
      await client.oAuthCredential.createMany({ data: ofAll(n, grantRow) })
      const data = ofAll(n, (grant) => credentialRow(aCredential(), grant))
      await client.oAuthCredential.createMany({ data })
    }
    const kept = await issued(large, {}, { expiresAt: t0 + 90_000 })
    expect(await large.purge(before(t0 + 60_001), 5000)).toEqual({ deleted: 1100, more: false })
    expect(await large.find(kept.credential.hash)).toEqual(kept.credential)
    expect(await client.oAuthCredential.count()).toBe(2)
  })

  it('removes answers, records and marks of deleted users by the cutoff shortLived', async () => {
    const { credential } = await issued(store, {}, { expiresAt: t0 + 1 })
    const [next, answer] = [aCredential(), aCredential({ kind: 'answer', expiresAt: t0 + 1 })]
    await redeemed(store, credential, next, answer)
    const record = aRecord({ expiresAt: t0 + 1 })
    await store.addRecord(record)
    const user = aUser()
    await store.createUser(user)
    await store.deleteUser(user.id, t0 + 1)
    const purged = await store.purge({ credentials: t0, shortLived: t0 + 2 }, 99)
    expect(purged).toEqual({ deleted: 3, more: false })
    expect(await store.find(answer.hash)).toBeNull()
    expect(await store.getRecord(record.key)).toBeNull()
    expect(await client.oAuthUser.count({ where: { id: user.id } })).toBe(0)
    expect(await store.createUser(user)).toBe(true)
    for (const kept of [credential, next]) expect(await store.find(kept.hash)).not.toBeNull()
    expect(await store.purge({ credentials: t0 + 2, shortLived: t0 }, 99)).toMatchObject({
      deleted: 1,
    })
  })

  it('removes an expired grant even if its answer has not expired', async () => {
    const { credential } = await issued(store, {}, { expiresAt: t0 })
    const [next, answer] = [
      aCredential({ expiresAt: t0 }),
      aCredential({ kind: 'answer', expiresAt: t0 + 90_000 }),
    ]
    await redeemed(store, credential, next, answer)
    await store.purge(before(t0 + 1), 99)
    expect(await client.oAuthCredential.count()).toBe(0)
  })

  it('keeps a record that was taken and added again', async () => {
    const record = aRecord({ expiresAt: t0 })
    await store.addRecord(record)
    await store.takeRecord(record.key)
    await store.addRecord({ ...record, expiresAt: t0 + 90_000 })
    await store.purge(before(t0 + 1), 99)
    expect(await store.getRecord(record.key)).toEqual({ ...record, expiresAt: t0 + 90_000 })
  })

  it('causes no error in concurrent calls that issue, redeem and purge', async () => {
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
  for (let more = true; more;) ({ more } = await store.purge(before(t0 + 60_001), 10))
}
