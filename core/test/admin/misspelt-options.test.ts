import {
  createClient,
  createUser,
  deleteClient,
  deleteUser,
  getClient,
  getUser,
  importGrants,
  listClients,
  listUsers,
  revokeGrants,
  rotateClientSecret,
  setPassword,
} from '@oauth2-kit/core'
import { type MemoryStore, memoryStore } from '@oauth2-kit/memory'
import { passwords } from '../support/quick-passwords'

const client = { id: 'album', grantTypes: ['client_credentials'] }
const ada = { username: 'ada', password: 'a long password' }

describe('F40: wrong options', () => {
  it.each<[string, (store: MemoryStore, options: never) => Promise<unknown>, object, string]>([
    [
      'createClient',
      (store, o) => createClient(store, { grantTypes: [] }, o),
      { password: 1 },
      'passwords',
    ],
    [
      'rotateClientSecret',
      (store, o) => rotateClientSecret(store, 'album', o),
      { secrets: 'my own secret' },
      'secret',
    ],
    ['deleteClient', (store, o) => deleteClient(store, 'album', o), { event: 1 }, 'events'],
    [
      'revokeGrants',
      (store, o) => revokeGrants(store, { userId: 'ada' }, o),
      { event: 1 },
      'events',
    ],
    ['listClients', (store, o) => listed(listClients(store, o)), { pagesize: 1 }, 'pageSize'],
    ['listUsers', (store, o) => listed(listUsers(store, o)), { pagesize: 1 }, 'pageSize'],
    [
      'createUser',
      (store, o) => createUser(store, { ...ada, username: 'bob' }, o),
      { password: 1 },
      'passwords',
    ],
    [
      'setPassword',
      (store, o) => setPassword(store, 'ada', 'another password', o),
      { password: 1 },
      'passwords',
    ],
    [
      'importGrants',
      (store, o) =>
        importGrants(
          store,
          [{ ...client, kind: 'client', id: 'web', secret: 'a chosen secret' }],
          o,
        ),
      { dryrun: true },
      'dryRun',
    ],
    ['deleteUser', (store, o) => deleteUser(store, 'ada', o), { event: 1 }, 'events'],
  ])(
    '%s() rejects a misspelt option, suggests the right one and changes nothing',
    async (name, call, options, right) => {
      const store = memoryStore()
      const before = [
        (await createClient(store, client)).client,
        await createUser(store, ada, { passwords }),
      ]
      const [misspelt] = Object.keys(options)
      const calling = call(store, options as never)
      await expect(calling).rejects.toThrow(TypeError)
      await expect(calling).rejects.toThrow(
        `Unknown option "${misspelt}" of ${name}(). Did you mean "${right}"?`,
      )
      expect([await getClient(store, 'album'), await getUser(store, 'ada')]).toEqual(before)
      expect(await listed(listClients(store))).toHaveLength(1)
      expect(await listed(listUsers(store))).toHaveLength(1)
    },
  )

  it.each([1, {}, fakeEvents()])('rejects %p as events', async (events) => {
    const revoking = revokeGrants(memoryStore(), { userId: 'ada' }, { events: events as never })
    await expect(revoking).rejects.toThrow('"events" must be the events of the server')
  })

  it.each([{ hash: async () => 'x' }, { ...passwords, isOutdate: () => true }, 1])(
    'rejects %p as passwords',
    async (wrong) => {
      const creating = createUser(memoryStore(), ada, { passwords: wrong as never })
      await expect(creating).rejects.toThrow('"passwords" must be an object with the functions')
    },
  )
})

function fakeEvents(): object {
  return { emit: 'text' }
}

async function listed(entries: AsyncIterable<unknown>): Promise<unknown[]> {
  const all: unknown[] = []
  for await (const entry of entries) all.push(entry)
  return all
}
