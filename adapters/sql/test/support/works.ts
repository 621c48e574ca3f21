import type { SqlStore } from '@oauth2-kit/sql'
import { aCredential, aRecord, aUser, before, issued, redeemed } from '@oauth2-kit/testing'

/**
 * Creates the tables of a store, and reads and writes every kind of value. Resolves if everything is
 * as documented, whatever the options of its client are.
 */
export async function behaviourOf(store: SqlStore): Promise<'as documented'> {
  await store.migrate()
  expect(await store.check()).toEqual([])
  const { grant, credential } = await issued(store)
  expect(await store.find(credential.hash)).toEqual(credential)
  expect(await store.isRedeemed(credential)).toBe(false)
  const access = aCredential({ kind: 'access' })
  await redeemed(store, credential, access, aCredential())
  expect(await store.redeem(credential, [aCredential()])).toEqual({ status: 'replayed' })
  expect(await store.isRedeemed(credential)).toBe(true)
  await store.revokeAccessToken(access.hash)
  expect(await store.find(access.hash)).toBeNull()
  const listed = await store.listGrants({ grantId: grant.id }, { limit: 10 })
  expect(listed).toEqual({ grants: [grant], next: null })
  const record = aRecord()
  expect(await store.addRecord(record)).toBe(true)
  expect(await store.addRecord(record)).toBe(false)
  expect(await store.takeRecord(record.key)).toEqual(record)
  expect(await store.takeRecord(record.key)).toBeNull()
  const user = aUser()
  expect(await store.createUser(user)).toBe(true)
  expect(await store.getUserByUsername(user.username)).toEqual(user)
  await store.purge(before(1), 10)
  expect(await store.revoke({ grantId: grant.id })).toBe(1)
  expect(await store.revoke({ grantId: grant.id })).toBe(0)
  return 'as documented'
}
