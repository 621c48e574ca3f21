import { memoryStore } from '@oauth2-kit/memory'
import { aCredential, aGrant, aHash, grantsOf, issue, issued, refOf } from '@oauth2-kit/testing'

describe('issue() and find()', () => {
  it('find() returns each credential of a new grant as it was issued, with its grant', async () => {
    const store = memoryStore()
    const grant = aGrant()
    const credentials = [
      aCredential({ kind: 'code', expiresAt: null, data: '{"scope":"äöü ✓ 𝄞 $ne . \\u0000"}' }),
      aCredential({ kind: 'access', data: 'x'.repeat(4096) }),
      aCredential({ kind: 'refresh', createdAt: 1_234_567_890_123, expiresAt: 0 }),
    ]
    await issue(store, grant, credentials)
    for (const credential of credentials) {
      expect(await store.find(credential.hash)).toEqual({ ...credential, grant: refOf(grant) })
    }
  })

  it.each([null, 'ada'])('find() returns the user id %p', async (userId) => {
    const store = memoryStore()
    const { credential } = await issued(store, { userId })
    expect((await store.find(credential.hash))?.grant.userId).toBe(userId)
  })

  it('find() returns null for a hash that is unknown or differs by one character', async () => {
    const store = memoryStore()
    const { credential } = await issued(store)
    const { hash } = credential
    const others = [aHash(), '', hash.toUpperCase(), `${hash} `, ` ${hash}`, hash.slice(1)]
    for (const other of others) expect(await store.find(other)).toBeNull()
  })

  it('find() does not check expiry: an expired credential is still found', async () => {
    const store = memoryStore()
    const { credential } = await issued(store, {}, { expiresAt: 1 })
    expect(await store.find(credential.hash)).toMatchObject({ expiresAt: 1 })
  })

  it('find() returns times to the millisecond, however far from the time of creation', async () => {
    const store = memoryStore({ now: () => 1_800_000_000_123 })
    for (const time of [0, 1, 1_799_999_999_999, 1_800_000_000_123, 4_102_444_800_001]) {
      const { credential } = await issued(store, {}, { createdAt: time, expiresAt: time })
      expect(await store.find(credential.hash)).toMatchObject({ createdAt: time, expiresAt: time })
    }
  })

  it('issue() writes nothing if one hash already exists', async () => {
    const store = memoryStore()
    const { credential } = await issued(store)
    const [grant, fresh] = [aGrant(), aCredential()]
    const clash = aCredential({ hash: credential.hash })
    await expect(issue(store, grant, [fresh, clash])).rejects.toThrow('hash exists')
    expect(await store.find(fresh.hash)).toBeNull()
    expect(await grantsOf(store, { grantId: grant.id })).toEqual([])
    expect(await grantsOf(store, { clientId: grant.clientId })).toEqual([])
    expect(await store.find(credential.hash)).toEqual(credential)
    await issue(store, grant, [fresh])
    expect(await store.find(fresh.hash)).not.toBeNull()
  })

  it('issue() refuses the same hash twice in one grant', async () => {
    const store = memoryStore()
    const [grant, credential] = [aGrant(), aCredential()]
    await expect(issue(store, grant, [credential, { ...credential }])).rejects.toThrow(
      'hash exists',
    )
    expect(await store.find(credential.hash)).toBeNull()
  })

  it('issue() refuses a grant id that exists, and leaves that grant as it was', async () => {
    const store = memoryStore()
    const { grant, credential } = await issued(store)
    const other = aCredential()
    await expect(issue(store, aGrant({ id: grant.id }), [other])).rejects.toThrow('id exists')
    expect(await store.find(other.hash)).toBeNull()
    expect(await store.find(credential.hash)).toEqual(credential)
    expect(await grantsOf(store, { grantId: grant.id })).toEqual([grant])
  })

  it('issue() refuses a grant without credentials', async () => {
    const store = memoryStore()
    const grant = aGrant()
    await expect(issue(store, grant, [])).rejects.toThrow(TypeError)
    expect(await grantsOf(store, { clientId: grant.clientId })).toEqual([])
  })

  it('a revoked grant id and hash may be issued again', async () => {
    const store = memoryStore()
    const { grant, credential } = await issued(store)
    await store.revoke({ grantId: grant.id })
    await issue(store, grant, [credential])
    expect(await store.find(credential.hash)).toEqual(credential)
  })
})
