import type { Client, Store, StoredRecord, User } from '@oauth2-kit/core'
import type { Base, Mutant } from '../mutant'

/** Each of these looks first, and then writes what it takes to be right. */
const racing = {
  'add-record': ({ run, store }: Base) => ({
    async addRecord(record: StoredRecord) {
      if (await store.getRecord(record.key)) return false
      await run({ do: 'put', table: 'records', row: record })
      return true
    },
  }),
  'take-record': ({ run, store }: Base) => ({
    async takeRecord(key: string) {
      const record = await store.getRecord(key)
      if (record) await run({ do: 'remove', table: 'records', where: { key } })
      return record
    },
  }),
  'create-client': ({ run, store }: Base) => ({
    async createClient(client: Client) {
      if (await store.getClient(client.id)) return store.createClient(client)
      await run({ do: 'put', table: 'clients', row: client })
      return true
    },
  }),
  'update-client': ({ run, store }: Base) => ({
    async updateClient(client: Client, version: string) {
      const current = await store.getClient(client.id)
      if (current?.version !== version) return store.updateClient(client, version)
      await run({ do: 'put', table: 'clients', row: client })
      return true
    },
  }),
  'create-user': ({ run, store }: Base) => ({
    async createUser(user: User) {
      const owner = await store.getUserByUsername(user.username)
      const isTaken = owner ?? (await run({ do: 'get', table: 'users', key: user.id }))
      if (isTaken ?? (await run({ do: 'get', table: 'marks', key: user.id })))
        return store.createUser(user)
      await run({ do: 'put', table: 'users', row: user })
      return true
    },
  }),
  'update-user': ({ run, store }: Base) => ({
    async updateUser(user: User, version: string) {
      const current = await store.getUser(user.id)
      const owner = await store.getUserByUsername(user.username)
      if (current?.version !== version || (owner && owner.id !== user.id))
        return store.updateUser(user, version)
      await run({ do: 'put', table: 'users', row: user })
      return true
    },
  }),
} satisfies Record<string, (base: Base) => Partial<Store>>

const acts: Record<keyof typeof racing, string> = {
  'add-record': 'a record is looked for, and then added',
  'take-record': 'a record is read, and then removed',
  'create-client': 'a client is looked for, and then created',
  'update-client': "a client's version is read, and then the client is written",
  'create-user': 'a user is looked for, and then created',
  'update-user': "a user's version is read, and then the user is written",
}

/** For each value a store that loses a race of instances, and one that is seen by the wire. */
export function racingMutants(): Mutant[] {
  const names = Object.keys(racing) as (keyof typeof racing)[]
  return [
    ...names.map((name): Mutant => ({
      name: acts[name],
      caughtBy: `once.${name}.stampede`,
      also: [`once.${name}.*`, 'user.unique', 'budget.*', 'fault.*'],
      breaks: (base) => racing[name](base),
    })),
    ...['record', 'client', 'user'].map((noun): Mutant => ({
      name: `the same with each ${noun}, seen by the wire`,
      caughtBy: `once.${noun === 'record' ? 'take-record' : `update-${noun}`}.barrier`,
      served: true,
      also: [`once.*-${noun}.*`, 'user.unique', 'budget.*', 'fault.*'],
      breaks: (base) =>
        Object.assign(
          {},
          ...names.filter((name) => name.endsWith(noun)).map((name) => racing[name](base)),
        ) as Partial<Store>,
    })),
    {
      name: 'whoever is late to add a record gets an error',
      caughtBy: 'once.add-record.loser',
      also: ['once.add-record.*', 'record.*', 'isolate.*', 'purge.records', 'shape.answers'],
      breaks: ({ store }) => ({
        async addRecord(record) {
          if (await store.addRecord(record)) return true
          throw new Error('duplicate key')
        },
      }),
    },
    {
      name: 'whoever is late to change a client gets an error',
      caughtBy: 'once.update-client.loser',
      also: ['once.update-client.*', 'client.*', 'shape.*'],
      breaks: ({ store }) => ({
        async updateClient(client, version) {
          if (await store.updateClient(client, version)) return true
          throw new Error('could not serialize access due to concurrent update')
        },
      }),
    },
  ]
}
