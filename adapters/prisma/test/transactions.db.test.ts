import { prismaStore } from '@oauth2-kit/prisma'
import { type AnyClient, clientFor, describeEngines } from './support/engines'
import { aClient, aCredential, aUser, issued, redeemed, refOf } from '@oauth2-kit/testing'

const patient = { maxWait: 20_000, timeout: 20_000 }

describeEngines((place) => {
  let client: AnyClient
  beforeAll(() => {
    client = clientFor(place.url)
  })
  afterAll(() => client.$disconnect())

  describe('inside a transaction of the application', () => {
    it('the writes of the store are committed with it', async () => {
      const user = aUser()
      const made = await client.$transaction(async (inner) => {
        const store = prismaStore(inner)
        expect(await store.createUser(user)).toBe(true)
        const { credential } = await issued(store, { userId: user.id })
        const next = aCredential()
        await redeemed(store, credential, next)
        return { old: credential, next }
      }, patient)
      const store = prismaStore(client)
      expect(await store.getUser(user.id)).toEqual(user)
      expect(await store.find(made.next.hash)).toEqual({ ...made.next, grant: made.old.grant })
    })

    it('the writes of the store are rolled back with it', async () => {
      const store = prismaStore(client)
      const { grant, credential } = await issued(store)
      const next = aCredential()
      const cancelled = client.$transaction(async (inner) => {
        const within = prismaStore(inner)
        await redeemed(within, credential, next)
        expect(await within.find(next.hash)).not.toBeNull()
        await within.revoke({ grantId: grant.id })
        expect(await within.find(credential.hash)).toBeNull()
        throw new Error('Cancelled')
      }, patient)
      await expect(cancelled).rejects.toThrow('Cancelled')
      expect(await store.find(credential.hash)).toEqual(credential)
      expect(await store.redeem(credential, [aCredential()])).toEqual({ status: 'redeemed' })
    })

    it('a replay, a revoked grant or a duplicate does not abort it', async () => {
      const store = prismaStore(client)
      const [replayed, revoked] = [await issued(store), await issued(store)]
      const winner = aCredential()
      await redeemed(store, replayed.credential, winner)
      await store.revoke({ grantId: revoked.grant.id })
      const kept = aClient()
      await client.$transaction(async (inner) => {
        const within = prismaStore(inner)
        expect(await within.redeem(replayed.credential, [aCredential()])).toEqual({
          status: 'replayed',
        })
        const gone = refOf(revoked.grant)
        expect(await within.redeem(revoked.credential, [aCredential()])).toEqual({
          status: 'revoked',
        })
        expect(await within.extend(gone, [aCredential()])).toBe('revoked')
        const clash = within.extend(replayed.credential.grant, [winner])
        await expect(clash).rejects.toThrow('An entry with that id or hash exists')
        const unknown = { ...replayed.credential, hash: aCredential().hash }
        expect(await within.redeem(unknown, [aCredential()])).toEqual({ status: 'unknown' })
        expect(await within.check()).toEqual([])
        expect(await within.createClient(kept)).toBe(true)
        expect(await within.createClient({ ...kept, version: 'other' })).toBe(false)
      }, patient)
      expect(await store.getClient(kept.id)).toEqual(kept)
    })
  })

  describe('on an extended client', () => {
    it('the store works, and the extension receives each of its queries', async () => {
      const seen: string[] = []
      const extended = client.$extends({
        query: {
          oAuthCredential: {
            $allOperations({ operation, args, query }) {
              seen.push(operation)
              return query(args)
            },
          },
        },
      })
      const store = prismaStore(extended)
      const { grant, credential } = await issued(store)
      await redeemed(store, credential, aCredential())
      expect(await store.find(credential.hash)).toEqual(credential)
      expect(await store.revoke({ grantId: grant.id })).toBe(1)
      const issuing = ['createMany']
      const redeeming = place.provider === 'postgresql' ? 'createManyAndReturn' : 'createMany'
      expect(seen).toEqual([...issuing, redeeming, 'findUnique', 'findUnique', 'deleteMany'])
    })

    it('the store works inside its transaction', async () => {
      const extended = client.$extends({ model: { $allModels: { hello: () => 'hello' } } })
      const { credential } = await extended.$transaction(
        async (inner) => issued(prismaStore(inner)),
        patient,
      )
      expect(await prismaStore(client).find(credential.hash)).toEqual(credential)
    })
  })
})
