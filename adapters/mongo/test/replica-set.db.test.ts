import { describeDatabase } from '@oauth2-kit/conformance/databases'
import { openWire } from '../../../conformance/src/wire'
import { mongoStore } from '@oauth2-kit/mongo'
import { MongoClient } from 'mongodb'
import { aCredential, aGrant, aRecord, refOf } from '@oauth2-kit/testing'
import { opened, startTimeout } from './support/opened'

describeDatabase('mongodb-replica', (database) => {
  beforeAll(() => database.url(), startTimeout)

  it('check() reports nothing for three members and the defaults', async () => {
    await using place = await opened(database)
    expect(await place.store.check()).toEqual([])
  })

  it('check() reports that a failover can undo writes that one member acknowledged', async () => {
    await using place = await opened(database)
    const store = mongoStore(place.db, { writeConcern: { w: 1 } })
    expect(await store.check()).toEqual([
      {
        problem:
          'Writes are acknowledged by 1 of 3 members ("writeConcern.w"): a failover can undo a redemption',
        fix: 'remove "w" from "writeConcern" to use "majority"',
      },
    ])
    expect(await mongoStore(place.db, { writeConcern: { w: 2 } }).check()).toEqual([])
  })

  it('check() reports that retryable writes are off', async () => {
    await using place = await opened(database, {}, { retryWrites: false })
    expect(await place.store.check()).toMatchObject([
      { problem: expect.stringContaining('Retryable writes are off') },
    ])
  })

  it.each(['extend', 'redeem', 'revokeAccessToken', 'takeRecord'] as const)(
    'a %s that the driver retries returns the result of the first attempt',
    async (method) => {
      await using place = await opened(database)
      const wire = await openWire(place.url)
      const client = new MongoClient(wire.url)
      const store = mongoStore(client.db())
      const [grant, old, access] = [aGrant(), aCredential(), aCredential({ kind: 'access' })]
      const record = aRecord()
      await store.issue(grant, [old, access], {})
      await store.addRecord(record)
      const calls = {
        extend: () => store.extend(refOf(grant), [aCredential({ kind: 'access' })]),
        redeem: () => store.redeem({ ...old, grant: refOf(grant) }, [aCredential()]),
        revokeAccessToken: () => store.revokeAccessToken(access.hash),
        takeRecord: () => store.takeRecord(record.key),
      }
      try {
        wire.loseReply()
        const answers = {
          extend: 'extended',
          redeem: { status: 'redeemed' },
          revokeAccessToken: undefined,
          takeRecord: record,
        }
        expect(await calls[method]()).toEqual(answers[method])
      } finally {
        await client.close()
        await wire.close()
      }
    },
    120_000,
  )
})
