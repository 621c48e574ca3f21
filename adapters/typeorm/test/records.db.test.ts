import { type TypeormStore, typeormStore } from '@oauth2-kit/typeorm'
import {
  type Disposable,
  dataSourceFor,
  describeEngines,
  engines,
  migrated,
} from './support/data-source'
import { aRecord, t0 } from '@oauth2-kit/testing'
import { mysqlDialect } from '../../../test/support/mysql-server'
import { recorded } from './support/recorder'

const callers = 30

/** Defines the tests on DataSources of that type. */
function describeRecords(
  names: readonly (typeof engines)[number][],
  options: Partial<Record<string, unknown>>,
  roundTrips: number,
): void {
  describeEngines((place) => {
    const open: Disposable[] = []
    let stores: TypeormStore[] = []
    let store: TypeormStore
    beforeAll(async () => {
      // The migration refuses a type that is not that of the server.
      await using _tables = await migrated(place.url)
      for (let n = 0; n < 3; n++) open.push(dataSourceFor(place.url, { options }))
      await Promise.all(open.map((one) => one.initialize()))
      stores = open.map((one) => typeormStore(one))
      store = stores[0]!
    })
    afterAll(() => Promise.all(open.map((one) => one.destroy())))

    it('exactly one of 30 concurrent calls adds a key, even after its expiry', async () => {
      for (let round = 0; round < 10; round++) {
        const { key } = aRecord()
        const records = Array.from({ length: callers }, (_, n) =>
          aRecord({ key, data: `{"n":${n}}`, expiresAt: t0 - n }),
        )
        const added = await Promise.all(records.map((one, n) => stores[n % 3]!.addRecord(one)))
        expect(added.filter(Boolean)).toHaveLength(1)
        expect(await store.getRecord(key)).toEqual(records[added.indexOf(true)])
      }
    })

    it('exactly one of 30 concurrent calls takes a record', async () => {
      for (let round = 0; round < 10; round++) {
        const record = aRecord()
        await store.addRecord(record)
        const taken = await Promise.all(
          Array.from({ length: callers }, (_, n) => stores[n % 3]!.takeRecord(record.key)),
        )
        expect(taken.filter((one) => one !== null)).toEqual([record])
        expect(await store.getRecord(record.key)).toBeNull()
        expect(await store.addRecord(record)).toBe(true)
      }
    })

    it('takes a record in the round trips that it declares', async () => {
      const record = aRecord()
      await store.addRecord(record)
      const { statements } = await recorded(open[0]!, () => store.takeRecord(record.key))
      expect(statements).toHaveLength(roundTrips)
      expect(store.supports.roundTrips.takeRecord).toBe(roundTrips)
    })

    it('keeps long data unchanged', async () => {
      const record = aRecord({ data: `{"long":"${'ü'.repeat(100_000)}"}` })
      expect(await store.addRecord(record)).toBe(true)
      expect(await store.getRecord(record.key)).toEqual(record)
      expect(await store.takeRecord(record.key)).toEqual(record)
    })

    it('a value that is not a key matches nothing, and is not added', async () => {
      for (const key of [7, true, null, {}, 'x\0', '\ud800', 'x'.repeat(256)] as string[]) {
        expect(await store.getRecord(key)).toBeNull()
        expect(await store.takeRecord(key)).toBeNull()
        await expect(async () => store.addRecord(aRecord({ key }))).rejects.toThrow(TypeError)
      }
    })
  }, names)
}

const names = mysqlDialect === 'mariadb' ? engines : engines.filter((one) => one !== 'mariadb')
describeRecords(names, {}, 1)

// MySQL has no RETURNING. MariaDB accepts both types.
describe('with the type mysql', () => {
  describeRecords(['mariadb'], { type: 'mysql' }, 2)
})
