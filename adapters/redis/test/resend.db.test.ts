import { randomUUID } from 'node:crypto'
import { type Wire, openWire } from '@oauth2-kit/conformance'
import { type RedisStore, redisStore } from '@oauth2-kit/redis'
import { aGrant, aHash } from '@oauth2-kit/testing'
import { client, fresh, issued, listed, rotated, successors, user } from './support/given'
import { onServers } from './support/on-servers'
import { clientOf } from './support/servers'

describe('a command that ioredis sends again after its reply is lost', () => {
  onServers((place) => {
    let wire: Wire
    let store: RedisStore
    const disconnects: (() => void)[] = []

    beforeAll(async () => {
      wire = await openWire(place.url)
      const own = clientOf(wire.url, { maxRetriesPerRequest: 5 }, { natMap: wire.natMap })
      disconnects.push(() => own.disconnect())
      store = redisStore(own, { prefix: place.prefix })
      // Every node then has a connection and the scripts, so that the reply of a script gets lost.
      await Promise.all(Array.from({ length: 30 }, everyCall))
    })

    async function everyCall(): Promise<void> {
      const { grant } = await rotated(store, await issued(store))
      await store.extend(grant, [fresh({ kind: 'access' })])
      const record = aRecord()
      await store.addRecord(record)
      await store.takeRecord(record.key)
      await store.revoke({ grantId: grant.id })
      const [someone, some] = [user(), client()]
      await store.createUser(someone)
      await store.deleteUser(someone.id, Date.now())
      await store.createClient(some)
      await store.deleteClient(some.id)
    }

    afterAll(async () => {
      for (const disconnect of disconnects) disconnect()
      await wire.close()
    })

    async function withLostReply<T>(call: () => Promise<T>): Promise<T> {
      await Promise.all(Array.from({ length: 50 }, () => store.find(aHash())))
      wire.loseReply()
      return call()
    }

    it('redeems once, and returns redeemed', async () => {
      const old = await issued(store)
      const winner = successors()
      expect(await withLostReply(() => store.redeem(old, winner))).toEqual({ status: 'redeemed' })
      expect(await store.redeem(old, successors())).toEqual({ status: 'replayed' })
      expect(await store.redeem(old, winner)).toEqual({ status: 'redeemed' })
    })

    it('issues once, and reports no duplicate', async () => {
      const [grant, credentials] = [aGrant(), successors()]
      expect(await withLostReply(() => store.issue(grant, credentials, {}))).toBe('issued')
      expect(await listed(store, { clientId: grant.clientId })).toEqual([grant])
      await expect(store.issue(grant, successors(), {})).rejects.toThrow('id exists')
      await expect(store.issue(aGrant(), credentials, {})).rejects.toThrow('hash exists')
    })

    it('extends once, and reports no duplicate', async () => {
      const { grant } = await issued(store)
      const more = [fresh({ kind: 'access' })]
      expect(await withLostReply(() => store.extend(grant, more))).toBe('extended')
      await expect(store.extend(grant, more)).rejects.toThrow('hash exists')
      expect(await store.find(more[0]!.hash)).not.toBeNull()
    })

    it('adds a record once, and returns true', async () => {
      const record = aRecord()
      expect(await withLostReply(() => store.addRecord(record))).toBe(true)
      expect(await store.addRecord(record)).toBe(false)
      expect(await store.getRecord(record.key)).toEqual(record)
    })

    it('takes a record once, and returns it', async () => {
      const record = aRecord()
      await store.addRecord(record)
      expect(await withLostReply(() => store.takeRecord(record.key))).toEqual(record)
      expect(await store.takeRecord(record.key)).toBeNull()
      expect(await store.getRecord(record.key)).toBeNull()
      expect(await store.addRecord(record)).toBe(true)
      expect(await store.takeRecord(record.key)).toEqual(record)
    })

    it('revokes a grant', async () => {
      const { grant, hash } = await issued(store)
      await withLostReply(() => store.revoke({ grantId: grant.id }))
      expect(await store.find(hash)).toBeNull()
      expect(await listed(store, { grantId: grant.id })).toEqual([])
    })

    it('creates, updates and deletes a client', async () => {
      const first = client()
      const second = client({ id: first.id })
      expect(await withLostReply(() => store.createClient(first))).toBe(true)
      expect(await withLostReply(() => store.updateClient(second, first.version))).toBe(true)
      expect(await store.updateClient(first, first.version)).toBe(false)
      expect(await store.getClient(first.id)).toEqual(second)
      await withLostReply(() => store.deleteClient(first.id))
      expect(await store.getClient(first.id)).toBeNull()
      expect(await store.updateClient(first, second.version)).toBe(false)
    })

    it('creates, updates and deletes a user', async () => {
      const first = user()
      const second = user({ id: first.id })
      expect(await withLostReply(() => store.createUser(first))).toBe(true)
      expect(await withLostReply(() => store.updateUser(second, first.version))).toBe(true)
      expect(await store.getUserByUsername(first.username)).toBeNull()
      expect(await store.getUserByUsername(second.username)).toEqual(second)
      await withLostReply(() => store.deleteUser(first.id, Date.now() + 60_000))
      expect(await store.getUser(first.id)).toBeNull()
      expect(await store.getUserByUsername(second.username)).toBeNull()
      // The mark exists although the call that created it was sent twice.
      expect(await store.createUser(second)).toBe(false)
      expect(await store.issue(aGrant({ userId: first.id }), [fresh()], {})).toBe('refused')
    })
  })
})

function aRecord() {
  return { key: randomUUID(), data: '{"a":"\\n"}', expiresAt: Date.now() + 60_000 }
}
