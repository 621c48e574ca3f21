import { prismaStore } from '@oauth2-kit/prisma'
import { roundsOf } from '../../../test/support/growth'
import { type AnyClient, clientFor, describeEngines } from './support/engines'
import { aCredential, aGrant, all, issued, refOf } from '@oauth2-kit/testing'

describeEngines((place) => {
  let client: AnyClient
  beforeAll(() => {
    client = clientFor(place.url, { connections: 10 })
  })
  afterAll(() => client.$disconnect())

  it('leaves no token of grants that are rotated while they are revoked', async () => {
    const store = prismaStore(client)
    let lost = 0
    await inBatches(roundsOf(150), 10, async () => {
      const { grant, credential } = await issued(store)
      const next = aCredential()
      const attempts = [next, aCredential(), aCredential()]
      const rotations = attempts.map((one) =>
        store.redeem(credential, [one, aCredential({ kind: 'access' })]),
      )
      const extension = store.extend(credential.grant, [aCredential()])
      expect(await store.revoke({ grantId: grant.id })).toBe(1)
      const left = await client.oAuthCredential.count({ where: { userId: grant.userId } })
      await Promise.all([...rotations, extension])
      const late = await client.oAuthCredential.count({ where: { userId: grant.userId } })
      lost += left + late
    })
    expect(lost).toBe(0)
  })

  it('removes a grant with 200 rotations in one call', async () => {
    const store = prismaStore(client)
    const { grant, credential } = await issued(store)
    let old = credential
    for (let n = 0; n < 200; n++) {
      const next = aCredential()
      expect(await store.redeem(old, [next])).toEqual({ status: 'redeemed' })
      old = { ...next, grant: credential.grant }
    }
    expect(await store.revoke({ grantId: grant.id })).toBe(1)
    expect(await client.oAuthCredential.count({ where: { userId: grant.userId } })).toBe(0)
  })

  it('revokes all grants of a client in batches, and counts each once', async () => {
    const store = prismaStore(client, { batchSize: 7 })
    const clientId = aGrant().clientId
    for (let n = 0; n < 20; n++) await issued(store, { clientId })
    expect(await store.revoke({ clientId })).toBe(20)
    expect((await store.listGrants({ clientId }, all)).grants).toEqual([])
  })

  it('a grant ends when its only access token is revoked', async () => {
    const store = prismaStore(client)
    const { grant, credential } = await issued(store, {}, { kind: 'access' })
    await store.revokeAccessToken(credential.hash)
    expect((await store.listGrants({ clientId: grant.clientId }, all)).grants).toEqual([])
    expect(await store.revoke({ grantId: grant.id })).toBe(0)
    expect(await store.extend(refOf(grant), [aCredential()])).toBe('revoked')
  })

  it('a revoked access token stays as the redemption mark if it is the only successor', async () => {
    const store = prismaStore(client)
    const { credential } = await issued(store, {}, { kind: 'code' })
    const access = aCredential({ kind: 'access' })
    await store.redeem(credential, [access])
    await store.revokeAccessToken(access.hash)
    expect(await store.find(access.hash)).toBeNull()
    expect(await store.redeem(credential, [aCredential()])).toEqual({ status: 'replayed' })
    expect(await store.isRedeemed(credential)).toBe(true)
  })
})

async function inBatches(count: number, size: number, act: () => Promise<void>): Promise<void> {
  for (let done = 0; done < count; done += size) {
    await Promise.all(Array.from({ length: size }, () => act()))
  }
}
