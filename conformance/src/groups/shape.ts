import { types } from 'node:util'
import type { Manifest, Store } from '@oauth2-kit/core'
import { grantsOf } from '../checked'
import { equal, holds, show } from '../expect'
import {
  aClient,
  aCredential,
  aGrant,
  aHash,
  aRecord,
  aVersion,
  anId,
  asFound,
  successors,
} from '../given'
import { group } from '../group'

const methods = [
  'getClient',
  'createClient',
  'updateClient',
  'deleteClient',
  'listClients',
  'issue',
  'find',
  'redeem',
  'isRedeemed',
  'extend',
  'revoke',
  'revokeAccessToken',
  'listGrants',
  'addRecord',
  'getRecord',
  'takeRecord',
  'purge',
  'check',
] as const satisfies readonly (keyof Store)[]
const userMethods = [
  'getUser',
  'getUserByUsername',
  'createUser',
  'updateUser',
  'deleteUser',
  'listUsers',
] as const satisfies readonly (keyof Store)[]

export const shape = group('shape', 'contract', [
  {
    id: 'manifest',
    title: '"supports" is well-formed, frozen and the same for every instance',
    why: 'The suite, and readers of its report, rely on these values.',
    fix: 'Set "supports" to one deeply frozen object with every member of Manifest.',
    async run(t) {
      const { supports } = t.store
      assertManifest(supports)
      holds(Object.isFrozen(supports), '"supports" is not frozen')
      holds(Object.isFrozen(supports.roundTrips), '"supports.roundTrips" is not frozen')
      const [, other] = await t.instances(2)
      equal(other?.supports, supports, '"supports" of another instance')
    },
  },
  {
    id: 'methods',
    title: 'the store has every method of the contract, and either all user methods or none',
    why: 'A missing method fails the first request that needs it, not the start of the server.',
    fix: 'Add the method; if "supports.users" is false, leave out all user methods.',
    async run({ store }) {
      for (const name of methods) holds(typeof store[name] === 'function', `${name}() is missing`)
      for (const name of userMethods) {
        equal(typeof store[name] === 'function', store.supports.users, `Whether ${name}() exists`)
      }
    },
  },
  {
    id: 'promises',
    title: 'every method returns a native promise',
    why: 'The core adds handlers to the result: a plain value, or a query that starts when it is awaited, breaks it.',
    fix: 'Declare the methods `async`.',
    async run({ store }) {
      const unknown = asFound(aCredential(), aGrant())
      const answers = {
        getClient: store.getClient(anId('client')),
        listClients: store.listClients({ limit: 1 }),
        find: store.find(aHash()),
        isRedeemed: store.isRedeemed(unknown),
        revoke: store.revoke({ grantId: aHash() }),
        revokeAccessToken: store.revokeAccessToken(aHash()),
        listGrants: store.listGrants({ grantId: aHash() }, { limit: 1 }),
        updateClient: store.updateClient(aClient(), aVersion()),
        deleteClient: store.deleteClient(anId('client')),
        addRecord: store.addRecord(aRecord()),
        getRecord: store.getRecord(anId('record')),
        takeRecord: store.takeRecord(anId('record')),
        check: store.check(),
      }
      for (const [name, answer] of Object.entries(answers)) {
        holds(types.isPromise(answer), `${name}() returned ${show(answer)}, which is not a promise`)
        await answer
      }
    },
  },
  {
    id: 'callback',
    title: 'every function of a model settles exactly once, as its contract says',
    why: 'A second callback answers a request twice, and a missing one leaves it hanging.',
    fix: 'Use `return callback(...)` on every path, and either a callback or a promise in each function.',
  },
  {
    id: 'saved',
    title: 'saveToken() and saveAuthorizationCode() of a promise model return what they have saved',
    why: 'The server answers the client with what saveToken() and saveAuthorizationCode() return.',
    fix: 'Return an object with every member that the function has received, and with "client" and "user".',
  },
  {
    id: 'owner',
    title:
      'look-ups of a promise model return the "client" and "user" that the server compares and needs',
    why: 'The server compares "client.id" with `===`: an ObjectId, or a number for a text, is never equal, and every code and refresh token is refused.',
    fix: 'Convert ids to text in one place, for getClient() and for every look-up, and always return a "user".',
  },
  {
    id: 'miss',
    title: 'a look-up of an unknown id returns null or an empty list, and nothing else',
    why: 'Any truthy value is taken for a client, a user or a token.',
    fix: 'Return `null` if the database returns no row, and build a result only from a row.',
    async run({ store }) {
      equal(await store.getClient(anId('client')), null, 'getClient() of an unknown id')
      if (store.supports.users) {
        equal(await store.getUser?.(anId('user')), null, 'getUser() of an unknown id')
        const found = await store.getUserByUsername?.(anId('name'))
        equal(found, null, 'getUserByUsername() of an unknown username')
      }
      equal(await store.getRecord(anId('record')), null, 'getRecord() of an unknown key')
      equal(await store.takeRecord(anId('record')), null, 'takeRecord() of an unknown key')
      for (const selector of [
        { grantId: aHash() },
        { userId: anId('user') },
        { clientId: anId('client') },
      ]) {
        equal(await grantsOf(store, selector), [], 'listGrants() by an unknown id')
      }
    },
  },
  {
    id: 'expires',
    title: 'every returned time is a number of milliseconds, or null for "never"',
    why: 'A string, a Date or undefined compares with the clock as never expired.',
    fix: 'Convert in one place, where a row becomes a credential.',
    async run(t) {
      const { grant, credential } = await t.issuedGrant()
      const never = await t.issuedGrant({ expiresAt: null })
      const found = await t.store.find(credential.hash)
      isTime(found?.createdAt, '"createdAt" of find()')
      isTime(found?.expiresAt, '"expiresAt" of find()')
      const forEver = await t.store.find(never.credential.hash)
      holds(
        forEver?.expiresAt === null,
        `"expiresAt" of a credential without an expiry is ${show(forEver?.expiresAt)}`,
      )
      const [listed] = await grantsOf(t.store, { grantId: grant.id })
      isTime(listed?.createdAt, '"createdAt" of listGrants()')
      const record = aRecord()
      await t.store.addRecord(record)
      isTime((await t.store.getRecord(record.key))?.expiresAt, '"expiresAt" of getRecord()')
      isTime((await t.store.takeRecord(record.key))?.expiresAt, '"expiresAt" of takeRecord()')
    },
  },
  {
    id: 'answers',
    title: 'every other method returns the exact types of the contract',
    why: 'The core compares with `===`: "1" is not 1, and undefined is not false.',
    fix: 'Convert counts and flags: drivers return BigInt, strings, or 0 and 1.',
    async run(t) {
      const { store } = t
      const { grant, credential } = await t.issuedGrant()
      const client = aClient()
      const changed = { ...client, version: aVersion() }
      equal(await store.createClient(client), true, 'createClient() of a new id')
      equal(await store.updateClient(changed, client.version), true, 'updateClient()')
      equal(
        await store.updateClient(client, aVersion()),
        false,
        'updateClient() with another version',
      )
      const record = aRecord()
      equal(await store.addRecord(record), true, 'addRecord() of a new key')
      equal(await store.addRecord(record), false, 'addRecord() of an existing key')
      const { version } = changed
      for (const [clientVersion, wanted] of [
        [version, 'issued'],
        [client.version, 'refused'],
      ] as const) {
        const issued = await store.issue(aGrant({ clientId: client.id }), [aCredential()], {
          clientVersion,
        })
        equal(issued, wanted, 'issue()')
      }
      equal(await store.isRedeemed(credential), false, 'isRedeemed() before the redemption')
      equal(await store.redeem(credential, successors()), { status: 'redeemed' }, 'redeem()')
      equal(await store.isRedeemed(credential), true, 'isRedeemed() after the redemption')
      equal(await store.extend(grant, successors()), 'extended', 'extend()')
      equal(
        await store.revoke({ grantId: grant.id }),
        1,
        'The number of grants that revoke() counts',
      )
      equal(await store.extend(grant, successors()), 'revoked', 'extend() of a revoked grant')
      const page = await store.listGrants({ clientId: anId('client') }, { limit: 1 })
      equal(page.grants, [], '"grants" of listGrants() of an unknown client')
      holds(
        page.next === null || typeof page.next === 'string',
        `"next" of listGrants() is ${show(page.next)}`,
      )
      const purged = await store.purge({ credentials: 0, shortLived: 0 }, 1)
      equal(
        [typeof purged.deleted, typeof purged.more],
        ['number', 'boolean'],
        'The types of "deleted" and "more" of purge()',
      )
    },
  },
])

const trips = ['find', 'issue', 'redeem', 'extend', 'revoke', 'addRecord', 'takeRecord'] as const

function assertManifest(supports: Manifest): void {
  const { contract, roundTrips, cleanup, ...flags } = supports
  equal(contract, 1, '"supports.contract"')
  holds(cleanup === 'native' || cleanup === 'purge', `"supports.cleanup" is ${show(cleanup)}`)
  for (const name of trips) {
    const count = roundTrips?.[name]
    holds(Number.isInteger(count) && count >= 0, `"supports.roundTrips.${name}" is ${show(count)}`)
  }
  for (const name of ['users', 'durable', 'tenants', 'multiProcess'] as const) {
    holds(typeof flags[name] === 'boolean', `"supports.${name}" is ${show(flags[name])}`)
  }
}

function isTime(value: unknown, what: string): void {
  holds(typeof value === 'number' && Number.isFinite(value), `${what} is ${show(value)}`)
}
