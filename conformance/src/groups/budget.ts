import type { Client, Store } from '@oauth2-kit/core'
import { creates, createsUser, issues, redeems } from '../checked'
import { Failure, equal, holds } from '../expect'
import {
  aClient,
  aCredential,
  aGrant,
  aHash,
  aRecord,
  aUser,
  aVersion,
  anId,
  asFound,
  successors,
  wholeSecond,
  withAnswer,
} from '../given'
import { group } from '../group'
import { inTurns } from '../in-turns'
import type { Wire } from '../wire'
import { purgeAll } from './expiry'

/** How many times each operation is measured; the median counts. */
const runs = 7
/** What the report calls an operation that is not named like its method. */
const calledAs: Readonly<Record<string, string>> = { miss: 'find() of an unknown hash' }
/** The one-way delays to try, in this order, in milliseconds: a longer one hides more noise. */
const delays = [20, 20, 20, 20, 20, 20, 60, 60, 60, 200, 200, 200]

export const budget = group('budget', 'fast', [
  {
    id: 'trips',
    needs: ['wire'],
    title:
      'issue(), redeem(), find() and the record methods take the round trips that "supports" declares, also on a miss',
    why: 'Each extra round trip adds a network wait to every request, which is not visible on localhost.',
    fix: 'Use one statement, pipeline or script, or declare the real number in "supports.roundTrips".',
    async run(t) {
      const { wire, stores } = await t.wired(1)
      const store = stores[0]!
      const { roundTrips } = store.supports
      const { find } = roundTrips
      const declared: Record<string, number> = {
        ...roundTrips,
        miss: find,
        isRedeemed: find,
        getRecord: find,
      }
      const client = aClient()
      await creates(store, client)
      const counted = await counts(store, client, wire)
      const wrong: string[] = []
      for (const [name, count] of Object.entries(counted)) {
        // Parallel round trips, and those that the call does not await, count but cost no time.
        const budget = declared[name]!
        const found =
          count > budget ? Math.min(count, await waits(store, client, wire, name, budget)) : count
        if (found === budget) continue
        const source = name in roundTrips ? name : 'find'
        wrong.push(
          `${calledAs[name] ?? `${name}()`} takes ${found} round trips to the database, and "supports.roundTrips.${source}" declares ${budget}`,
        )
      }
      holds(wrong.length === 0, wrong.join('; '))
    },
  },
  {
    id: 'index',
    needs: ['explain'],
    title: 'no method scans a whole table or index when the store holds 10,000 credentials',
    why: 'A full scan is fast in every test, and stops the server a year later.',
    fix: 'Create an index for each look-up: hash, grant, user, client, expiry; in Redis, use neither KEYS nor SCAN.',
    async run(t) {
      const { store } = t
      await crowd(store, 2000)
      const client = aClient()
      const changed = { ...client, version: aVersion() }
      await creates(store, client)
      const user = aUser()
      if (store.supports.users) await createsUser(store, user)
      const record = aRecord()
      await store.addRecord(record)
      const { grant, credential } = await t.issuedGrant()
      const pair = { userId: grant.userId!, clientId: grant.clientId }
      const calls: Record<string, () => Promise<unknown>> = {
        getClient: () => store.getClient(client.id),
        'getClient of an unknown id': () => store.getClient(anId('client')),
        createClient: () => store.createClient(aClient()),
        listClients: () => store.listClients({ after: client.id, limit: 9 }),
        updateClient: () => store.updateClient(changed, client.version),
        getUser: async () => store.getUser?.(user.id),
        getUserByUsername: async () => store.getUserByUsername?.(user.username),
        'getUserByUsername of an unknown name': async () => store.getUserByUsername?.(anId('name')),
        createUser: async () => store.createUser?.(aUser()),
        listUsers: async () => store.listUsers?.({ after: user.id, limit: 9 }),
        updateUser: async () => store.updateUser?.({ ...user, version: aVersion() }, user.version),
        find: () => store.find(credential.hash),
        'find of an unknown hash': () => store.find(aHash()),
        issue: () =>
          store.issue(aGrant({ clientId: client.id, userId: user.id }), successors(), {
            clientVersion: changed.version,
          }),
        redeem: () => store.redeem(credential, successors()),
        'redeem of a replay': () => store.redeem(credential, successors()),
        isRedeemed: () => store.isRedeemed(credential),
        extend: () => store.extend(grant, [aCredential()]),
        addRecord: () => store.addRecord(aRecord()),
        getRecord: () => store.getRecord(record.key),
        takeRecord: () => store.takeRecord(record.key),
        revokeAccessToken: () => store.revokeAccessToken(aHash()),
        'listGrants by user': () => store.listGrants({ userId: grant.userId! }, { limit: 9 }),
        'listGrants by client': () => store.listGrants({ clientId: grant.clientId }, { limit: 9 }),
        'listGrants by user and client': () => store.listGrants(pair, { limit: 9 }),
        'listGrants by grant': () => store.listGrants({ grantId: grant.id }, { limit: 9 }),
        'revoke by grant': () => store.revoke({ grantId: grant.id }),
        'revoke by user and client': () => store.revoke(pair),
        'revoke by user': () => store.revoke({ userId: grant.userId! }),
        'revoke by client': () => store.revoke({ clientId: grant.clientId }),
        'purge of nothing': () => store.purge({ credentials: 1, shortLived: 1 }, 100),
        deleteUser: async () => store.deleteUser?.(user.id, 0),
        deleteClient: () => store.deleteClient(client.id),
      }
      for (const [name, call] of Object.entries(calls)) {
        const scanned = await t.raw.explain(t.context, call)
        if (scanned.length > 0)
          throw new Failure(`${name} scans from end to end: ${scanned.join(', ')}`)
      }
    },
  },
  {
    id: 'growth',
    needs: ['count'],
    title:
      '1,000 grants that are issued, redeemed, revoked and purged leave no rows or keys behind',
    why: 'Rows and index keys that are never removed fill the disk, or the memory of Redis.',
    fix: 'Remove index entries together with what they point to, and give every key a TTL.',
    async run(t) {
      const { store, context } = await t.apart()
      const ended = wholeSecond() - 1000
      await walk(store, 0, ended)
      await store.revoke({ userId: 'user-0' })
      await purgeAll(store, ended + 1)
      const before = await t.raw.count(context)
      for (let n = 0; n < 1000; n += 20) {
        await Promise.all(Array.from({ length: 20 }, (_, i) => walk(store, n + i, ended)))
      }
      await purgeAll(store, ended + 1)
      const after = await t.raw.count(context)
      holds(
        after === before,
        `raw.count() returned ${after} rows, documents, keys and index entries after 1,000 grants that were purged; allowed are ${before}, the number before them`,
      )
    },
  },
  {
    id: 'ttl',
    needs: ['immortal'],
    title:
      'every entry that expires, and every index entry that leads to it, has a TTL in the database',
    why: 'Entries without a TTL stay until the disk is full.',
    fix: 'Set the TTL in the command that writes, and extend it when a later entry lives longer.',
    async run(t) {
      const { store, context } = await t.apart()
      for (let n = 0; n < 20; n++) {
        const grant = aGrant({ userId: `user-${n % 3}`, clientId: `client-${n % 2}` })
        const credential = aCredential({ kind: 'code', expiresAt: wholeSecond() + 30_000 })
        await issues(store, grant, [credential])
        const made = withAnswer()
        await redeems(store, asFound(credential, grant), made)
        if (n % 5 === 0) await createAndDelete(store, wholeSecond() + 30_000)
        await store.redeem(asFound(credential, grant), successors())
        await store.extend(grant, [aCredential({ kind: 'access' })])
        await store.revokeAccessToken(made[1]!.hash)
        await store.addRecord(aRecord({ expiresAt: wholeSecond() + 30_000 }))
        if (n % 4 === 0) await store.revoke({ grantId: grant.id })
        await store.redeem(asFound(made[0]!, grant), successors())
      }
      equal(await t.raw.immortal(context), [], 'The entries without a TTL')
    },
  },
])

