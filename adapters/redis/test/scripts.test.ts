import { redisStore } from '@oauth2-kit/redis'
import { issued, rotated } from './support/given'
import { onServers } from './support/on-servers'
import { mastersOf } from './support/servers'

describe('the scripts', () => {
  onServers((place) => {
    it('are loaded again where a server has forgotten them, also under load', async () => {
      const store = place.store()
      const enough = new AbortController()
      const forgetting = (async () => {
        while (!enough.signal.aborted) {
          const masters = await mastersOf(place.client)
          await Promise.all(masters.map((node) => node.script('FLUSH')))
        }
      })()
      try {
        await Promise.all(
          Array.from({ length: 20 }, async () => {
            let one = await issued(store)
            for (let n = 0; n < 20; n++) one = await rotated(store, one)
            expect(await store.revoke({ grantId: one.grant.id })).toBe(1)
            expect(await store.find(one.hash)).toBeNull()
          }),
        )
      } finally {
        enough.abort()
        await forgetting
      }
    }, 120_000)

    it('leave the client as it was', async () => {
      const client = place.open()
      await client.ping()
      const shape = () => [Object.keys(client), client.eventNames(), client.listenerCount('ready')]
      const before = shape()
      const store = redisStore(client, { prefix: place.prefix })
      await rotated(store, await issued(store))
      await store.check()
      expect(shape()).toEqual(before)
    })
  })
})
