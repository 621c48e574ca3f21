import {
  describeDatabase,
  startDatabase,
  type StartedDatabase,
} from '@oauth2-kit/conformance/databases'
import { mongoStore } from '@oauth2-kit/mongo'
import { MongoClient } from 'mongodb'
import { drill, tell } from '../../../test/support/drill'
import { aClient, aRecord, aUser, issued } from '@oauth2-kit/testing'
import { primaryOf, signal } from './support/mongod'
import { opened, startTimeout } from './support/opened'

const readers = 10
const bounded = { connectTimeoutMS: 2000, socketTimeoutMS: 3000, heartbeatFrequencyMS: 500 }

describe.each(['mongodb', 'mongodb-replica'] as const)('reads on %s', (name) => {
  describeDatabase(name, (database) => {
    beforeAll(() => database.url(), startTimeout)
    afterEach(() => jest.restoreAllMocks())

    it('a majority confirms the primary before each second is over, on a replica set', async () => {
      await using place = await opened(database, {}, { monitorCommands: true })
      const { store, client } = place
      const { credential } = await issued(store)
      const levels: string[] = []
      client.on('commandStarted', ({ commandName, command }) => {
        if (commandName === 'find') levels.push(command.readConcern.level as string)
      })
      let time = performance.now()
      jest.spyOn(performance, 'now').mockImplementation(() => time)
      const levelsAfter = async (ms: number) => {
        time += ms
        levels.length = 0
        expect(await store.find(credential.hash)).toEqual(credential)
        return levels
      }
      const isSet = name === 'mongodb-replica'
      // A standalone server refuses a linearizable read; the store tries that only once.
      expect(await levelsAfter(0)).toEqual(isSet ? ['linearizable'] : ['linearizable', 'local'])
      expect(await levelsAfter(400)).toEqual(['local'])
      // Renewed halfway, before the second is over.
      expect(await levelsAfter(200)).toEqual([isSet ? 'linearizable' : 'local'])
      expect(await levelsAfter(400)).toEqual(['local'])
      expect(await levelsAfter(5000)).toEqual([isSet ? 'linearizable' : 'local'])
    })

    it('the first read of every method is linearizable', async () => {
      await using place = await opened(database)
      const { db } = place
      const client = new MongoClient(place.url, { monitorCommands: true })
      const [registered, user, record] = [aClient(), aUser(), aRecord()]
      const { credential } = await issued(place.store)
      await place.store.createClient(registered)
      await place.store.createUser(user)
      await place.store.addRecord(record)
      const seen: unknown[] = []
      client.on('commandStarted', ({ commandName, command }) => {
        if (commandName === 'find') seen.push(command.readConcern.level)
      })
      const reads = [
        (store: typeof place.store) => store.find(credential.hash),
        (store: typeof place.store) => store.isRedeemed(credential),
        (store: typeof place.store) => store.getClient(registered.id),
        (store: typeof place.store) => store.getUser(user.id),
        (store: typeof place.store) => store.getUserByUsername(user.username),
        (store: typeof place.store) => store.getRecord(record.key),
      ]
      for (const read of reads) {
        seen.length = 0
        // A new store has not confirmed the primary yet.
        await read(mongoStore(client.db(db.databaseName)))
        expect(seen[0]).toBe('linearizable')
      }
      await client.close()
    })
  })
})

// With a separate replica set, as the test pauses its primary.
drill('mongodb-replica', () => {
  let server: StartedDatabase
  beforeAll(async () => {
    server = await startDatabase('mongodb-replica')
  }, startTimeout)
  afterAll(() => server?.stop())

  it('a primary that was paused and replaced finds nothing that was revoked since', async () => {
    const client = new MongoClient(server.url, bounded)
    const store = mongoStore(client.db())
    await store.createIndexes()
    const { grant, credential } = await issued(store)
    const outdated = await primaryOf(client)
    // A client that reaches only the outdated primary, with connections that are already open.
    const alone = new MongoClient(`mongodb://${outdated}/test?directConnection=true`, {
      minPoolSize: readers * 3,
      retryReads: false,
    })
    const cutOff = mongoStore(alone.db())
    const grants = alone.db().collection('oauth_grants')
    const local = () => grants.findOne({ _id: grant.id as never })
    const find = () => cutOff.find(credential.hash)
    const opened = await Promise.all(Array.from({ length: readers * 3 }, local))
    expect(opened).not.toContain(null)
    expect(await find()).toEqual(credential)
    await signal(server, outdated, 'STOP')
    const early = manyOf(find)
    await untilRevoked(() => store.revoke({ grantId: grant.id }))
    const [late, locals] = [manyOf(find), manyOf(local)]
    await signal(server, outdated, 'CONT')
    const answers = [...(await early), ...(await late)].filter((one) => !(one instanceof Error))
    expect(answers.filter((one) => one !== null)).toEqual([])
    const stale = (await locals).filter((one) => one !== null && !(one instanceof Error))
    tell(
      `mongodb-replica: of ${readers} local reads of what was revoked, ${stale.length} found it on the primary that was paused; of ${readers * 2} by find(), none`,
    )
    await alone.close()
    await client.close()
  })
})

/** Makes concurrent calls, one for each reader; an error counts as an outcome. */
function manyOf(call: () => Promise<unknown>): Promise<unknown[]> {
  const calls = Array.from({ length: readers }, call)
  return Promise.all(calls.map((one) => one.catch((error: Error) => error)))
}

/** Retries until another primary is elected, which takes at least ten seconds. */
async function untilRevoked(revoke: () => Promise<number>): Promise<void> {
  const end = performance.now() + 120_000
  for (;;) {
    try {
      await revoke()
      return
    } catch (error) {
      if (performance.now() > end) throw error
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }
}
