import { redisStore } from '@oauth2-kit/redis'
import { issued, rotated } from './support/given'
import { onServers } from './support/on-servers'

describe('the scripts', () => {
  onServers((place) => {
    it('are loaded again if a server has lost them, also under load', async () => {
      // The server is shared, so every second call uses a hash that the server does not know.
      const client = place.open()
      const call = client.call.bind(client) as (...args: unknown[]) => Promise<unknown>
      let calls = 0
      client.call = ((name: string, script: string, ...rest: unknown[]) => {
        const isForgotten = name === 'evalsha' && calls++ % 2 === 0
        return call(name, isForgotten ? '0'.repeat(40) : script, ...rest)
      }) as never
      const store = redisStore(client, { prefix: place.prefix })
      await Promise.all(
        Array.from({ length: 20 }, async () => {
          let one = await issued(store)
          for (let n = 0; n < 20; n++) one = await rotated(store, one)
          expect(await store.revoke({ grantId: one.grant.id })).toBe(1)
          expect(await store.find(one.hash)).toBeNull()
        }),
      )
      expect(calls).toBeGreaterThan(400)
    })

    it('leave the client unchanged', async () => {
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
