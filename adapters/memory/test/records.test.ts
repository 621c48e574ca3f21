import { randomUUID } from 'node:crypto'
import { memoryStore } from '@oauth2-kit/memory'
import { aClient, aUser, all, issued } from './support/given'

describe('clients', () => {
  it('come back as they were saved, to the last character', async () => {
    const store = memoryStore()
    const client = aClient({
      secretHash: null,
      scopes: null,
      name: 'Ümläut ✓ 𝄞 . $ "quoted"',
      accessTokenLifetime: null,
      refreshTokenLifetime: 0,
      metadata: { nested: { 'a.b': [1, null, { $c: 'x'.repeat(4096) }] }, '': false },
    })
    await store.saveClient(client)
    expect(await store.getClient(client.id)).toEqual(client)
  })

  it('are replaced as a whole', async () => {
    const store = memoryStore()
    const client = aClient({ name: 'Before', metadata: { a: 1 } })
    await store.saveClient(client)
    const { name: _, metadata: __, ...after } = client
    await store.saveClient({ ...after, scopes: [] })
    expect(await store.getClient(client.id)).toEqual({ ...after, scopes: [] })
  })

  it('are found by their exact id only', async () => {
    const store = memoryStore()
    const client = aClient({ id: 'Client' })
    await store.saveClient(client)
    for (const id of ['client', 'Client ', ' Client', 'Clien', '', '__proto__', 'toString']) {
      expect(await store.getClient(id)).toBeNull()
    }
  })

  it('are listed in pages, in the order of their ids', async () => {
    const store = memoryStore()
    const ids = ['b', 'a', 'C', 'ä', 'a b', 'aa']
    for (const id of ids) await store.saveClient(aClient({ id }))
    const listed: string[] = []
    for (let after: string | undefined; ;) {
      const page = await store.listClients({ after, limit: 4 })
      listed.push(...page.map(({ id }) => id))
      if (page.length < 4) break
      after = page.at(-1)?.id
    }
    expect(listed).toEqual(['C', 'a', 'a b', 'aa', 'b', 'ä'])
    expect(await store.listClients({ after: 'ä', limit: 4 })).toEqual([])
    expect(await store.listClients({ after: 'aab', limit: 1 })).toMatchObject([{ id: 'b' }])
  })

  it('that are unknown are deleted without complaint', async () => {
    await expect(memoryStore().deleteClient('unknown')).resolves.toBeUndefined()
  })
})

describe('users', () => {
  it('come back by their exact name only', async () => {
    const store = memoryStore()
    const user = aUser({ username: 'Ada', metadata: { locale: 'en', roles: ['a', null] } })
    await store.saveUser(user)
    expect(await store.getUser('Ada')).toEqual(user)
    for (const name of ['ada', 'Ada ', 'A', '', 'toString', user.id]) {
      expect(await store.getUser(name)).toBeNull()
    }
  })

  it('are replaced by id, and a new name frees the old one', async () => {
    const store = memoryStore()
    const user = aUser({ username: 'before' })
    await store.saveUser(user)
    await store.saveUser({ ...user, username: 'after' })
    expect(await store.getUser('before')).toBeNull()
    expect(await store.getUser('after')).toMatchObject({ id: user.id })
    await store.saveUser(aUser({ username: 'before' }))
  })

  it('cannot have the name of another one', async () => {
    const store = memoryStore()
    const [ada, bob] = [aUser({ username: 'ada' }), aUser({ username: 'bob' })]
    await store.saveUser(ada)
    await store.saveUser(bob)
    await expect(store.saveUser({ ...bob, username: 'ada' })).rejects.toThrow('that username')
    expect(await store.getUser('ada')).toEqual(ada)
    expect(await store.getUser('bob')).toEqual(bob)
    await store.saveUser({ ...ada, passwordHash: 'new' })
    expect(await store.getUser('ada')).toMatchObject({ passwordHash: 'new' })
  })

  it('that are unknown are deleted without complaint', async () => {
    await expect(memoryStore().deleteUser('unknown')).resolves.toBeUndefined()
  })
})

describe('grants', () => {
  it('are listed by each selector, as they were issued', async () => {
    const store = memoryStore()
    const [userId, clientId] = [randomUUID(), randomUUID()]
    const { grant } = await issued(store, { userId, clientId, data: '{"scope":"ä"}' })
    await issued(store, { userId })
    await issued(store, { clientId, userId: null })
    await issued(store)
    expect(await store.listGrants({ grantId: grant.id }, all)).toEqual([grant])
    expect(await store.listGrants({ userId, clientId }, all)).toEqual([grant])
    expect(await store.listGrants({ userId }, all)).toHaveLength(2)
    expect(await store.listGrants({ clientId }, all)).toHaveLength(2)
    expect(await store.listGrants({ userId: randomUUID() }, all)).toEqual([])
  })

  it('are listed in pages, in the order of their ids, each once', async () => {
    const store = memoryStore()
    const clientId = randomUUID()
    const ids = Array.from({ length: 10 }, () => randomUUID())
    for (const id of ids) await issued(store, { id, clientId })
    const listed: string[] = []
    for (let after: string | undefined; ;) {
      const page = await store.listGrants({ clientId }, { after, limit: 3 })
      listed.push(...page.map(({ id }) => id))
      if (page.length < 3) break
      after = page.at(-1)?.id
    }
    expect(listed).toEqual(ids.toSorted())
  })

  it('are listed without those that were revoked', async () => {
    const store = memoryStore()
    const clientId = randomUUID()
    const { grant } = await issued(store, { clientId })
    await issued(store, { clientId })
    await store.revoke({ grantId: grant.id })
    expect(await store.listGrants({ clientId }, all)).toHaveLength(1)
  })
})

describe('remember()', () => {
  it('is true the first time, and false from then on', async () => {
    const store = memoryStore()
    expect(await store.remember('a', 5)).toBe(true)
    expect(await store.remember('a', 5)).toBe(false)
    expect(await store.remember('a', 99)).toBe(false)
    expect(await store.remember('A', 5)).toBe(true)
  })

  it('is true for exactly one of many at once', async () => {
    const store = memoryStore()
    const answers = await Promise.all(Array.from({ length: 50 }, () => store.remember('a', 5)))
    expect(answers.filter(Boolean)).toHaveLength(1)
  })
})

describe('the manifest and check()', () => {
  it('say what a memory store is, and that nothing is wrong with it', async () => {
    const store = memoryStore()
    expect(store.supports).toEqual({
      contract: 1,
      roundTrips: { find: 0, issue: 0, redeem: 0, extend: 0, revoke: 0 },
      cleanup: 'native',
      users: true,
      durable: false,
      tenants: false,
      multiProcess: false,
    })
    expect(await store.check()).toEqual([])
  })
})
