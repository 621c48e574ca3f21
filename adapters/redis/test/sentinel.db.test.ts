import { describeDatabase } from '@oauth2-kit/conformance/databases'
import { drill, tell } from '../../../test/support/drill'
import { issued } from './support/given'
import { OwnServers, ownServersTimeout } from './support/own-servers'
import { startRivals } from './support/rivals'

const name = 'oauth'
/** The timeout of the core for a call, in milliseconds. */
const deadline = 5000

// The tests start their own servers; the name only selects when they can run.
describeDatabase('redis', () => {
  describe('three Sentinels', () => {
    it(
      'a failover under 10 callers redeems each token once and loses none',
      async () => {
        await using servers = await OwnServers.startSentinels(name)
        const store = storeOn(servers)
        expect(await store.check()).toEqual([])
        const credential = await issued(store)
        await rotateThrough(servers, 5, () => servers.at(2).call('SENTINEL', 'FAILOVER', name))
        expect(await store.find(credential.hash)).toEqual(credential)
        expect(await store.check()).toEqual([])
      },
      ownServersTimeout,
    )

    it(
      'check() names the master by the name that the Sentinels know',
      async () => {
        await using servers = await OwnServers.startSentinels(name)
        const store = storeOn(servers)
        await servers.at(0).config('SET', 'maxmemory-policy', 'allkeys-lru')
        const [finding] = await store.check()
        expect(finding?.problem).toMatch(/^The maxmemory-policy of the master of "oauth" is/)
      },
      ownServersTimeout,
    )
  })
})

drill('redis-sentinel', () => {
  it(
    'killing the master under 50 callers redeems each token once and loses none',
    async () => {
      await using servers = await OwnServers.startSentinels(name)
      const figures = await rotateThrough(
        servers,
        25,
        () => servers.kill(0),
        () => servers.revive(0),
      )
      expect(figures).toContain('succeeded when they were tried again')
      tell(`redis-sentinel: ${figures}`)
    },
    ownServersTimeout,
  )
})

function storeOn(servers: OwnServers) {
  const client = { sentinels: servers.sentinels, name, commandTimeout: 2000, connectTimeout: 2000 }
  return servers.storeAt(servers.urls[0]!, { waitReplicas: 1, waitMs: 500 }, client)
}

/** Rotates tokens while the replica takes over, and until both servers are in sync again. */
async function rotateThrough(
  servers: OwnServers,
  pairs: number,
  failOver: () => Promise<unknown>,
  recover: () => Promise<void> = async () => {},
): Promise<string> {
  const rivals = startRivals(
    Array.from({ length: 4 }, () => storeOn(servers)),
    pairs,
    deadline,
  )
  const { rounds } = rivals
  const allBy = (least: (at: number) => number) =>
    rivals.until(
      servers.until('all callers rotate', () => rounds.every((done, at) => done >= least(at))),
    )
  try {
    await allBy(() => 5)
    const since = performance.now()
    await failOver()
    await rivals.until(
      servers.until('the replica is promoted', async () =>
        (await servers.at(1).info('replication')).includes('role:master'),
      ),
    )
    const outage = Math.round(performance.now() - since)
    await recover()
    await rivals.until(
      servers.until('the old master is a replica in sync', async () =>
        /role:slave[\s\S]*master_link_status:up/.test(await servers.at(0).info('replication')),
      ),
    )
    const before = [...rounds]
    await allBy((at) => before[at]! + 10)
    await rivals.end()
    const { count, longest } = rivals.failures()
    const all = rounds.reduce((sum, done) => sum + done)
    return `promoted after ${outage} ms; ${all} rotations; ${count} calls failed, within ${Math.round(longest)} ms, and succeeded when they were tried again`
  } finally {
    await rivals.stop()
  }
}
