import { randomUUID } from 'node:crypto'
import { type Wire, openWire } from '@oauth2-kit/conformance'
import { type RedisStore, redisStore } from '@oauth2-kit/redis'
import { aGrant, aHash, all } from '../../memory/test/support/given'
import { fresh, issued, rotated, successors } from './support/given'
import { onServers } from './support/on-servers'
import { clientOf } from './support/servers'

describe('a command whose reply is lost, and that ioredis sends again', () => {
  onServers((place) => {
    let wire: Wire
    let store: RedisStore
    const disconnects: (() => void)[] = []

    beforeAll(async () => {
      wire = await openWire(place.url)
      const client = clientOf(wire.url, { maxRetriesPerRequest: 5 }, { natMap: wire.natMap })
      disconnects.push(() => client.disconnect())
      store = redisStore(client, { prefix: place.prefix })
      // Every node has a connection then, and knows the scripts: it is their replies that get lost.
      await Promise.all(Array.from({ length: 30 }, everyCall))
    })

    async function everyCall(): Promise<void> {
      const { grant } = await rotated(store, await issued(store))
      await store.extend(grant, [fresh({ kind: 'access' })])
      await store.remember(aHash(), Date.now() + 1000)
      await store.revoke({ grantId: grant.id })
      const id = randomUUID()
      await store.saveUser({ id, username: id, passwordHash: 'x' })
      await store.deleteUser(id)
    }

    afterAll(async () => {
      for (const disconnect of disconnects) disconnect()
      await wire.close()
    })

    async function unheard<T>(call: () => Promise<T>): Promise<T> {
      await Promise.all(Array.from({ length: 50 }, () => store.find(aHash())))
      wire.loseReply()
      return call()
    }

    it('redeems once, and is no replay', async () => {
      const old = await issued(store)
      const winner = successors()
      expect(await unheard(() => store.redeem(old, winner))).toEqual({ status: 'redeemed' })
      expect(await store.redeem(old, successors())).toMatchObject({
        status: 'replayed',
        by: { hash: winner[0]!.hash },
      })
    })

    it('issues, and is no duplicate', async () => {
      const [grant, credentials] = [aGrant(), successors()]
      await unheard(() => store.issue(grant, credentials))
      expect(await store.listGrants({ clientId: grant.clientId }, all)).toEqual([grant])
      await expect(store.issue(grant, successors())).rejects.toThrow('id exists')
      await expect(store.issue(aGrant(), credentials)).rejects.toThrow('hash exists')
    })

    it('extends, and is no duplicate', async () => {
      const { grant } = await issued(store)
      const more = [fresh({ kind: 'access' })]
      expect(await unheard(() => store.extend(grant, more))).toBe('extended')
      await expect(store.extend(grant, more)).rejects.toThrow('hash exists')
      expect(await store.find(more[0]!.hash)).not.toBeNull()
    })

    it('remembers, and is the first still', async () => {
      const key = aHash()
      expect(await unheard(() => store.remember(key, Date.now() + 1000))).toBe(true)
      expect(await store.remember(key, Date.now() + 1000)).toBe(false)
    })

    it('revokes', async () => {
      const { grant, hash } = await issued(store)
      await unheard(() => store.revoke({ grantId: grant.id }))
      expect(await store.find(hash)).toBeNull()
      expect(await store.listGrants({ grantId: grant.id }, all)).toEqual([])
    })

    it('saves and deletes a user', async () => {
      const [id, before, after] = [randomUUID(), randomUUID(), randomUUID()]
      await store.saveUser({ id, username: before, passwordHash: 'x' })
      await unheard(() => store.saveUser({ id, username: after, passwordHash: 'x' }))
      expect(await store.getUser(before)).toBeNull()
      expect(await store.getUser(after)).not.toBeNull()
      await unheard(() => store.deleteUser(id))
      expect(await store.getUser(after)).toBeNull()
    })
  })
})
