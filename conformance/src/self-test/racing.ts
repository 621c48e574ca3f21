import type { Client, Store, StoredRecord, User } from '@oauth2-kit/core'
import type { Base, Mutant } from './mutant'

/** Each of these reads first, and then writes without checking again. */
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
  'add-record': 'addRecord() looks for the record, and then adds it',
  'take-record': 'takeRecord() reads the record, and then removes it',
  'create-client': 'createClient() looks for the client, and then creates it',
  'update-client': 'updateClient() reads the version, and then writes the client',
  'create-user': 'createUser() looks for the user, and then creates it',
  'update-user': 'updateUser() reads the version, and then writes the user',
}

/** For each method a store that loses a race of instances, and for each noun one over a wire. */
export function racingMutants(): Mutant[] {
  const names = Object.keys(racing) as (keyof typeof racing)[]
  return [
    ...names.map((name): Mutant => ({
      name: acts[name],
      caughtBy: `once.${name}.stampede`,
      also: [`once.${name}.*`, 'user.unique', '*.race', 'budget.*', 'fault.*'],
      breaks: (base) => racing[name](base),
    })),
    ...['record', 'client', 'user'].map((noun): Mutant => ({
      name: `every write of a ${noun} reads first, and then writes (over a wire)`,
      caughtBy: `once.${noun === 'record' ? 'take-record' : `update-${noun}`}.barrier`,
      served: true,
      also: [`once.*-${noun}.*`, `${noun}.race`, 'user.unique', 'budget.*', 'fault.*'],
      breaks: (base) =>
        Object.assign(
          {},
          ...names.filter((name) => name.endsWith(noun)).map((name) => racing[name](base)),
        ) as Partial<Store>,
    })),
    {
      name: 'addRecord() rejects for a loser',
      caughtBy: 'once.add-record.loser',
      also: [
        'once.add-record.*',
        'record.*',
        'isolate.*',
        'purge.records',
        'shape.answers',
        'expiry.passing',
      ],
      breaks: ({ store }) => ({
        async addRecord(record) {
          if (await store.addRecord(record)) return true
          throw new Error('duplicate key')
        },
      }),
    },
    {
      name: 'updateClient() rejects for a loser',
      caughtBy: 'once.update-client.loser',
      also: ['once.update-client.*', 'client.*', 'shape.*', 'isolate.tenant'],
      breaks: ({ store }) => ({
        async updateClient(client, version) {
          if (await store.updateClient(client, version)) return true
          throw new Error('could not serialize access due to concurrent update')
        },
      }),
    },
  ]
}
