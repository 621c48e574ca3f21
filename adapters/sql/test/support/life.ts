import type { Finding } from '@oauth2-kit/core'
import type { SqlStore } from '@oauth2-kit/sql'
import {
  aClient,
  aCredential,
  aGrant,
  aRecord,
  aUser,
  all,
  before,
  issued,
  redeemed,
  refOf,
} from '@oauth2-kit/testing'

/** Names that need quoting, and that a driver could take for placeholders. */
export const oddTables = {
  credentials: 'Odd "credentials"? $1',
  clients: "odd `clients` :name ?? it's",
  users: 'order',
  records: 'odd.records ñ',
}

/**
 * Calls the methods of a store, and expects what they must return on every client. Resolves with what
 * its `check()` finds.
 */
export async function livesOn(store: SqlStore): Promise<Finding[]> {
  const [client, user] = [aClient(), aUser()]
  expect(await store.createClient(client)).toBe(true)
  expect(await store.createClient(client)).toBe(true)
  expect(await store.createClient(aClient({ id: client.id }))).toBe(false)
  expect(await store.getClient(client.id)).toEqual(client)
  expect(await store.createUser(user)).toBe(true)
  expect(await store.getUserByUsername(user.username)).toEqual(user)
  const next = { ...user, version: 'next' }
  expect(await store.updateUser(next, user.version)).toBe(true)
  expect(await store.updateUser({ ...user, version: 'late' }, user.version)).toBe(false)

  const grant = aGrant({ clientId: client.id, userId: user.id })
  const code = aCredential({ kind: 'code' })
  expect(await store.issue(grant, [code], { clientVersion: client.version })).toBe('issued')
  expect(await store.find(code.hash)).toEqual({ ...code, grant: refOf(grant) })
  const [refresh, access] = [aCredential(), aCredential({ kind: 'access' })]
  await redeemed(store, { ...code, grant: refOf(grant) }, refresh, access)
  expect(await store.redeem({ ...code, grant: refOf(grant) }, [aCredential()])).toEqual({
    status: 'replayed',
  })
  expect(await store.extend(refOf(grant), [aCredential({ kind: 'access' })])).toBe('extended')
  await store.revokeAccessToken(access.hash)
  expect(await store.find(access.hash)).toBeNull()
  expect((await store.listGrants({ userId: user.id }, all)).grants).toEqual([grant])
  expect(await store.revoke({ userId: user.id })).toBe(1)
  expect(await store.find(refresh.hash)).toBeNull()

  const record = aRecord()
  expect(await store.addRecord(record)).toBe(true)
  expect(await store.addRecord(record)).toBe(false)
  expect(await store.getRecord(record.key)).toEqual(record)
  expect(await store.takeRecord(record.key)).toEqual(record)
  expect(await store.takeRecord(record.key)).toBeNull()

  const { credential } = await issued(store)
  const purged = await store.purge(before(Number.MAX_SAFE_INTEGER), 1000)
  expect(purged).toEqual({ deleted: 1, more: false })
  expect(await store.find(credential.hash)).toBeNull()
  await store.deleteUser(user.id, Number.MAX_SAFE_INTEGER)
  expect(await store.getUser(user.id)).toBeNull()
  return store.check()
}
