import { memoryStore } from '@oauth2-kit/memory'
import { aClient, aCredential, aGrant, aUser, before, issued, t0 } from '@oauth2-kit/testing'

describe('clients', () => {
  it('are returned exactly as they were created', async () => {
    const store = memoryStore()
    const client = aClient({
      secretHash: null,
      scopes: null,
      name: 'Ümläut ✓ 𝄞 . $ "quoted"',
      accessTokenLifetime: null,
      refreshTokenLifetime: 0,
      metadata: { nested: { 'a.b': [1, null, { $c: 'x'.repeat(4096) }] }, '': false },
    })
    expect(await store.createClient(client)).toBe(true)
    expect(await store.getClient(client.id)).toEqual(client)
  })

  it('are created once; only the same attempt returns true again', async () => {
    const store = memoryStore()
    const client = aClient()
    expect(await store.createClient(client)).toBe(true)
    expect(await store.createClient(client)).toBe(true)
    expect(await store.createClient(aClient({ id: client.id }))).toBe(false)
    expect(await store.getClient(client.id)).toEqual(client)
  })

  it('are replaced as a whole if the version matches', async () => {
    const store = memoryStore()
    const client = aClient({ name: 'Before', metadata: { a: 1 } })
    await store.createClient(client)
    const { name: _, metadata: __, ...rest } = client
    const next = { ...rest, version: '2', scopes: [] }
    expect(await store.updateClient(next, client.version)).toBe(true)
    expect(await store.getClient(client.id)).toEqual(next)
    expect(await store.updateClient({ ...rest, version: '3' }, client.version)).toBe(false)
    expect(await store.getClient(client.id)).toEqual(next)
    // The reply to the first update was lost.
    expect(await store.updateClient(next, client.version)).toBe(true)
  })

  it('F8: exactly one of 50 concurrent updates of a version wins', async () => {
    const store = memoryStore()
    const client = aClient()
    await store.createClient(client)
    const updates = Array.from({ length: 50 }, (_, n) => ({ ...client, version: `v${n}` }))
    const outcomes = await Promise.all(
      updates.map((update) => store.updateClient(update, client.version)),
    )
    expect(outcomes.filter(Boolean)).toHaveLength(1)
  })

  it('are not recreated by an update after the deletion', async () => {
    const store = memoryStore()
    const client = aClient()
    await store.createClient(client)
    await store.deleteClient(client.id)
    expect(await store.updateClient({ ...client, version: '2' }, client.version)).toBe(false)
    expect(await store.getClient(client.id)).toBeNull()
  })

  it('are found by their exact id only', async () => {
    const store = memoryStore()
    await store.createClient(aClient({ id: 'Client' }))
    for (const id of ['client', 'Client ', ' Client', 'Clien', '', '__proto__', 'toString']) {
      expect(await store.getClient(id)).toBeNull()
    }
  })

  it('are listed in pages, in the order of their ids, also after changes', async () => {
    const store = memoryStore()
    for (const id of ['b', 'a', 'C', 'ä', 'a b', 'aa']) await store.createClient(aClient({ id }))
    expect(await idsOf(store, 4)).toEqual(['C', 'a', 'a b', 'aa', 'b', 'ä'])
    await store.createClient(aClient({ id: 'ab' }))
    await store.createClient(aClient({ id: 'B' }))
    await store.deleteClient('a b')
    await store.deleteClient('unknown')
    expect(await idsOf(store, 3)).toEqual(['B', 'C', 'a', 'aa', 'ab', 'b', 'ä'])
    expect(await store.listClients({ after: 'ä', limit: 4 })).toEqual([])
    expect(await store.listClients({ after: 'aaz', limit: 1 })).toMatchObject([{ id: 'ab' }])
  })

  it('deleteClient() resolves for an unknown client', async () => {
    await expect(memoryStore().deleteClient('unknown')).resolves.toBeUndefined()
  })
})

describe('issue() for a client of the store', () => {
  it('returns refused if the client was deleted or has another version', async () => {
    const store = memoryStore()
    const client = aClient()
    await store.createClient(client)
    const issue = (clientVersion: string) =>
      store.issue(aGrant({ clientId: client.id }), [aCredential()], { clientVersion })
    expect(await issue(client.version)).toBe('issued')
    expect(await issue('another')).toBe('refused')
    await store.updateClient({ ...client, version: '2' }, client.version)
    expect(await issue(client.version)).toBe('refused')
    expect(await issue('2')).toBe('issued')
    await store.deleteClient(client.id)
    expect(await issue('2')).toBe('refused')
  })

  it('keeps nothing of a refused grant', async () => {
    const store = memoryStore()
    const [grant, credential] = [aGrant(), aCredential()]
    expect(await store.issue(grant, [credential], { clientVersion: '1' })).toBe('refused')
    expect(await store.find(credential.hash)).toBeNull()
    expect(await store.issue(grant, [credential], {})).toBe('issued')
  })

  it('F9: is refused or revoked during the deletion of the client', async () => {
    const store = memoryStore()
    const client = aClient()
    await store.createClient(client)
    for (let n = 0; n < 2000; n++) await issued(store, { clientId: client.id })
    const deletion = { underWay: true }
    const deleting = store.deleteClient(client.id).finally(() => (deletion.underWay = false))
    const credentials = []
    const conditions = { clientVersion: client.version }
    for (; deletion.underWay; await new Promise(setImmediate)) {
      const credential = aCredential()
      credentials.push(credential)
      await store.issue(aGrant({ clientId: client.id }), [credential], conditions)
    }
    await deleting
    expect(credentials.length).toBeGreaterThan(0)
    for (const { hash } of credentials) expect(await store.find(hash)).toBeNull()
  })
})

