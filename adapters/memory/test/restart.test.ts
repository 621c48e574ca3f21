import { type MemoryStore, memoryStore } from '@oauth2-kit/memory'
import {
  aClient,
  aCredential,
  aGrant,
  aRecord,
  aUser,
  before as cutoff,
  countOf,
  grantsOf,
  issue,
  issued,
  redeemed,
  refOf,
  t0,
} from '@oauth2-kit/testing'
import { temporaryFolder } from './support/folder'

/** Closes a store and opens another one with the same file. */
async function restarted(store: MemoryStore, file: string): Promise<MemoryStore> {
  await store.close()
  return memoryStore({ file })
}

describe('a restart with a snapshot file', () => {
  it('keeps every character of clients and users', async () => {
    using place = temporaryFolder()
    const before = memoryStore({ file: place.file })
    const client = aClient({ name: 'Ümläut ✓ 𝄞\n"', metadata: { a: [null, { b: 'c' }] } })
    const user = aUser({ metadata: { '': 1 } })
    await before.createClient(client)
    await before.createUser(user)
    const after = await restarted(before, place.file)
    expect(await after.getClient(client.id)).toEqual(client)
    expect(await after.getUser(user.id)).toEqual(user)
    expect(await after.getUserByUsername(user.username)).toEqual(user)
    expect(await after.createUser(aUser({ username: user.username }))).toBe(false)
    await after.close()
  })

  it('returns frozen clients and users after it', async () => {
    using place = temporaryFolder()
    const before = memoryStore({ file: place.file })
    const [client, user] = [aClient(), aUser({ metadata: { roles: ['reader'] } })]
    await before.createClient(client)
    await before.createUser(user)
    const after = await restarted(before, place.file)
    const found = (await after.getClient(client.id))!
    expect([Object.isFrozen(found), Object.isFrozen(found.redirectUris)]).toEqual([true, true])
    const foundUser = (await after.getUser(user.id))!
    expect([Object.isFrozen(foundUser), Object.isFrozen(foundUser.metadata)]).toEqual([true, true])
    await after.close()
  })

  it('keeps grants with all their credentials', async () => {
    using place = temporaryFolder()
    const before = memoryStore({ file: place.file })
    const grant = aGrant({ userId: null, data: '{"scope":"ä\\n"}' })
    const credentials = [
      aCredential({ kind: 'code', expiresAt: null }),
      aCredential({ kind: 'access', data: 'x'.repeat(4096), expiresAt: 4_102_444_800_001 }),
    ]
    await issue(before, grant, credentials)
    const after = await restarted(before, place.file)
    expect(await grantsOf(after, { clientId: grant.clientId })).toEqual([grant])
    for (const credential of credentials) {
      expect(await after.find(credential.hash)).toEqual({ ...credential, grant: refOf(grant) })
    }
    expect(await after.revoke({ grantId: grant.id })).toBe(1)
    await after.close()
  })

  it('keeps each redemption, and the attempt that made it', async () => {
    using place = temporaryFolder()
    const before = memoryStore({ file: place.file })
    const { credential } = await issued(before)
    const [second, third] = [aCredential(), aCredential()]
    const access = aCredential({ kind: 'access' })
    await redeemed(before, credential, second, access)
    await redeemed(before, { ...second, grant: credential.grant }, third)
    const after = await restarted(before, place.file)
    expect(await after.redeem(credential, [aCredential()])).toEqual({ status: 'replayed' })
    expect(await after.find(credential.hash)).toEqual({ ...credential, data: '' })
    for (const one of [credential, { ...second, grant: credential.grant }])
      expect(await after.isRedeemed(one)).toBe(true)
    expect(await after.redeem(credential, [second, access])).toEqual({ status: 'redeemed' })
    const live = { ...third, grant: credential.grant }
    expect(await after.isRedeemed(live)).toBe(false)
    expect(await after.redeem(live, [aCredential()])).toEqual({ status: 'redeemed' })
    await after.close()
  })

  it('keeps the redemption marks of codes that were redeemed without successors', async () => {
    using place = temporaryFolder()
    const before = memoryStore({ file: place.file })
    const { credential } = await issued(before, {}, { kind: 'code' })
    await redeemed(before, credential, aCredential({ kind: 'used' }))
    const after = await restarted(before, place.file)
    expect(await after.redeem(credential, [aCredential()])).toEqual({ status: 'replayed' })
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

  it('keeps a revoked access token revoked, and its code redeemed', async () => {
    using place = temporaryFolder()
    const before = memoryStore({ file: place.file })
    const { credential } = await issued(before, {}, { kind: 'code' })
    const access = aCredential({ kind: 'access' })
    await redeemed(before, credential, access)
    await before.revokeAccessToken(access.hash)
    const after = await restarted(before, place.file)
    expect(await after.find(access.hash)).toBeNull()
    expect(await after.redeem(credential, [aCredential()])).toEqual({ status: 'replayed' })
    expect(await after.redeem(credential, [access])).toEqual({ status: 'redeemed' })
    await after.close()
  })

  it('keeps records, except those that were taken', async () => {
    using place = temporaryFolder()
    const before = memoryStore({ file: place.file })
    const [kept, taken] = [aRecord(), aRecord()]
    await before.addRecord(kept)
    await before.addRecord(taken)
    await before.takeRecord(taken.key)
    const after = await restarted(before, place.file)
    expect(await after.addRecord(kept)).toBe(false)
    expect(await after.takeRecord(kept.key)).toEqual(kept)
    expect(await after.getRecord(taken.key)).toBeNull()
    await after.close()
  })

  it('keeps the marks of deleted users', async () => {
    using place = temporaryFolder()
    const before = memoryStore({ file: place.file })
    const user = aUser()
    await before.createUser(user)
    await before.deleteUser(user.id, t0)
    const after = await restarted(before, place.file)
    expect(await after.issue(aGrant({ userId: user.id }), [aCredential()], {})).toBe('refused')
    expect(await after.purge(cutoff(t0 + 1), 9)).toEqual({ deleted: 1, more: false })
    expect(await after.createUser(user)).toBe(true)
    await after.close()
  })

  it('keeps expiry times, so that purge() removes the same credentials', async () => {
    using place = temporaryFolder()
    const before = memoryStore({ file: place.file })
    const { credential } = await issued(before, {}, { expiresAt: t0 + 90_000 })
    const short = aCredential({ expiresAt: t0 + 10_000 })
    await redeemed(before, credential, short)
    const after = await restarted(before, place.file)
    expect(await after.purge(cutoff(t0 + 60_000), 9)).toEqual({ deleted: 1, more: false })
    expect(await after.redeem(credential, [short])).toEqual({ status: 'redeemed' })
    expect(await countOf(after)).toBe(1)
    await after.close()
  })

  it('continues a list of grants where the last page ended', async () => {
    using place = temporaryFolder()
    const before = memoryStore({ file: place.file })
    const clientId = 'one'
    const gone = await issued(before, { clientId })
    const ids = []
    for (let n = 0; n < 5; n++) ids.push((await issued(before, { clientId })).grant.id)
    await before.revoke({ grantId: gone.grant.id })
    const first = await before.listGrants({ clientId }, { limit: 2 })
    const after = await restarted(before, place.file)
    const rest = await after.listGrants({ clientId }, { limit: 9, after: first.next! })
    expect([...first.grants, ...rest.grants].map(({ id }) => id)).toEqual(ids)
    await after.close()
  })

  it('keeps an extended grant, and the order of its redemption marks', async () => {
    using place = temporaryFolder()
    const before = memoryStore({ file: place.file })
    const { credential } = await issued(before)
    await before.extend(credential.grant, [aCredential({ kind: 'access' })])
    const winner = aCredential()
    await redeemed(before, credential, winner)
    await before.extend(credential.grant, [aCredential({ kind: 'access' })])
    let store = before
    for (let restart = 0; restart < 3; restart++) store = await restarted(store, place.file)
    expect(await store.redeem(credential, [aCredential()])).toEqual({ status: 'replayed' })
    expect(await store.redeem(credential, [winner])).toEqual({ status: 'redeemed' })
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
