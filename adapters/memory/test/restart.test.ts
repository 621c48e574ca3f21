import { type MemoryStore, memoryStore } from '@oauth2-kit/memory'
import {
  aClient,
  aCredential,
  aGrant,
  aUser,
  all,
  countOf,
  issued,
  redeemed,
  refOf,
  t0,
} from './support/given'
import { temporaryFolder } from './support/folder'

/** Ends a store and starts another one with its file. */
async function restarted(store: MemoryStore, file: string): Promise<MemoryStore> {
  await store.close()
  return memoryStore({ file })
}

describe('a restart with a snapshot file', () => {
  it('keeps clients and users, to the last character', async () => {
    using place = temporaryFolder()
    const before = memoryStore({ file: place.file })
    const client = aClient({ name: 'Ümläut ✓ 𝄞\n"', metadata: { a: [null, { b: 'c' }] } })
    const user = aUser({ metadata: { '': 1 } })
    await before.saveClient(client)
    await before.saveUser(user)
    const after = await restarted(before, place.file)
    expect(await after.getClient(client.id)).toEqual(client)
    expect(await after.getUser(user.username)).toEqual(user)
    await expect(after.saveUser(aUser({ username: user.username }))).rejects.toThrow(
      'Another user has that username',
    )
    await after.close()
  })

  it('gives out clients and users that nobody can change, as before it', async () => {
    using place = temporaryFolder()
    const before = memoryStore({ file: place.file })
    const [client, user] = [aClient(), aUser({ metadata: { roles: ['reader'] } })]
    await before.saveClient(client)
    await before.saveUser(user)
    const after = await restarted(before, place.file)
    const found = (await after.getClient(client.id))!
    expect([Object.isFrozen(found), Object.isFrozen(found.redirectUris)]).toEqual([true, true])
    const foundUser = (await after.getUser(user.username))!
    expect([Object.isFrozen(foundUser), Object.isFrozen(foundUser.metadata)]).toEqual([true, true])
    await after.close()
  })

  it('keeps grants with all of their credentials', async () => {
    using place = temporaryFolder()
    const before = memoryStore({ file: place.file })
    const grant = aGrant({ userId: null, data: '{"scope":"ä\\n"}' })
    const credentials = [
      aCredential({ kind: 'code', expiresAt: null }),
      aCredential({ kind: 'access', data: 'x'.repeat(4096), expiresAt: 4_102_444_800_001 }),
    ]
    await before.issue(grant, credentials)
    const after = await restarted(before, place.file)
    expect(await after.listGrants({ clientId: grant.clientId }, all)).toEqual([grant])
    for (const credential of credentials) {
      expect(await after.find(credential.hash)).toEqual({ ...credential, grant: refOf(grant) })
    }
    expect(await after.revoke({ grantId: grant.id })).toBe(1)
    await after.close()
  })

  it('keeps what was redeemed redeemed, and by whom', async () => {
    using place = temporaryFolder()
    const before = memoryStore({ file: place.file })
    const { credential } = await issued(before)
    const [second, third] = [aCredential(), aCredential()]
    const access = aCredential({ kind: 'access' })
    await redeemed(before, credential, second, access)
    await redeemed(before, { ...second, grant: credential.grant }, third)
    const after = await restarted(before, place.file)
    expect(await after.redeem(credential, [aCredential()])).toEqual({
      status: 'replayed',
      by: { ...second, grant: credential.grant },
    })
    for (const one of [credential, { ...second, grant: credential.grant }])
      expect(await after.isRedeemed(one)).toBe(true)
    expect(await after.redeem(credential, [second, access])).toEqual({ status: 'redeemed' })
    const live = { ...third, grant: credential.grant }
    expect(await after.isRedeemed(live)).toBe(false)
    expect(await after.redeem(live, [aCredential()])).toEqual({ status: 'redeemed' })
    await after.close()
  })

  it('keeps the marks of use of what was used up for nothing', async () => {
    using place = temporaryFolder()
    const before = memoryStore({ file: place.file })
    const { credential } = await issued(before, {}, { kind: 'code' })
    await redeemed(before, credential, aCredential({ kind: 'used' }))
    const after = await restarted(before, place.file)
    expect(await after.redeem(credential, [aCredential()])).toMatchObject({
      status: 'replayed',
      by: { kind: 'used' },
    })
    await after.close()
  })

  it('keeps revoked grants revoked', async () => {
    using place = temporaryFolder()
    const before = memoryStore({ file: place.file })
    const { grant, credential } = await issued(before)
    await before.revoke({ grantId: grant.id })
    const after = await restarted(before, place.file)
    expect(await after.find(credential.hash)).toBeNull()
    expect(await after.redeem(credential, [aCredential()])).toEqual({ status: 'revoked' })
    await after.close()
  })

  it('keeps a revoked access token revoked, and the code that it came from used', async () => {
    using place = temporaryFolder()
    const before = memoryStore({ file: place.file })
    const { credential } = await issued(before, {}, { kind: 'code' })
    const access = aCredential({ kind: 'access' })
    await redeemed(before, credential, access)
    await before.revokeCredential(access.hash)
    const after = await restarted(before, place.file)
    expect(await after.find(access.hash)).toBeNull()
    expect(await after.redeem(credential, [aCredential()])).toMatchObject({
      status: 'replayed',
      by: { hash: access.hash },
    })
    await after.close()
  })

  it('keeps remembered keys', async () => {
    using place = temporaryFolder()
    const before = memoryStore({ file: place.file })
    await before.remember('a jti', t0)
    const after = await restarted(before, place.file)
    expect(await after.remember('a jti', t0)).toBe(false)
    await after.close()
  })

  it('keeps what purging would remove, and what it would not', async () => {
    using place = temporaryFolder()
    const before = memoryStore({ file: place.file })
    const { credential } = await issued(before, {}, { expiresAt: t0 + 90_000 })
    const short = aCredential({ expiresAt: t0 + 10_000 })
    await redeemed(before, credential, short)
    const after = await restarted(before, place.file)
    expect(await after.purge(t0 + 60_000, 9)).toEqual({ deleted: 0, more: false })
    expect(await countOf(after)).toBe(2)
    await after.close()
  })

  it('keeps a grant that was extended, and with it the order of its marks', async () => {
    using place = temporaryFolder()
    const before = memoryStore({ file: place.file })
    const { credential } = await issued(before)
    await before.extend(credential.grant, [aCredential({ kind: 'access' })])
    const winner = aCredential()
    await redeemed(before, credential, winner)
    await before.extend(credential.grant, [aCredential({ kind: 'access' })])
    let store = before
    for (let restart = 0; restart < 3; restart++) store = await restarted(store, place.file)
    expect(await store.redeem(credential, [aCredential()])).toMatchObject({
      by: { hash: winner.hash },
    })
    expect(await countOf(store)).toBe(4)
    await store.close()
  })

  it('keeps nothing without a file', async () => {
    const before = memoryStore()
    const { credential } = await issued(before)
    await before.save()
    await before.close()
    expect(await memoryStore().find(credential.hash)).toBeNull()
  })
})
