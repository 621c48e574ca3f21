import { setTimeout as sleep } from 'node:timers/promises'
import { drill, tell } from '../../../test/support/drill'
import { issued, successors } from './support/given'
import { OwnServers, ownServersTimeout } from './support/own-servers'

/** The number of pairs of callers. Both callers of a pair rotate the same token. */
const pairs = 25
/** Rotations of each pair, before a master is killed and after the Cluster has recovered. */
const rotations = { before: 5, after: 10 }
/** The timeout of the core for a call, in milliseconds. */
const deadline = 5000

drill('redis-cluster', () => {
  it(
    'killing a master under 50 callers redeems each token once and loses none',
    async () => {
      await using servers = await OwnServers.startCluster(3)
      const stores = Array.from({ length: 4 }, () =>
        servers.storeAt(
          servers.clusterUrl,
          { waitReplicas: 1, waitMs: 500 },
          { commandTimeout: 2000, connectTimeout: 2000 },
        ),
      )
      const rounds = Array.from({ length: pairs }, () => 0)
      const least = () => Math.min(...rounds)
      let failures = 0
      let longest = 0
      const over = new AbortController()
      const givenUp = new AbortController()

      /** Repeats the same attempt until it succeeds. */
      async function retryCall<T>(call: () => Promise<T>): Promise<T> {
        for (;;) {
          const since = performance.now()
          try {
            return await Promise.race([call(), rejectAfter(deadline)])
          } catch {
            longest = Math.max(longest, performance.now() - since)
            failures++
            givenUp.signal.throwIfAborted()
            await sleep(20)
          }
        }
      }

      /** Rotates a token with two concurrent callers until the test is over. */
      async function rivals(number: number): Promise<void> {
        const [one, other] = [stores[number % 4]!, stores[(number + 1) % 4]!]
        let current = await retryCall(() => issued(one))
        while (!over.signal.aborted) {
          const old = current
          const [first, second] = [successors(), successors()]
          const outcomes = await Promise.all([
            retryCall(() => one.redeem(old, first)),
            retryCall(() => other.redeem(old, second)),
          ])
          expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['redeemed', 'replayed'])
          const [next] = outcomes[0].status === 'redeemed' ? first : second
          current = { ...next!, grant: old.grant }
          rounds[number]!++
        }
        expect(await retryCall(() => one.find(current.hash))).toEqual(current)
      }

      const working = Promise.all(Array.from({ length: pairs }, (_, number) => rivals(number)))
      let done = false
      working.then(() => (done = true)).catch(() => {})
      /** Waits for a condition. Rejects at once if a caller fails. */
      const until = (what: string, isSo: () => boolean | Promise<boolean>) =>
        Promise.race([working, servers.until(what, isSo)])
      try {
        await until('all callers rotate', () => least() >= rotations.before)
        const [killed] = await servers.having('master')
        const failuresBefore = failures
        await servers.kill(killed!)
        const since = performance.now()
        await until('calls fail', () => failures > failuresBefore)
        await until(
          'a replica is promoted',
          async () => (await servers.having('master')).length === 3,
        )
        const outage = performance.now() - since
        await servers.revive(killed!)
        await Promise.race([working, servers.untilWhole()])
        expect(await servers.having('master')).not.toContain(killed)
        const before = [...rounds]
        await until('all callers rotate again', () =>
          rounds.every((number, at) => number >= before[at]! + rotations.after),
        )
        over.abort()
        await until('all callers are done', () => done)
        await working
        const all = rounds.reduce((sum, number) => sum + number)
        tell(`redis-cluster: a replica was promoted after ${Math.round(outage)} ms; ${all} rotations;
  ${failures} calls failed, within ${Math.round(longest)} ms, and succeeded when they were tried again`)
      } finally {
        givenUp.abort()
        over.abort()
        await working.catch(() => {})
      }
    },
    ownServersTimeout,
  )
})

async function rejectAfter(milliseconds: number): Promise<never> {
  await sleep(milliseconds, undefined, { ref: false })
  throw new Error(`No answer within ${milliseconds} ms`)
}
