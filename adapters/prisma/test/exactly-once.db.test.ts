import { prismaStore } from '@oauth2-kit/prisma'
import { type AnyClient, clientFor, describeEngines } from './support/engines'
import { aClient, aCredential, aRecord, aUser, before, issued, t0 } from '@oauth2-kit/testing'
import { recorded } from './support/statements'

describeEngines((place) => {
  let client: AnyClient
  beforeAll(() => {
    client = clientFor(place.url, { connections: 10 })
  })
  afterAll(() => client.$disconnect())

  it('redeems with one INSERT, and looks up the redeemed credential at the same time', async () => {
    const store = prismaStore(client)
    const { credential } = await issued(store)
    const successors = [aCredential(), aCredential({ kind: 'access' })]
    const statements = await recorded(client, () => store.redeem(credential, successors))
    const verbs = statements.map(({ query }) => query.slice(0, 6))
    expect(new Set(verbs)).toEqual(new Set(['INSERT', 'SELECT']))
    expect(verbs).toHaveLength(2)
  })

  it('a retry of the winner does not restore what was purged since then', async () => {
    const store = prismaStore(client)
    const { credential } = await issued(store)
    const [next, token, answer] = [
      aCredential(),
      aCredential({ kind: 'access' }),
      aCredential({ kind: 'answer', expiresAt: t0 }),
    ]
    const successors = [next, token, answer]
    expect(await store.redeem(credential, successors)).toEqual({ status: 'redeemed' })
    await store.purge({ credentials: t0, shortLived: t0 + 1 }, 1000)
    expect(await store.redeem(credential, successors)).toEqual({ status: 'redeemed' })
    expect(await store.find(answer.hash)).toBeNull()
    expect(await store.find(token.hash)).not.toBeNull()
  })

  it('a redemption mark and tokens, which have different kinds, exclude each other', async () => {
    const store = prismaStore(client)
    for (let round = 0; round < 10; round++) {
      const { credential } = await issued(store, {}, { kind: 'code' })
      const attempts = [
        [aCredential({ kind: 'used' })],
        [aCredential(), aCredential({ kind: 'access' })],
        [aCredential({ kind: 'access' })],
      ]
      const outcomes = await Promise.all(attempts.map((one) => store.redeem(credential, one)))
      const won = attempts.filter((_, at) => outcomes[at]?.status === 'redeemed')
      expect(won).toHaveLength(1)
      const kept = await client.oAuthCredential.findMany({ where: { claims: credential.hash } })
      expect(kept.map(({ id }) => id).toSorted()).toEqual(
        won[0]!.map(({ hash }) => hash).toSorted(),
      )
    }
  })

  if (place.provider !== 'mysql') return

  describe('where update() and delete() of Prisma let several callers win', () => {
    const callers = 20

    /** Returns the most winners of a round. Stops after a round with several. */
    async function winnersOf(act: (caller: AnyClient, id: string) => Promise<unknown>) {
      const clients = [client, clientFor(place.url, { connections: 10 })]
      let most = 0
      for (let round = 0; round < 50 && most < 2; round++) {
        const user = aUser()
        await prismaStore(client).createUser(user)
        const outcomes = await Promise.allSettled(
          Array.from({ length: callers }, (_, at) => act(clients[at % 2]!, user.id)),
        )
        most = Math.max(most, outcomes.filter(({ status }) => status === 'fulfilled').length)
      }
      await clients[1]!.$disconnect()
      return most
    }

    it('update() with a condition has several winners', async () => {
      const winners = await winnersOf((caller, id) =>
        caller.oAuthUser.update({ where: { id, data: null }, data: { data: '{"used":true}' } }),
      )
      expect(winners).toBeGreaterThan(1)
    })

    it('delete() has several winners', async () => {
      const winners = await winnersOf((caller, id) => caller.oAuthUser.delete({ where: { id } }))
      expect(winners).toBeGreaterThan(1)
    })

    it('redeem() has one winner among 50 callers in each of 10 rounds', async () => {
      const store = prismaStore(client)
      for (let round = 0; round < 10; round++) {
        const { credential } = await issued(store)
        const outcomes = await Promise.all(
          Array.from({ length: 50 }, () => store.redeem(credential, [aCredential()])),
        )
        expect(outcomes.filter(({ status }) => status === 'redeemed')).toHaveLength(1)
        expect(outcomes.filter(({ status }) => status === 'replayed')).toHaveLength(49)
      }
    })

    it('the store uses none of update(), delete(), upsert() and create()', async () => {
      const forbidden = ['update', 'delete', 'upsert', 'create'] as const
      const used: string[] = []
      const watched = client.$extends({
        query: {
          $allModels: {
            $allOperations({ operation, args, query }) {
              used.push(operation)
              return query(args)
            },
          },
        },
      })
      const store = prismaStore(watched)
      const { grant, credential } = await issued(store)
      await store.redeem(credential, [aCredential()])
      await store.redeem(credential, [aCredential()])
      const [user, app] = [aUser({ id: grant.userId! }), aClient({ id: grant.clientId })]
      await store.createUser(user)
      await store.updateUser({ ...user, version: 'next' }, user.version)
      await store.createClient(app)
      await store.updateClient({ ...app, version: 'next' }, app.version)
      const record = aRecord()
      await store.addRecord(record)
      await store.takeRecord(record.key)
      await store.revokeAccessToken(credential.hash)
      await store.deleteClient(grant.clientId)
      await store.deleteUser(grant.userId!, Date.now())
      await store.purge(before(Date.now()), 10)
      expect(used.length).toBeGreaterThan(10)
      for (const operation of forbidden) expect(used).not.toContain(operation)
    })
  })
})
