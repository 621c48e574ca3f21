import { randomUUID } from 'node:crypto'
import { type PrismaStore, prismaStore } from '@oauth2-kit/prisma'
import { type AnyClient, clientFor, describeEngines } from './support/engines'
import { aClient, aUser, before, t0 } from '@oauth2-kit/testing'

const callers = 12

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

  /** Returns how many of the concurrent callers, on several pools, got `true`. */
  async function winnersOf(act: (one: PrismaStore, caller: number) => Promise<boolean>) {
    const all = Array.from({ length: callers }, (_, n) => act(stores[n % stores.length]!, n))
    return (await Promise.all(all)).filter(Boolean).length
  }

  describe('clients', () => {
    it('exactly one of 12 concurrent creations of an id succeeds', async () => {
      const client = aClient()
      const names = Array.from({ length: callers }, (_, n) => `version ${n}`)
      expect(await winnersOf((one, n) => one.createClient({ ...client, version: names[n]! }))).toBe(
        1,
      )
      expect(names).toContain((await store.getClient(client.id))?.version)
    })

    it('exactly one of 12 concurrent updates of a version succeeds', async () => {
      const client = aClient()
      await store.createClient(client)
      const changed = (n: number) => ({ ...client, version: `${n}`, name: `${n}` })
      expect(await winnersOf((one, n) => one.updateClient(changed(n), client.version))).toBe(1)
      const kept = await store.getClient(client.id)
      expect(kept?.name).toBe(kept?.version)
    })

    it('an update during the deletion of a client does not restore it', async () => {
      for (let round = 0; round < 20; round++) {
        const client = aClient()
        await store.createClient(client)
        const change = stores[1]!.updateClient({ ...client, version: 'next' }, client.version)
        await store.deleteClient(client.id)
        await change
        expect(await store.getClient(client.id)).toBeNull()
      }
    })

    it('a repeated attempt returns true; another returns false and changes nothing', async () => {
      const client = aClient({ metadata: { a: [1, 'ü'] } })
      const next = { ...client, version: randomUUID(), redirectUris: [] }
      expect(await store.createClient(client)).toBe(true)
      expect(await store.createClient(client)).toBe(true)
      expect(await store.createClient({ ...client, version: 'other' })).toBe(false)
      expect(await store.updateClient(next, 'other')).toBe(false)
      expect(await store.getClient(client.id)).toEqual(client)
      expect(await store.updateClient(next, client.version)).toBe(true)
      expect(await store.updateClient(next, client.version)).toBe(true)
      expect(await store.getClient(client.id)).toEqual(next)
      await store.deleteClient(client.id)
      expect(await store.updateClient(client, next.version)).toBe(false)
      expect(await store.getClient(client.id)).toBeNull()
    })
  })

  describe('users', () => {
    it('exactly one of 12 concurrent creations of a username succeeds', async () => {
      const { username } = aUser()
      expect(await winnersOf((one) => one.createUser(aUser({ username })))).toBe(1)
    })

    it('exactly one of 12 concurrent updates of a version succeeds', async () => {
      const user = aUser()
      await store.createUser(user)
      const changed = (n: number) => ({ ...user, version: `${n}`, passwordHash: `${n}` })
      expect(await winnersOf((one, n) => one.updateUser(changed(n), user.version))).toBe(1)
      const kept = await store.getUser(user.id)
      expect(kept?.passwordHash).toBe(kept?.version)
    })

    it('an update during the deletion of a user does not restore the user', async () => {
      for (let round = 0; round < 20; round++) {
        const user = aUser()
        await store.createUser(user)
        const change = stores[1]!.updateUser({ ...user, version: 'next' }, user.version)
        await store.deleteUser(user.id, t0)
        await change
        expect(await store.getUser(user.id)).toBeNull()
        expect(await store.getUserByUsername(user.username)).toBeNull()
      }
    })

    it('a repeated attempt returns true; another returns false and changes nothing', async () => {
      const user = aUser({ metadata: { a: 1 } })
      const next = { ...user, version: randomUUID(), username: `new ${user.username}` }
      expect(await store.createUser(user)).toBe(true)
      expect(await store.createUser(user)).toBe(true)
      expect(await store.createUser({ ...user, version: 'other' })).toBe(false)
      expect(await store.updateUser(next, 'other')).toBe(false)
      expect(await store.getUser(user.id)).toEqual(user)
      expect(await store.updateUser(next, user.version)).toBe(true)
      expect(await store.updateUser(next, user.version)).toBe(true)
      expect(await store.getUserByUsername(next.username)).toEqual(next)
      expect(await store.getUserByUsername(user.username)).toBeNull()
    })

    it('a username that is taken is refused', async () => {
      const [ada, bob] = [aUser(), aUser()]
      await store.createUser(ada)
      await store.createUser(bob)
      expect(await store.createUser(aUser({ username: ada.username }))).toBe(false)
      const renamed = { ...bob, version: randomUUID(), username: ada.username }
      expect(await store.updateUser(renamed, bob.version)).toBe(false)
      expect(await store.getUserByUsername(ada.username)).toEqual(ada)
      expect(await store.getUserByUsername(bob.username)).toEqual(bob)
    })

    it('a deleted user leaves a mark without personal data until purge()', async () => {
      const user = aUser({ metadata: { email: 'ada@example.com' } })
      await store.createUser(user)
      await store.deleteUser(user.id, t0)
      const row = await clients[0]!.oAuthUser.findUnique({ where: { id: user.id } })
      expect(row).toEqual({
        id: user.id,
        version: '',
        username: null,
        passwordHash: '',
        data: null,
        deletedUntil: BigInt(t0),
      })
      expect(await store.createUser(user)).toBe(false)
      expect(await store.createUser(aUser({ username: user.username }))).toBe(true)
      expect(await store.updateUser(user, user.version)).toBe(false)
      await store.purge(before(t0), 100)
      expect(await store.createUser(user)).toBe(false)
      await store.purge(before(t0 + 1), 100)
      expect(await store.createUser({ ...user, username: randomUUID() })).toBe(true)
    })

    it('deleting an unknown id leaves no mark', async () => {
      const user = aUser()
      await store.deleteUser(user.id, t0)
      expect(await store.createUser(user)).toBe(true)
    })

    it('are listed in the order of their ids, without deleted users', async () => {
      const prefix = randomUUID()
      const users = ['a', 'b', 'c', 'd'].map((id) => aUser({ id: `${prefix} ${id}` }))
      for (const user of users.toReversed()) await store.createUser(user)
      await store.deleteUser(users[1]!.id, t0)
      const page = await store.listUsers({ after: prefix, limit: 2 })
      expect(page).toEqual([users[0], users[2]])
      expect(await store.listUsers({ after: users[2]!.id, limit: 1 })).toEqual([users[3]])
    })
  })
})