describe('users', () => {
  it('are found by their exact id and username only', async () => {
    const store = memoryStore()
    const user = aUser({ id: 'User', username: 'Ada', metadata: { roles: ['a', null] } })
    expect(await store.createUser(user)).toBe(true)
    expect(await store.getUser('User')).toEqual(user)
    expect(await store.getUserByUsername('Ada')).toEqual(user)
    for (const text of ['ada', 'Ada ', 'A', '', 'toString', 'user']) {
      expect(await store.getUser(text)).toBeNull()
      expect(await store.getUserByUsername(text)).toBeNull()
    }
    expect(await store.getUser('Ada')).toBeNull()
    expect(await store.getUserByUsername('User')).toBeNull()
  })

  it('are created once; only the same attempt returns true again', async () => {
    const store = memoryStore()
    const user = aUser()
    expect(await store.createUser(user)).toBe(true)
    expect(await store.createUser(user)).toBe(true)
    expect(await store.createUser(aUser({ id: user.id }))).toBe(false)
    expect(await store.createUser(aUser({ username: user.username }))).toBe(false)
    expect(await store.getUserByUsername(user.username)).toEqual(user)
  })

  it('are replaced if the version matches, and a new username frees the old one', async () => {
    const store = memoryStore()
    const user = aUser({ username: 'before' })
    await store.createUser(user)
    const next = { ...user, version: '2', username: 'after' }
    expect(await store.updateUser(next, 'another')).toBe(false)
    expect(await store.updateUser(next, user.version)).toBe(true)
    expect(await store.updateUser(next, user.version)).toBe(true)
    expect(await store.getUserByUsername('before')).toBeNull()
    expect(await store.getUserByUsername('after')).toEqual(next)
    expect(await store.createUser(aUser({ username: 'before' }))).toBe(true)
  })

  it('cannot take the username of another user', async () => {
    const store = memoryStore()
    const [ada, bob] = [aUser({ username: 'ada' }), aUser({ username: 'bob' })]
    await store.createUser(ada)
    await store.createUser(bob)
    const taking = { ...bob, version: '2', username: 'ada' }
    expect(await store.updateUser(taking, bob.version)).toBe(false)
    expect(await store.getUserByUsername('ada')).toEqual(ada)
    expect(await store.getUserByUsername('bob')).toEqual(bob)
    const renewed = { ...ada, version: '2', passwordHash: 'new' }
    expect(await store.updateUser(renewed, ada.version)).toBe(true)
    expect(await store.getUser(ada.id)).toEqual(renewed)
  })

  it('F13: are not recreated after deletion, and get no grant while the mark is kept', async () => {
    const store = memoryStore()
    const user = aUser()
    await store.createUser(user)
    const { credential } = await issued(store, { userId: user.id })
    await store.deleteUser(user.id, t0 + 60_000)
    expect(await store.find(credential.hash)).toBeNull()
    expect(await store.updateUser({ ...user, version: '2' }, user.version)).toBe(false)
    expect(await store.createUser(user)).toBe(false)
    const issue = () => store.issue(aGrant({ userId: user.id }), [aCredential()], {})
    expect(await issue()).toBe('refused')
    await store.deleteUser(user.id, t0)
    await store.purge(before(t0 + 60_000), 9)
    expect(await issue()).toBe('refused')
    await store.purge({ credentials: t0 + 60_001, shortLived: t0 }, 9)
    expect(await issue()).toBe('refused')
    expect(await store.purge(before(t0 + 60_001), 9)).toEqual({ deleted: 1, more: false })
    expect(await issue()).toBe('issued')
    expect(await store.createUser(user)).toBe(true)
  })

  it('deleteUser() resolves for an unknown user, and leaves no mark', async () => {
    const store = memoryStore()
    await expect(store.deleteUser('unknown', t0)).resolves.toBeUndefined()
    expect(await store.createUser(aUser({ id: 'unknown' }))).toBe(true)
  })

  it('are listed in pages, in the order of their ids', async () => {
    const store = memoryStore()
    for (const id of ['b', 'a', 'C', 'aa']) await store.createUser(aUser({ id }))
    const first = await store.listUsers({ limit: 3 })
    const second = await store.listUsers({ after: first.at(-1)!.id, limit: 3 })
    expect([...first, ...second].map(({ id }) => id)).toEqual(['C', 'a', 'aa', 'b'])
  })
})

describe('the manifest and check()', () => {
  it('describe a memory store, and report no problems', async () => {
    const store = memoryStore()
    const roundTrips = { find: 0, issue: 0, redeem: 0, extend: 0, revoke: 0 }
    expect(store.supports).toEqual({
      contract: 1,
      roundTrips: { ...roundTrips, addRecord: 0, takeRecord: 0 },
      cleanup: 'native',
      users: true,
      durable: false,
      tenants: false,
      multiProcess: false,
    })
    expect(await store.check()).toEqual([])
  })
})

async function idsOf(store: ReturnType<typeof memoryStore>, limit: number): Promise<string[]> {
  const ids: string[] = []
  for (let after: string | undefined; ;) {
    const page = await store.listClients({ after, limit })
    ids.push(...page.map(({ id }) => id))
    if (page.length < limit) return ids
    after = page.at(-1)?.id
  }
}
