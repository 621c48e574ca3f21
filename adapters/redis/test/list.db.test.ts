import { randomUUID } from 'node:crypto'
import type { Credential, Grant } from '@oauth2-kit/core'
import { describeDatabase } from '@oauth2-kit/conformance/databases'
import { type RedisStore, redisStore } from '@oauth2-kit/redis'
import { growthRun } from '../../../test/support/growth'
import { fresh, issued, listed, rotated } from './support/given'
import { onServers } from './support/on-servers'
import { OwnServers, ownServersTimeout } from './support/own-servers'

describe('listGrants()', () => {
  onServers((place) => {
    const count = growthRun ? 3000 : 600
    it(`F17: the number of requests depends on the page, not on ${count} grants`, async () => {
      const client = place.open()
      const store = redisStore(client, { prefix: place.prefix, tenant: randomUUID() })
      const userId = randomUUID()
      await many(store, count, { userId })
      // The server then has the script.
      let { next } = await store.listGrants({ userId }, { limit: 10 })
      const requests = jest.spyOn(client, 'call')
      for (let pages = 0; pages < 3; pages++) {
        requests.mockClear()
        const page = await store.listGrants({ userId }, { after: next!, limit: 10 })
        expect(page.grants).toHaveLength(10)
        expect(requests).toHaveBeenCalledTimes(client.isCluster ? 11 : 1)
        next = page.next
      }
    })

    it('lists each grant while others are rotated, revoked and issued', async () => {
      const store = place.store({ tenant: randomUUID() })
      const userId = randomUUID()
      const lasting = await many(store, 60, { userId })
      const moving = await Promise.all(Array.from({ length: 60 }, () => issued(store, { userId })))
      const revoked = new Set((await many(store, 60, { userId })).map(({ id }) => id))
      const seen = new Set<string>()
      let after: string | undefined
      let pages = 0
      do {
        expect(++pages).toBeLessThan(200)
        const page = await store.listGrants(
          { userId },
          after === undefined ? { limit: 7 } : { after, limit: 7 },
        )
        expect(page.grants.length).toBeLessThanOrEqual(7)
        for (const { id } of page.grants) seen.add(id)
        // Including the grant that the cursor names.
        for (const { id } of page.grants) {
          if (revoked.has(id)) await store.revoke({ grantId: id })
        }
        const [first] = moving.splice(0, 1)
        if (first) moving.push(await rotated(store, first, { expiresAt: Date.now() + 120_000 }))
        await many(store, 1, { userId })
        after = page.next ?? undefined
      } while (after !== undefined)
      expect(
        [...lasting, ...moving.map(({ grant }) => grant)].filter(({ id }) => !seen.has(id)),
      ).toEqual([])
    })

    it('continues after a grant that was revoked, if no grant expires', async () => {
      const store = place.store({ tenant: randomUUID() })
      const clientId = randomUUID()
      const grants = await many(store, 50, { clientId }, null)
      const order = (await listed(store, { clientId }, 7)).map(({ id }) => id)
      expect(order.toSorted()).toEqual(grants.map(({ id }) => id).toSorted())
      const { next } = await store.listGrants({ clientId }, { limit: 20 })
      for (const id of order.slice(10, 25)) await store.revoke({ grantId: id })
      const page = await store.listGrants({ clientId }, { after: next!, limit: 100 })
      expect(page).toEqual({ grants: expect.anything() as unknown, next: null })
      expect(page.grants.map(({ id }) => id)).toEqual(order.slice(25))
    })

    it('skips all expired entries in one call', async () => {
      const tenant = randomUUID()
      const store = place.store({ tenant })
      const { grant } = await issued(store)
      const index = `${place.prefix}:@${tenant}:gu:${grant.userId}`
      const expired = Array.from({ length: 500 }, (_, at) => [1000 + at, `gone-${at}`]).flat()
      await place.client.zadd(index, ...expired)
      const page = await store.listGrants({ userId: grant.userId! }, { limit: 2 })
      expect(page.grants.map(({ id }) => id)).toEqual([grant.id])
      expect(page.next).toBeNull()
    })

    it('lists only the grants of that user at that client', async () => {
      const store = place.store({ tenant: randomUUID() })
      const [userId, clientId] = [randomUUID(), randomUUID()]
      await many(store, 20, { userId })
      await many(store, 20, { clientId })
      const both = await many(store, 20, { userId, clientId })
      const found = await listed(store, { userId, clientId }, 5)
      expect(found.map(({ id }) => id).toSorted()).toEqual(both.map(({ id }) => id).toSorted())
      expect(await listed(store, { userId, clientId: randomUUID() })).toEqual([])
    })

    it.each(['', 'x', '5', 'inf', '-1 a', '1e3 a', '5 a b'])(
      'lists nothing if "after" is %p, which is not a cursor',
      async (after) => {
        const store = place.store({ tenant: randomUUID() })
        await many(store, 1, { userId: 'u' })
        const page = { after, limit: 5 }
        expect(await store.listGrants({ userId: 'u' }, page)).toEqual({ grants: [], next: null })
      },
    )
  })

  // A separate server, as the test counts its commands.
  describeDatabase('redis', () => {
    it(
      'F17: runs one command for each grant of a page, and some to find its start',
      async () => {
        await using servers = await OwnServers.start(() => [''], 1)
        const store = servers.storeAt(servers.urls[0]!)
        const userId = randomUUID()
        await many(store, 3000, { userId })
        const { next } = await store.listGrants({ userId }, { limit: 10 })
        await servers.at(0).config('RESETSTAT')
        await store.listGrants({ userId }, { after: next!, limit: 10 })
        const stats = await servers.at(0).info('commandstats')
        const calls = [...stats.matchAll(/calls=(\d+)/g)].map(([, count]) => Number(count))
        // The search halves 3,000 entries twelve times.
        expect(calls.reduce((sum, count) => sum + count)).toBeLessThan(10 + 12 + 10)
      },
      ownServersTimeout,
    )
  })
})

/** Issues grants, at most 100 at a time. */
async function many(
  store: RedisStore,
  count: number,
  differences: Partial<Grant>,
  expiresAt: number | null = fresh().expiresAt,
) {
  const made: Credential[] = []
  while (made.length < count) {
    const some = Array.from({ length: Math.min(100, count - made.length) }, () =>
      issued(store, differences, { expiresAt }),
    )
    made.push(...(await Promise.all(some)))
  }
  return made.map(({ grant }) => grant)
}
