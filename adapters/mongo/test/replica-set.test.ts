import { describeDatabase } from '@oauth2-kit/conformance/databases'
import { mongoStore } from '@oauth2-kit/mongo'
import { opened, startTimeout } from './support/opened'

describeDatabase('mongodb-replica', (database) => {
  beforeAll(() => database.url(), startTimeout)

  it('check() finds nothing wrong with three members and the defaults', async () => {
    await using place = await opened(database)
    expect(await place.store.check()).toEqual([])
  }, 120_000)

  it('check() says that a failover can undo what one member alone has acknowledged', async () => {
    await using place = await opened(database)
    const store = mongoStore(place.db, { writeConcern: { w: 1 } })
    expect(await store.check()).toEqual([
      {
        problem:
          'Writes are acknowledged by 1 of 3 members ("writeConcern.w"): a failover can undo a redemption',
        mend: 'leave "w" out of "writeConcern", for "majority"',
      },
    ])
    expect(await mongoStore(place.db, { writeConcern: { w: 2 } }).check()).toEqual([])
  }, 120_000)

  it('check() says that retryable writes are off', async () => {
    await using place = await opened(database, {}, { retryWrites: false })
    expect(await place.store.check()).toMatchObject([
      { problem: expect.stringContaining('Retryable writes are off') },
    ])
  }, 120_000)
})
