import { setTimeout as sleep } from 'node:timers/promises'
import type { Credential } from '@oauth2-kit/core'
import { describeDatabase } from '@oauth2-kit/conformance/databases'
import { issued, rotated, successors } from './support/given'
import { OwnServers, until } from './support/own-servers'

describeDatabase('redis', () => {
  it('a restart with an append-only file keeps everything that was acknowledged', async () => {
    await using servers = await OwnServers.start(() => ['--appendonly yes'], 1)
    const store = servers.storeAt(servers.urls[0]!)
    const [live, spent, revoked]: Credential[][] = [[], [], []]
    const killed = new AbortController()

    async function work(): Promise<void> {
      const one = await issued(store)
      live!.push(await rotated(store, one))
      spent!.push(one)
      const other = await issued(store)
      await store.revoke({ grantId: other.grant.id })
      revoked!.push(other)
    }

    async function workOn(): Promise<void> {
      // What breaks off is not acknowledged.
      while (!killed.signal.aborted) await work().catch(() => sleep(1))
    }

    const working = Array.from({ length: 20 }, workOn)
    await until(async () => revoked!.length > 500)
    await servers.kill(0)
    killed.abort()
    await Promise.all(working)
    await until(async () => (await servers.at(0).ping()) === 'PONG')

    for (const one of live!) expect(await store.find(one.hash)).toEqual(one)
    for (const one of revoked!) expect(await store.find(one.hash)).toBeNull()
    for (const one of spent!) {
      expect(await store.redeem(one, successors())).toMatchObject({ status: 'replayed' })
    }
  }, 60_000)
})