type Counted = Pick<Wire, 'trips' | 'reset' | 'slow'>

/** The operations that have a budget, in an order in which each one finds the data it needs. */
function operations(store: Store, client: Client): [string, () => Promise<unknown>][] {
  const grant = aGrant({ clientId: client.id })
  const [credential, record] = [aCredential(), aRecord()]
  const conditions = { clientVersion: client.version }
  return [
    ['issue', () => store.issue(grant, [credential, aCredential({ kind: 'access' })], conditions)],
    ['find', () => store.find(credential.hash)],
    ['miss', () => store.find(aHash())],
    ['redeem', () => store.redeem(asFound(credential, grant), withAnswer())],
    ['isRedeemed', () => store.isRedeemed(asFound(credential, grant))],
    ['extend', () => store.extend(grant, [aCredential()])],
    ['revoke', () => store.revoke({ grantId: grant.id })],
    ['addRecord', () => store.addRecord(record)],
    ['getRecord', () => store.getRecord(record.key)],
    ['takeRecord', () => store.takeRecord(record.key)],
  ]
}

/** Counts the round trips of each operation, on all connections together. */
async function counts(
  store: Store,
  client: Client,
  wire: Counted,
): Promise<Record<string, number>> {
  const measured: Record<string, number[]> = {}
  for (let n = 0; n < runs; n++) {
    for (const [name, call] of operations(store, client)) {
      wire.reset()
      await call()
      measured[name] = [...(measured[name] ?? []), wire.trips()]
    }
  }
  return Object.fromEntries(Object.entries(measured).map(([name, some]) => [name, median(some)]))
}

