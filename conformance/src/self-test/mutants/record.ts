import { type Mutant, answers } from '../mutant'

export const recordMutants: Mutant[] = [
  {
    name: 'addRecord() cuts "data" to 1,000 characters',
    caughtBy: 'record.round-trip',
    breaks: ({ store }) => ({
      addRecord: (record) => store.addRecord({ ...record, data: record.data.slice(0, 1000) }),
    }),
  },
  {
    name: 'addRecord() cuts the expiry to seconds',
    caughtBy: 'record.round-trip',
    also: ['expiry.zero'],
    breaks: ({ store }) => ({
      addRecord: (record) =>
        store.addRecord({ ...record, expiresAt: Math.floor(record.expiresAt / 1000) * 1000 }),
    }),
  },
  {
    name: 'getRecord() removes the record',
    caughtBy: 'record.round-trip',
    also: ['*'],
    breaks: ({ store }) => ({ getRecord: (key) => store.takeRecord(key) }),
  },
  {
    name: 'addRecord() replaces an existing record',
    caughtBy: 'record.exists',
    also: [
      'once.add-record.*',
      'shape.answers',
      'purge.records',
      'fault.*',
      'record.again',
      'expiry.passing',
    ],
    breaks: ({ run, store }) => ({
      async addRecord(record) {
        if (typeof record.key !== 'string') return store.addRecord(record)
        await run({ do: 'put', table: 'records', row: record })
        return true
      },
    }),
  },
  {
    name: 'getRecord() returns null for an expired record',
    caughtBy: 'record.exists',
    also: ['once.*', 'expiry.zero'],
    breaks: ({ store }) => ({
      getRecord: answers(store.getRecord, (record) =>
        record && record.expiresAt > Date.now() ? record : null,
      ),
    }),
  },
  {
    name: 'takeRecord() does not remove the record',
    caughtBy: 'record.take',
    also: [
      'record.*',
      'once.take-record.*',
      'isolate.*',
      'fault.*',
      'budget.growth',
      'expiry.passing',
    ],
    breaks: ({ store }) => ({ takeRecord: (key) => store.getRecord(key) }),
  },
  {
    name: 'takeRecord() removes every record whose key begins with the key',
    caughtBy: 'record.take',
    also: ['record.*', 'value.*', 'inject.*'],
    breaks: ({ store, run }) => ({
      async takeRecord(key) {
        const record = await store.takeRecord(key)
        if (!record) return null
        const others = await run<{ key: string }[]>({ do: 'select', table: 'records', where: {} })
        for (const other of others) {
          if (other.key.startsWith(key))
            await run({ do: 'remove', table: 'records', where: { key: other.key } })
        }
        return record
      },
    }),
  },
  {
    name: 'records and credentials share their keys',
    caughtBy: 'record.apart',
    breaks: ({ store, run }) => ({
      async addRecord(record) {
        if (await run({ do: 'get', table: 'credentials', key: record.key })) return false
        return store.addRecord(record)
      },
    }),
  },
  {
    name: 'deleteClient() also removes the record with that key',
    caughtBy: 'record.apart',
    breaks: ({ store, run }) => ({
      async deleteClient(id) {
        await store.deleteClient(id)
        await run({ do: 'remove', table: 'records', where: { key: id } })
      },
    }),
  },
  {
    name: 'the native TTL of a record is one day, whatever its expiry',
    caughtBy: 'expiry.native-record',
    native: true,
    breaks: ({ store, run }) => ({
      async addRecord(record) {
        const isAdded = await store.addRecord(record)
        const changes = { removeAt: Date.now() + 86_400_000 }
        if (isAdded)
          await run({ do: 'update', table: 'records', where: { key: record.key }, changes })
        return isAdded
      },
    }),
  },
  {
    name: 'takeRecord() puts the record back after a lost reply',
    caughtBy: 'fault.record.lost-reply',
    served: true,
    breaks({ store }) {
      const lost = new Map<string, Parameters<typeof store.addRecord>[0]>()
      return {
        async takeRecord(key) {
          const seen = await store.getRecord(key)
          try {
            return await store.takeRecord(key)
          } catch (error) {
            if (seen) lost.set(key, seen)
            throw error
          }
        },
        async getRecord(key) {
          const record = lost.get(key)
          if (record) await store.addRecord(record)
          lost.delete(key)
          return store.getRecord(key)
        },
      }
    },
  },
]
