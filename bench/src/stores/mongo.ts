import { stopDatabases, testDatabase } from '@oauth2-kit/conformance/databases'
import type { Store } from '@oauth2-kit/core'
import { mongoStore } from '@oauth2-kit/mongo'
import { type Db, MongoClient } from 'mongodb'
import { createConnection } from 'mongoose'
import type { Benchmark, Result } from '../result'
import { aGrant, someGrants, someTokens } from './credentials'
import { recordingDatabase, replayOn } from './recorded-calls'
import { rotated } from './rotated'
import { compare } from './store-bench'

const effort = { rounds: { warmUp: 5, measured: 25 }, calls: 20 }
const times = (effort.rounds.warmUp + effort.rounds.measured) * effort.calls

/** What a store in MongoDB costs: a standalone server, a connection of mongoose. */
export const mongo: Benchmark = {
  name: 'mongo',
  async run() {
    const mine = await testDatabase('mongodb').isolated()
    const connection = await createConnection(mine.url).asPromise()
    const client = await new MongoClient(mine.url).connect()
    try {
      const store = mongoStore(connection)
      await store.createIndexes()
      return [
        await calls(client.db(), store),
        await rotated(store, 'mongoStore on a standalone server'),
      ]
    } finally {
      await client.close()
      await connection.close()
      await mine.drop()
      await stopDatabases()
    }
  },
}

/** Beside the bare driver with the very same commands, made beforehand. */
async function calls(db: Db, store: Store): Promise<Result> {
  const recording = recordingDatabase()
  const recorder = mongoStore(recording.database)
  const replay = replayOn(db)

  /** What the store would send. */
  async function commandOf(work: () => Promise<unknown>) {
    await work()
    return recording.take()
  }

  const [found] = await someGrants(store, 1)
  const [byStore, byHand] = [await someGrants(store, times), await someGrants(store, times)]
  const find = await commandOf(() => recorder.find(found!.hash))
  const issues = await Promise.all(
    byHand.map(() => commandOf(() => recorder.issue(aGrant(), someTokens()))),
  )
  const redemptions = await Promise.all(
    byHand.map((old) => commandOf(() => recorder.redeem(old, someTokens()))),
  )
  return compare(
    'mongoStore on a standalone server, by hand = the bare driver with the same command',
    [
      {
        label: 'find',
        store: () => store.find(found!.hash),
        floor: () => replay(find),
        atMost: 1.2,
      },
      {
        label: 'issue',
        store: () => store.issue(aGrant(), someTokens()),
        floor: () => replay(issues.pop()!),
        atMost: 1.3,
      },
      {
        label: 'redeem',
        store: () => store.redeem(byStore.pop()!, someTokens()),
        floor: () => replay(redemptions.pop()!),
        atMost: 1.3,
      },
    ],
    effort,
  )
}
