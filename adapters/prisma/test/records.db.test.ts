import { type PrismaStore, prismaStore } from '@oauth2-kit/prisma'
import { type AnyClient, clientFor, describeEngines } from './support/engines'
import { aHash, aRecord } from '@oauth2-kit/testing'

describeEngines((place) => {
  let clients: AnyClient[]
  let stores: PrismaStore[]
  let store: PrismaStore
  beforeAll(() => {
    clients = Array.from({ length: 3 }, () => clientFor(place.url))
    stores = clients.map((client) => prismaStore(client))
    store = stores[0]!
  })
  afterAll(() => Promise.all(clients.map((client) => client.$disconnect())))

  it('a record is returned as it was added, until it is taken', async () => {
    const record = aRecord({ data: '{"text":"ü ✓ 𝄞 \'"}' })
    expect(await store.addRecord(record)).toBe(true)
    expect(await store.getRecord(record.key)).toEqual(record)
    expect(await store.addRecord({ ...record, data: 'other' })).toBe(false)
    expect(await store.takeRecord(record.key)).toEqual(record)
    expect(await store.getRecord(record.key)).toBeNull()
    expect(await store.takeRecord(record.key)).toBeNull()
    expect(await store.addRecord(record)).toBe(true)
  })

  it('exactly one of 30 concurrent calls adds a key, and one of 30 takes it', async () => {
    for (let round = 0; round < 10; round++) {
      const record = aRecord()
      const added = await Promise.all(
        Array.from({ length: 30 }, (_, n) => stores[n % 3]!.addRecord(record)),
      )
      expect(added.filter(Boolean)).toHaveLength(1)
      const taken = await Promise.all(
        Array.from({ length: 30 }, (_, n) => stores[n % 3]!.takeRecord(record.key)),
      )
      expect(taken.filter((one) => one !== null)).toEqual([record])
    }
  })

  it('takeRecord() does not take a record that replaced the one it has read', async () => {
    const key = aHash()
    const [first, second] = [aRecord({ key }), aRecord({ key, data: '{"state":"second"}' })]
    await store.addRecord(first)
    const slow = clients[1]!.$extends({
      query: {
        oAuthRecord: {
          async findUnique({ args, query }) {
            const row = await query(args)
            expect(await store.takeRecord(key)).toEqual(first)
            expect(await store.addRecord(second)).toBe(true)
            return row
          },
        },
      },
    })
    expect(await prismaStore(slow).takeRecord(key)).toBeNull()
    expect(await store.takeRecord(key)).toEqual(second)
  })
})
