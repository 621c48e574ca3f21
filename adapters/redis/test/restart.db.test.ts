import { setTimeout as sleep } from 'node:timers/promises'
import type { Credential } from '@oauth2-kit/core'
import { describeDatabase } from '@oauth2-kit/conformance/databases'
import { issued, rotated, successors } from './support/given'
import { OwnServers, killable, ownServersTimeout } from './support/own-servers'

// The test starts its own server; the name only selects when it can run.
describeDatabase('redis', () => {
  it(
    'a restart with an append-only file keeps everything that was acknowledged',
    async () => {
      await using servers = await OwnServers.start(
        () => ['--appendonly yes --appendfsync always'],
        1,
      )
      // Commands that were sent to the killed server get no reply.
      const store = servers.storeAt(servers.urls[0]!, {}, killable)
      const [live, redeemed, revoked]: Credential[][] = [[], [], []]
      const killed = new AbortController()

      async function work(): Promise<void> {
        const one = await issued(store)
        live!.push(await rotated(store, one))
        redeemed!.push(one)
        const other = await issued(store)
        await store.revoke({ grantId: other.grant.id })
        revoked!.push(other)
      }

      async function workOn(): Promise<void> {
        // A call that rejects is not acknowledged.
        while (!killed.signal.aborted) await work().catch(() => sleep(1))
      }

      const working = Promise.all(Array.from({ length: 10 }, workOn))
      try {
        await servers.until('100 grants are revoked', () => revoked!.length > 100)
        await servers.kill(0)
      } finally {
        killed.abort()
        await working
      }
      await servers.revive(0)

      const again = servers.storeAt(servers.urls[0]!)
      expect(await Promise.all(live!.map(({ hash }) => again.find(hash)))).toEqual(live)
      const none = revoked!.map(() => null)
      expect(await Promise.all(revoked!.map(({ hash }) => again.find(hash)))).toEqual(none)
      for (const { status } of await Promise.all(
        redeemed!.map((one) => again.redeem(one, successors())),
      )) {
        expect(status).toBe('replayed')
      }
    },
    ownServersTimeout,
  )
})
