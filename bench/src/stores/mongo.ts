import { stopDatabases, testDatabase } from '@oauth2-kit/conformance/databases'
import type { Store } from '@oauth2-kit/core'
import { mongoStore } from '@oauth2-kit/mongo'
import { type Db, MongoClient } from 'mongodb'
import { createConnection } from 'mongoose'
import type { Benchmark, Result } from '../result'
import { aClient, aGrant, someGrants, someSuccessors, someTokens } from './credentials'
import { type Recording, recordingDatabase, replayOn } from './recorded-calls'
import { rotated } from './rotated'
import { compare } from './store-bench'

const effort = { rounds: { warmUp: 5, measured: 25 }, calls: 20 }
const times = (effort.rounds.warmUp + effort.rounds.measured) * effort.calls

/** The cost of a store in MongoDB: a standalone server and a mongoose connection. */
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

/** Compares with the bare driver, which sends exactly the same commands, recorded before. */
async function calls(db: Db, store: Store): Promise<Result> {
  const client = await aClient(store)
  const conditions = { clientVersion: client.version }
  const recording = recordingDatabase({
    // The client. The user is not stored, so it counts as not deleted.
    aggregate: [{ version: client.version }],
    // A grant without credentials.
    findOne: { credentials: [] },
    // The answer is new, and the grant exists.
    bulkWrite: { matchedCount: 1, upsertedCount: 1 },
  })
  const recorder = mongoStore(recording.database)
  const replay = replayOn(db)
  const issue = (by: Store) => by.issue(aGrant(client.id), someTokens(), conditions)

  /** Resolves with the commands that the store would send. */
  async function commandsOf(work: () => Promise<unknown>): Promise<Recording> {
    await work()
    return recording.take()
  }

  async function issuesOf(count: number): Promise<Recording[]> {
    const made: Recording[] = []
    while (made.length < count) made.push(await commandsOf(() => issue(recorder)))
    return made
  }

  const [found] = await someGrants(store, 1)
  const [byStore, byHand] = [await someGrants(store, times), await someGrants(store, times)]
  const find = await commandsOf(() => recorder.find(found!.hash))
  const [issues, inserts] = [await issuesOf(times), await issuesOf(times)]
  const redemptions: Recording[] = []
  for (const old of byHand) {
    redemptions.push(await commandsOf(() => recorder.redeem(old, someSuccessors())))
  }
  return compare(
    'mongoStore on a standalone server, by hand = the bare driver with the same commands',
    [
      {
        label: 'find',
        store: () => store.find(found!.hash),
        floor: () => replay(find),
        atMost: 1.2,
      },
      {
        label: 'issue',
        store: () => issue(store),
        floor: () => replay(issues.pop()!),
        atMost: 1.3,
      },
      {
        label: 'issue, beside its insert alone, without the look at client and user',
        store: () => issue(store),
        floor: () => replay(inserts.pop()!.slice(0, 1)),
      },
      {
        label: 'redeem',
        store: () => store.redeem(byStore.pop()!, someSuccessors()),
        floor: () => replay(redemptions.pop()!),
        atMost: 1.3,
      },
    ],
    effort,
  )
}
