import { memoryStore } from '@oauth2-kit/memory'
import {
  aClient,
  aCredential,
  aGrant,
  aUser,
  all,
  grantsOf,
  issue,
  issued,
  refOf,
  t0,
} from '@oauth2-kit/testing'

const foreign: unknown[] = [
  {},
  { $ne: null },
  { $gt: '' },
  [],
  0,
  1,
  true,
  false,
  null,
  undefined,
  { toString: () => 'a' },
]

describe('values that are not strings match nothing', () => {
  it.each(foreign)('%p', async (value) => {
    const store = memoryStore()
    const input = value as never
    const { grant, credential } = await issued(store)
    // Ids that a careless comparison would treat as equal to it.
    const near = String(value) || 'a'
    await issued(store, { clientId: near, userId: near }, {})
    await store.createClient(aClient({ id: 'a' }))
    await store.createUser(aUser({ id: 'a', username: 'a' }))
    expect(await store.find(input)).toBeNull()
    expect(await store.getClient(input)).toBeNull()
    expect(await store.getUser(input)).toBeNull()
    expect(await store.getUserByUsername(input)).toBeNull()
    expect(await store.updateClient(aClient({ id: 'a' }), input)).toBe(false)
    expect(await store.updateUser(aUser({ id: 'a' }), input)).toBe(false)
    expect(await store.getRecord(input)).toBeNull()
    expect(await store.takeRecord(input)).toBeNull()
    expect(await store.revoke({ grantId: input })).toBe(0)
    expect(await store.revoke({ clientId: input })).toBe(0)
    expect(await store.revoke({ userId: input, clientId: grant.clientId })).toBe(0)
    expect(await store.revoke({ userId: grant.userId!, clientId: input ?? null })).toBe(0)
    expect(await grantsOf(store, { userId: input })).toEqual([])
    const odd = { ...credential, hash: input }
    expect(await store.redeem(odd, [aCredential()])).toEqual({ status: 'unknown' })
    const stray = { ...credential, grant: { ...credential.grant, id: input } }
    expect(await store.redeem(stray, [aCredential()])).toEqual({ status: 'revoked' })
    expect(await store.extend(stray.grant, [aCredential()])).toBe('revoked')
    await store.revokeAccessToken(input)
    await store.deleteClient(input)
    await store.deleteUser(input, t0)
    expect(await store.find(credential.hash)).toEqual(credential)
    expect(await store.getClient('a')).not.toBeNull()
    expect(await store.getUser('a')).not.toBeNull()
  })
})

describe('changes to objects that were passed in or returned do not reach the store', () => {
  it('clients: what is returned is frozen', async () => {
    const store = memoryStore()
    const client = aClient({ metadata: { nested: { list: [1] } } })
    const before = structuredClone(client)
    await store.createClient(client)
    client.redirectUris.push('https://evil.example/')
    ;(client.metadata as { nested: { list: number[] } }).nested.list.push(2)
    const found = (await store.getClient(client.id))!
    expect(found).toEqual(before)
    expect(() => found.redirectUris.push('https://evil.example/')).toThrow('not extensible')
    expect(() => Object.assign(found.metadata!, { nested: 1 })).toThrow(TypeError)
    expect(() => Object.assign(found, { secretHash: null })).toThrow(TypeError)
    const [listed] = await store.listClients(all)
    expect(Object.isFrozen(listed)).toBe(true)
  })

  it('users: what is returned is frozen', async () => {
    const store = memoryStore()
    const user = aUser({ metadata: { roles: ['reader'] } })
    const before = structuredClone(user)
    await store.createUser(user)
    user.passwordHash = 'another'
    ;(user.metadata as { roles: string[] }).roles.push('admin')
    const found = (await store.getUser(before.id))!
    expect(found).toEqual(before)
    expect(() => Object.assign(found, { passwordHash: 'another' })).toThrow(TypeError)
    expect(() => (found.metadata as { roles: string[] }).roles.push('admin')).toThrow(
      'not extensible',
    )
  })

  it('credentials that were returned', async () => {
    const store = memoryStore()
    const { credential } = await issued(store)
    const found = (await store.find(credential.hash))!
    Object.assign(found, { expiresAt: null, kind: 'access', data: '{}' })
    Object.assign(found.grant, { userId: 'admin' })
    expect(await store.find(credential.hash)).toEqual(credential)
  })

  it('credentials and grants that were passed in', async () => {
    const store = memoryStore()
    const [grant, credential] = [aGrant(), aCredential()]
    const before = structuredClone({ ...credential, grant: refOf(grant) })
    await issue(store, grant, [credential])
    Object.assign(credential, { expiresAt: null, kind: 'access' })
    Object.assign(grant, { userId: 'admin', clientId: 'another' })
    expect(await store.find(before.hash)).toEqual(before)
    expect(await grantsOf(store, { userId: 'admin' })).toEqual([])
  })

  it('grants that were listed', async () => {
    const store = memoryStore()
    const { grant } = await issued(store)
    const [listed] = await grantsOf(store, { grantId: grant.id })
    Object.assign(listed!, { userId: 'admin' })
    expect(await grantsOf(store, { grantId: grant.id })).toEqual([grant])
  })

  it('two stores share nothing', async () => {
    const [one, other] = [memoryStore(), memoryStore()]
    const { grant, credential } = await issued(one)
    expect(await other.find(credential.hash)).toBeNull()
    expect(await other.revoke({ grantId: grant.id })).toBe(0)
    expect(await one.find(credential.hash)).not.toBeNull()
  })
})
