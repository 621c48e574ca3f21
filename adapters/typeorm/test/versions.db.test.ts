import { type TypeormStore, typeormStore } from '@oauth2-kit/typeorm'
import { describeEngines, migrated, type Disposable } from './support/data-source'
import { aClient, aUser, aVersion, issued, t0 } from '@oauth2-kit/testing'

const rivals = 20

describeEngines((place) => {
  const open: Disposable[] = []
  let stores: TypeormStore[] = []
  let store: TypeormStore
  beforeAll(async () => {
    for (let n = 0; n < 3; n++) open.push(await migrated(place.url))
    stores = open.map((one) => typeormStore(one))
    store = stores[0]!
  })
  afterAll(() => Promise.all(open.map((one) => one.destroy())))

  /** Returns the results of concurrent writes, one of each rival. */
  function byAll<T>(write: (store: TypeormStore, n: number) => Promise<T>): Promise<T[]> {
    return Promise.all(Array.from({ length: rivals }, (_, n) => write(stores[n % 3]!, n)))
  }

  it('exactly one of 20 attempts creates a client, also when all are repeated', async () => {
    const { id } = aClient()
    const made = Array.from({ length: rivals }, () => aClient({ id }))
    const created = await byAll((one, n) => one.createClient(made[n]!))
    expect(created.filter(Boolean)).toHaveLength(1)
    const winner = made[created.indexOf(true)]!
    expect(await store.getClient(id)).toEqual(winner)
    const again = await byAll((one, n) => one.createClient(made[n]!))
    expect(again).toEqual(created)
  })

  it('exactly one of 20 attempts updates a client, and none undoes a later update', async () => {
    const client = aClient()
    await store.createClient(client)
    const changes = Array.from({ length: rivals }, (_, n) =>
      aClient({ id: client.id, redirectUris: [`https://${n}.example`] }),
    )
    const updated = await byAll((one, n) => one.updateClient(changes[n]!, client.version))
    expect(updated.filter(Boolean)).toHaveLength(1)
    const winner = changes[updated.indexOf(true)]!
    expect(await store.getClient(client.id)).toEqual(winner)
    expect(await store.updateClient(winner, client.version)).toBe(true)
    const next = aClient({ id: client.id })
    expect(await store.updateClient(next, winner.version)).toBe(true)
    expect(await store.updateClient(winner, client.version)).toBe(false)
    expect(await store.getClient(client.id)).toEqual(next)
  })

  it('an update does not restore a deleted client', async () => {
    const client = aClient()
    await store.createClient(client)
    await store.deleteClient(client.id)
    const changed = { ...client, version: aVersion() }
    expect(await store.updateClient(changed, client.version)).toBe(false)
    expect(await store.getClient(client.id)).toBeNull()
    expect(await store.createClient(changed)).toBe(true)
  })

  it('exactly one attempt creates a user with an id, and one with a username', async () => {
    const { id, username } = aUser()
    const made = Array.from({ length: rivals }, (_, n) =>
      aUser(n % 2 === 0 ? { id } : { username }),
    )
    const created = await byAll((one, n) => one.createUser(made[n]!))
    expect(created.filter((_, n) => n % 2 === 0).filter(Boolean)).toHaveLength(1)
    expect(created.filter((_, n) => n % 2 === 1).filter(Boolean)).toHaveLength(1)
    for (const [n, user] of made.entries()) {
      expect(await store.createUser(user)).toBe(created[n])
      if (!created[n]) continue
      expect(await store.getUser(user.id)).toEqual(user)
      expect(await store.getUserByUsername(user.username)).toEqual(user)
    }
  })

  it('exactly one of 20 attempts updates a user, and none takes a used username', async () => {
    const [user, other] = [aUser({ metadata: { name: 'Ann' } }), aUser()]
    await store.createUser(user)
    await store.createUser(other)
    const changes = Array.from({ length: rivals }, (_, n) =>
      aUser({ id: user.id, passwordHash: `hash-${n}` }),
    )
    const updated = await byAll((one, n) => one.updateUser(changes[n]!, user.version))
    expect(updated.filter(Boolean)).toHaveLength(1)
    const winner = changes[updated.indexOf(true)]!
    expect(await store.getUser(user.id)).toEqual(winner)
    expect(await store.getUserByUsername(user.username)).toBeNull()
    expect(await store.updateUser(winner, user.version)).toBe(true)
    const taken = aUser({ id: user.id, username: other.username })
    expect(await store.updateUser(taken, winner.version)).toBe(false)
    expect(await store.getUser(user.id)).toEqual(winner)
  })

  it('a deleted user leaves a mark and nothing else, and frees the username', async () => {
    const user = aUser({ metadata: { secret: 'of-a-user' }, passwordHash: 'secret-of-a-user' })
    await store.createUser(user)
    await store.deleteUser(user.id, t0 + 5)
    // A mark is never shortened.
    await store.deleteUser(user.id, t0 + 1)
    expect(await store.getUser(user.id)).toBeNull()
    expect(await store.getUserByUsername(user.username)).toBeNull()
    expect((await store.listUsers({ limit: 1000 })).map(({ id }) => id)).not.toContain(user.id)
    const [row] = await open[0]!.query(`SELECT * FROM oauth_users WHERE id = '${user.id}'`)
    expect({ ...row, deleted_until: Number(row.deleted_until) }).toEqual({
      id: user.id,
      version: '',
      username: null,
      password_hash: '',
      data: null,
      deleted_until: t0 + 5,
    })
    const changed = { ...user, version: aVersion() }
    expect(await store.updateUser(changed, user.version)).toBe(false)
    expect(await store.updateUser(changed, '')).toBe(false)
    expect(await store.createUser(changed)).toBe(false)
    expect(await store.createUser(aUser({ username: user.username }))).toBe(true)
  })

  it('lists users in the order of their ids, in pages', async () => {
    const ids = Array.from({ length: 5 }, (_, n) => `listed-${n}`)
    for (const id of ids) await store.createUser(aUser({ id }))
    await store.deleteUser('listed-2', t0)
    const first = await store.listUsers({ after: 'listed-', limit: 2 })
    const second = await store.listUsers({ after: first[1]!.id, limit: 2 })
    expect([...first, ...second].map(({ id }) => id)).toEqual(ids.filter((_, n) => n !== 2))
  })

  it('deleting an unknown user leaves no mark', async () => {
    const user = aUser()
    await store.deleteUser(user.id, t0)
    await issued(store, { userId: user.id })
    expect(await store.createUser(user)).toBe(true)
  })
})
