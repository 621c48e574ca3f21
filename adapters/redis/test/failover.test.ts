import { setTimeout as sleep } from 'node:timers/promises'
import type { Credential, NewCredential, Redemption } from '@oauth2-kit/core'
import { describeDatabase } from '@oauth2-kit/conformance/databases'
import type { RedisStore } from '@oauth2-kit/redis'
import { issued, successors } from './support/given'
import { OwnServers, until } from './support/own-servers'

// The servers are the test's own; the name says what must be there to start them.
describeDatabase('redis-cluster', () => {
  it('a master is killed under 50 callers: each token is redeemed once, and none is lost', async () => {
    await using servers = await OwnServers.startCluster(3)
    const stores = Array.from({ length: 4 }, () =>
      servers.storeAt(servers.clusterUrl, { waitReplicas: 1, waitMs: 200 }),
    )
    let failures = 0
    let rounds = 0
    const over = new AbortController()

    /** The same attempt until there is an answer. */
    async function answerOf(store: RedisStore, old: Credential, some: NewCredential[]) {
      for (;;) {
        try {
          return await store.redeem(old, some)
        } catch {
          failures++
          await sleep(20)
        }
      }
    }

    /** Two callers who both want to rotate the same token, again and again. */
    async function rivals(number: number): Promise<void> {
      const [one, other] = [stores[number % 4]!, stores[(number + 1) % 4]!]
      let current = await issued(one)
      while (!over.signal.aborted) {
        const [first, second] = [successors(), successors()]
        const outcomes = await Promise.all([
          answerOf(one, current, first),
          answerOf(other, current, second),
        ])
        expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['redeemed', 'replayed'])
        const [next] = outcomes[0].status === 'redeemed' ? first : second
        expect(winnerOf(outcomes)).toBe(next!.hash)
        current = { ...next!, grant: current.grant }
        rounds++
      }
      expect(await findBy(one, current.hash)).toEqual(current)
    }

    const working = Promise.all(Array.from({ length: 25 }, (_, number) => rivals(number)))
    await until(async () => rounds > 200)
    const killed = await aMaster(servers)
    await servers.kill(killed)
    await until(async () => failures > 0)
    await until(async () => (await servers.at(killed).info('replication')).includes('role:slave'))
    const before = rounds
    await until(async () => rounds > before + 500)
    over.abort()
    await working
  }, 120_000)
})

function winnerOf(outcomes: Redemption[]): string | undefined {
  return outcomes.flatMap((one) => (one.status === 'replayed' ? [one.by.hash] : []))[0]
}

async function findBy(store: RedisStore, hash: string): Promise<Credential | null> {
  for (;;) {
    const found = await store.find(hash).catch(() => sleep(20))
    if (found !== undefined) return found
  }
}

async function aMaster(servers: OwnServers): Promise<number> {
  for (let number = 0; ; number++) {
    const info = await servers.at(number).info('replication')
    if (info.includes('role:master')) return number
  }
}