/**
 * Counts the sequential round trips of an operation, by the time that they take. On a busy machine
 * everything takes longer, so the measurement is repeated, with longer delays at the end, until the
 * count is within the budget.
 */
async function waits(
  store: Store,
  client: Client,
  wire: Counted,
  operation: string,
  budget: number,
): Promise<number> {
  let fewest = Infinity
  for (const delay of delays) {
    if (fewest <= budget) break
    for (const [name, call] of operations(store, client)) {
      if (name === operation) wire.slow(delay)
      const started = performance.now()
      await call()
      const turns = Math.round((performance.now() - started) / (2 * delay))
      if (name === operation) fewest = Math.min(fewest, turns)
      wire.slow(0)
    }
  }
  return fewest
}

/**
 * Takes one grant through its whole life: half of the grants are revoked, half expire. Every fifth
 * grant goes through every possible event, the others only through those that every grant has.
 */
async function walk(store: Store, n: number, ended: number): Promise<void> {
  const revoked = n % 2 === 0 || store.supports.cleanup === 'native'
  const at = revoked ? wholeSecond() + 60_000 : ended
  const grant = aGrant({ userId: `user-${n}`, clientId: `client-${n % 7}` })
  const code = aCredential({ kind: 'code', expiresAt: at })
  const made = [
    ...successors({ expiresAt: at }),
    aCredential({ kind: 'answer', expiresAt: at, data: '{}' }),
  ]
  await issues(store, grant, [code])
  await redeems(store, asFound(code, grant), made)
  const record = aRecord({ expiresAt: at })
  equal(await store.addRecord(record), true, 'addRecord()')
  if (revoked) equal(await store.takeRecord(record.key), record, 'takeRecord()')
  const eventful = n % 5 === 0
  if (eventful) {
    if (store.supports.cleanup === 'purge') await createAndDelete(store, ended)
    await store.redeem(asFound(code, grant), successors({ expiresAt: at }))
    await store.extend(grant, [aCredential({ kind: 'access', expiresAt: at })])
    await redeems(store, asFound(made[0]!, grant), successors({ expiresAt: at }))
    await store.revokeAccessToken(made[1]!.hash)
  }
  if (!revoked) return
  equal(
    await store.revoke(n % 4 === 0 ? { grantId: grant.id } : { userId: grant.userId! }),
    1,
    'The number of grants that revoke() counts',
  )
  if (eventful) await store.redeem(asFound(made[0]!, grant), successors({ expiresAt: at }))
}

/** Creates and deletes a client and a user, whose deletion mark lasts until `ended`. */
async function createAndDelete(store: Store, ended: number): Promise<void> {
  const [client, user] = [aClient(), aUser()]
  await creates(store, client)
  await store.deleteClient(client.id)
  if (!store.supports.users) return
  await createsUser(store, user)
  await store.deleteUser?.(user.id, ended)
}

/** Issues that many grants with five credentials each. */
async function crowd(store: Store, grants: number): Promise<void> {
  const all = Array.from({ length: grants }, (_, n) => aGrant({ clientId: `crowd-${n % 5}` }))
  await inTurns(all, (grant) =>
    issues(store, grant, [...successors(), ...successors(), aCredential({ kind: 'code' })]),
  )
}

function median(counts: readonly number[]): number {
  holds(counts.length > 0, 'No round trips were measured')
  return counts.toSorted((a, b) => a - b)[Math.floor(counts.length / 2)]!
}
