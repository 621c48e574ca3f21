import { once } from 'node:events'
import { MongoClient } from 'mongodb'
import {
  type DatabaseName,
  databaseNames,
  describeDatabase,
  type Isolated,
} from '../../src/databases'
import { openWire, type Wire } from '../../src/wire'
import { type Client, clients } from './clients'

for (const name of databaseNames) {
  describeDatabase(name, (database) => {
    let mine: Isolated
    let wire: Wire
    /** Bypasses the wire, to see what is really in the database. */
    let direct: Client

    beforeAll(async () => {
      mine = await database.isolated()
      wire = await openWire(mine.url)
      direct = await connectDirectly(name, mine.url)
      await direct.put()
    })

    afterEach(() => wire.restore())

    afterAll(async () => {
      await direct.close()
      await wire.close()
      await mine.drop()
    })

    it('counts as many round trips as their duration implies', async () => {
      await using client = await connect()
      const id = await client.put()
      const delay = 60
      const trips: number[] = []
      const times: number[] = []
      wire.slow(delay)
      // A busy machine adds to the time, so this waits for a fast round.
      while (!(Math.min(...times) < 6 * delay) && trips.length < 20) {
        wire.reset()
        const start = performance.now()
        await client.has(id)
        await client.take(id)
        times.push(performance.now() - start)
        trips.push(wire.trips())
      }
      expect(new Set(trips)).toEqual(new Set([2]))
      expect(Math.floor(Math.min(...times) / (2 * delay))).toBe(2)
    })

    it('lets two callers take a value that is read and then deleted, 10 of 10 times', async () => {
      await using one = await connect()
      await using other = await connect()
      for (let i = 0; i < 10; i++) {
        const id = await one.put()
        await other.has(id)
        const met = wire.barrier(2, 30_000, 30_000)
        expect(await Promise.all([one.takeBadly(id), other.takeBadly(id)])).toEqual([true, true])
        await met
      }
    })

    it('lets one caller take a value that is deleted atomically, 10 of 10 times', async () => {
      await using one = await connect()
      await using other = await connect()
      for (let i = 0; i < 10; i++) {
        const id = await one.put()
        await other.has(id)
        const met = wire.barrier(2)
        const taken = await Promise.all([one.take(id), other.take(id)])
        expect(taken.toSorted()).toEqual([false, true])
        await met
      }
    })

    it('releases a barrier that too few callers reach', async () => {
      await using client = await connect()
      const id = await client.put()
      const met = wire.barrier(2, 200)
      expect(await client.take(id)).toBe(true)
      await expect(met).rejects.toThrow('gave up')
      expect(await client.take(id)).toBe(false)
    })

    it('refuses connections and resets open ones until restored', async () => {
      await using client = await connect()
      const id = await client.put()
      wire.refuse()
      await expect(client.take(id)).rejects.toHaveProperty('message')
      await expect(client.take(id)).rejects.toHaveProperty('message')
      expect(await direct.has(id)).toBe(true)
      wire.restore()
      expect(await eventually(() => client.take(id))).toBe(true)
    })

    it('refuses connections from a later request on until restored', async () => {
      await using client = await connect()
      const [first, second] = [await client.put(), await client.put()]
      wire.refuse(1)
      expect(await client.take(first)).toBe(true)
      await expect(client.take(second)).rejects.toHaveProperty('message')
      expect(await direct.has(second)).toBe(true)
      wire.restore()
      expect(await eventually(() => client.take(second))).toBe(true)
    })

    it('drops all data while stalled, and recovers when restored', async () => {
      await using client = await connect()
      const id = await client.put()
      wire.stall()
      await expect(client.take(id)).rejects.toHaveProperty('message')
      expect(await direct.has(id)).toBe(true)
      wire.restore()
      expect(await eventually(() => client.has('warm'))).toBe(false)
    })

    if (name === 'redis-cluster') {
      it('does not lose the reply to a greeting or to CLUSTER SLOTS', async () => {
        await using client = await connect()
        const id = await client.put()
        wire.loseReply()
        const other = await clients[name](wire)
        await other.close()
        expect(await client.take(id)).toBe(false)
      })

      it('cuts a request and loses a reply, and the Cluster client retries both', async () => {
        await using client = await connect()
        const [cut, lost] = [await client.put(), await client.put()]
        wire.cut()
        expect(await client.take(cut)).toBe(true)
        wire.loseReply()
        expect(await client.take(lost)).toBe(false)
      })
      return
    }

    if (name === 'mongodb' || name === 'mongodb-replica')
      it('does not cut heartbeats', async () => {
        await using client = await connect()
        const id = await client.put()
        await using other = new MongoClient(wire.url, { heartbeatFrequencyMS: 500 })
        await other.connect()
        wire.reset()
        wire.cut()
        for (let i = 0; i < 2; i++) await once(other, 'serverHeartbeatSucceeded')
        expect(wire.trips()).toBe(0)
        await expect(client.take(id)).rejects.toHaveProperty('message')
      })

    it('cuts one request before it reaches the server', async () => {
      await using client = await connect()
      const id = await client.put()
      wire.cut()
      await expect(client.take(id)).rejects.toHaveProperty('message')
      expect(await direct.has(id)).toBe(true)
      expect(await eventually(() => client.take(id))).toBe(true)
    })

    it('loses one reply after the server has executed the command', async () => {
      await using client = await connect()
      const id = await client.put()
      wire.loseReply()
      await expect(client.take(id)).rejects.toHaveProperty('message')
      expect(await direct.has(id)).toBe(false)
      expect(await eventually(() => client.take(id))).toBe(false)
    })

    async function connect(): Promise<Client & AsyncDisposable> {
      const client = await clients[name](wire)
      await client.has('warm')
      return { ...client, [Symbol.asyncDispose]: () => client.close() }
    }
  })
}

/** `natMap` marks a Redis Cluster. Without a wire it is empty. */
function connectDirectly(name: DatabaseName, url: string): Promise<Client> {
  return clients[name]({ url, ...(name === 'redis-cluster' && { natMap: {} }) })
}

/** Retries the call, because clients differ in how many calls they need to reconnect. */
async function eventually<Value>(call: () => Promise<Value>): Promise<Value> {
  const end = Date.now() + 10_000
  for (;;) {
    try {
      return await call()
    } catch (error) {
      if (Date.now() > end) throw error
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}
