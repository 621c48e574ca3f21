import { describeDatabase } from '@oauth2-kit/conformance/databases'
import type { RedisStore } from '@oauth2-kit/redis'
import { aGrant } from '@oauth2-kit/testing'
import { client, fresh, issued, listed, rotated, user } from './support/given'
import { OwnServers, ownServersTimeout } from './support/own-servers'

// The tests start their own servers; the names only select when they can run.
describe('F7: servers that are full', () => {
  describeDatabase('redis', () => {
    it(
      'still revoke and delete',
      async () => {
        await using servers = await OwnServers.start(() => ['--maxmemory-policy noeviction'], 1)
        expect(await whenFull(servers, servers.storeAt(servers.urls[0]!), [0])).toBe('done')
      },
      ownServersTimeout,
    )
  })

  describeDatabase('redis-cluster', () => {
    it(
      'still revoke and delete',
      async () => {
        await using servers = await OwnServers.startCluster(3)
        const masters = await servers.having('master')
        expect(await whenFull(servers, servers.storeAt(servers.clusterUrl), masters)).toBe('done')
      },
      ownServersTimeout,
    )
  })
})

async function whenFull(
  servers: OwnServers,
  store: RedisStore,
  masters: number[],
): Promise<'done'> {
  const setMaxMemory = (bytes: number) =>
    Promise.all(masters.map((number) => servers.at(number).config('SET', 'maxmemory', bytes)))
  const [some, someone] = [client(), user()]
  await store.createClient(some)
  await store.createUser(someone)
  const grants = await Promise.all([
    rotated(store, await issued(store)),
    issued(store),
    issued(store, { userId: someone.id }),
    issued(store, { clientId: some.id }),
  ])
  const [alone, byUser, byDeletedUser, byDeletedClient] = grants
  const other = await issued(store)
  const access = fresh({ kind: 'access' })
  await store.extend(other.grant, [access])
  const record = { key: 'a', data: 'b', expiresAt: Date.now() + 60_000 }
  await store.addRecord(record)

  // Less than is in use, so the servers stay full, whatever is deleted.
  await setMaxMemory(1)
  await expect(store.issue(aGrant(), [fresh()], {})).rejects.toThrow('OOM')
  expect(await store.revoke({ grantId: alone.grant.id })).toBe(1)
  expect(await store.revoke({ userId: byUser.grant.userId! })).toBe(1)
  await store.deleteUser(someone.id, Date.now() + 60_000)
  await store.deleteClient(some.id)
  await store.revokeAccessToken(access.hash)
  for (const { hash } of [...grants, access]) expect(await store.find(hash)).toBeNull()
  for (const { grant } of grants) {
    expect(await listed(store, { grantId: grant.id })).toEqual([])
    expect(await listed(store, { userId: grant.userId! })).toEqual([])
  }
  expect(await store.getUser(someone.id)).toBeNull()
  expect(await store.getClient(some.id)).toBeNull()
  expect(await store.takeRecord(record.key)).toEqual(record)
  expect(await store.takeRecord(record.key)).toBeNull()

  await setMaxMemory(0)
  // The marks were set on the full servers.
  for (const { grant } of [byDeletedUser, byDeletedClient]) {
    const conditions = { clientVersion: some.version }
    expect(await store.issue(aGrant(grant), [fresh()], conditions)).toBe('refused')
  }
  expect(await store.issue(aGrant({ userId: someone.id }), [fresh()], {})).toBe('refused')
  expect(await store.find(other.hash)).toEqual(other)
  return 'done'
}
