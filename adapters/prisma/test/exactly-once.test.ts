import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import type { Credential, Redemption } from '@oauth2-kit/core'
import { prismaStore } from '@oauth2-kit/prisma'
import { type AnyClient, clientFor, describeEngines } from './support/engines'
import { aClient, aCredential, aRecord, aUser, before, issued, t0 } from './support/given'
import type { Order } from './support/redeemer'
import { recorded } from './support/statements'

jest.setTimeout(120_000)

describeEngines((place) => {
  let client: AnyClient
  beforeAll(() => {
    client = clientFor(place.url, { connections: 10 })
  })
  afterAll(() => client.$disconnect())

  it('of 52 attempts at once, in 4 processes, one wins', async () => {
    const store = prismaStore(client)
    const workers = Array.from({ length: 4 }, () => startRedeemer(place.url))
    try {
      await Promise.all(workers.map((worker) => once(worker, 'message')))
      for (let round = 0; round < 3; round++) {
        const { credential } = await issued(store)
        const attempts = Array.from({ length: 52 }, () => aCredential())
        const shares = workers.map((_, at) => attempts.slice(at * 13, (at + 1) * 13))
        const outcomes = await Promise.all(
          workers.map((worker, at) => answer(worker, credential, shares[at]!)),
        ).then((all) => all.flat())
        const winners = attempts.filter((_, at) => outcomes[at]?.status === 'redeemed')
        expect(winners).toHaveLength(1)
        for (const outcome of outcomes) {
          if (outcome.status === 'redeemed') continue
          expect(outcome).toEqual({ status: 'replayed' })
        }
        const rows = await client.oAuthCredential.count({ where: { claims: credential.hash } })
        expect(rows).toBe(1)
      }
    } finally {
      for (const worker of workers) worker.disconnect()
      await Promise.all(workers.map((worker) => once(worker, 'exit')))
    }
  })

  it('a redemption is one INSERT, and nothing is looked at before', async () => {
    const store = prismaStore(client)
    const { credential } = await issued(store)
    const successors = [aCredential(), aCredential({ kind: 'access' })]
    const statements = await recorded(client, () => store.redeem(credential, successors))
    expect(statements.map(({ query }) => query.split(' ')[0])).toEqual(['INSERT'])
  })

  it('a retry of the winner brings nothing back that was purged since', async () => {
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

  it('a mark of use and tokens, which have no kind in common, exclude each other', async () => {
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

  describe('where Prisma’s update() and delete() let several callers win', () => {
    const callers = 20

    /** The most winners of any round, until there were several. */
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

    it('update() of what is unused does', async () => {
      const winners = await winnersOf((caller, id) =>
        caller.oAuthUser.update({ where: { id, data: '{}' }, data: { data: '{"used":true}' } }),
      )
      expect(winners).toBeGreaterThan(1)
    })

    it('delete() does', async () => {
      const winners = await winnersOf((caller, id) => caller.oAuthUser.delete({ where: { id } }))
      expect(winners).toBeGreaterThan(1)
    })

    it('redeem() has one winner among 50, each of 10 times', async () => {
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

    it('the store sends neither', async () => {
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

function startRedeemer(url: string): ChildProcess {
  const typescript = path.resolve(__dirname, '../../../test/support/typescript.cjs')
  return fork(path.join(__dirname, 'support/redeemer.ts'), [url], {
    execArgv: ['--require', typescript],
  })
}

async function answer(
  worker: ChildProcess,
  credential: Credential,
  attempts: Order['attempts'],
): Promise<Redemption[]> {
  worker.send({ credential, attempts } satisfies Order)
  const [outcomes] = (await once(worker, 'message')) as [Redemption[] | { error: string }]
  if ('error' in outcomes) throw new Error(outcomes.error)
  return outcomes
}
