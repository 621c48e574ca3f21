import { drill, tell } from '../../../test/support/drill'
import { OwnServers, ownServersTimeout } from './support/own-servers'
import { startRivals } from './support/rivals'

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
      const rivals = startRivals(stores, pairs, deadline)
      const { rounds, failures } = rivals
      /** Waits for a condition. Rejects at once if a caller fails. */
      const until = (what: string, isSo: () => boolean | Promise<boolean>) =>
        rivals.until(servers.until(what, isSo))
      try {
        await until('all callers rotate', () => Math.min(...rounds) >= rotations.before)
        const [killed] = await servers.having('master')
        const { count: failuresBefore } = failures()
        await servers.kill(killed!)
        const since = performance.now()
        await until('calls fail', () => failures().count > failuresBefore)
        await until(
          'a replica is promoted',
          async () => (await servers.having('master')).length === 3,
        )
        const outage = performance.now() - since
        await servers.revive(killed!)
        await rivals.until(servers.untilWhole())
        expect(await servers.having('master')).not.toContain(killed)
        const before = [...rounds]
        await until('all callers rotate again', () =>
          rounds.every((number, at) => number >= before[at]! + rotations.after),
        )
        await rivals.end()
        const all = rounds.reduce((sum, number) => sum + number)
        const { count, longest } = failures()
        tell(`redis-cluster: a replica was promoted after ${Math.round(outage)} ms; ${all} rotations;
  ${count} calls failed, within ${Math.round(longest)} ms, and succeeded when they were tried again`)
      } finally {
        await rivals.stop()
      }
    },
    ownServersTimeout,
  )
})
