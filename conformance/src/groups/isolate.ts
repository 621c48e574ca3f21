import type { Store } from '@oauth2-kit/core'
import { creates, createsUser, grantsOf, issues, redeems, updates } from '../checked'
import { equal, holds } from '../expect'
import {
  aClient,
  aCredential,
  aGrant,
  aRecord,
  aUser,
  asFound,
  successors,
  wholeSecond,
} from '../given'
import { group } from '../group'
import { foundAs, notFound } from '../trial'

const common = {
  why: 'A tenant could read, change or revoke the data of another tenant that uses the same ids.',
  fix: 'Put the namespace into every key and every WHERE clause, in the one place that builds them.',
}

export const isolate = group('isolate', 'secure', [
  {
    ...common,
    id: 'tenant',
    title: 'a store does not see the data of another namespace, and both may use the same ids',
    async run(t) {
      const { store } = t
      const other = await t.elsewhere()
      const { grant, credential } = await t.issuedGrant()
      const client = aClient({ id: grant.clientId })
      await creates(store, client)
      equal(await other.getClient(client.id), null, 'getClient() in the other namespace')
      equal(await other.listClients({ limit: 10 }), [], 'listClients() in the other namespace')
      await notFound(other, credential.hash, 'find() in the other namespace')
      equal(
        await grantsOf(other, { clientId: client.id }),
        [],
        'listGrants() in the other namespace',
      )

      const theirs = aClient({ id: client.id })
      await creates(other, theirs)
      await issues(other, { ...grant, data: '{"scope":"theirs"}' }, [
        { ...credential, data: '{"n":2}' },
      ])
      equal(await store.getClient(client.id), client, 'getClient() in the first namespace')
      await foundAs(store, credential, grant, 'find() in the first namespace')
      await redeems(store, credential, successors())
      equal(await other.isRedeemed(credential), false, 'isRedeemed() in the other namespace')
      await redeems(other, credential, successors())

      if (store.supports.users) {
        const here = aUser()
        const there = aUser({ id: here.id, username: here.username })
        await createsUser(store, here)
        equal(await other.getUser?.(here.id), null, 'getUser() in the other namespace')
        equal(
          await other.getUserByUsername?.(here.username),
          null,
          'getUserByUsername() in the other namespace',
        )
        const moved = { ...aUser(), id: here.id }
        equal(
          await other.updateUser?.(moved, here.version),
          false,
          'updateUser() in the other namespace',
        )
        equal(
          (await other.listUsers?.({ after: here.id.slice(0, -1), limit: 1 }))?.[0]?.id === here.id,
          false,
          'Whether listUsers() in the other namespace lists the user of the first one',
        )
        await createsUser(other, there)
        for (let n = 0; n < 2; n++) {
          for (const [one, user] of [
            [store, here],
            [other, there],
          ] as const) {
            equal(await one.getUser?.(user.id), user, 'getUser() in each namespace')
            const named = await one.getUserByUsername?.(user.username)
            equal(named, user, 'getUserByUsername() in each namespace')
          }
        }
        equal(await store.getUser?.(here.id), here, 'getUser() in the first namespace')
        await other.deleteUser?.(there.id, Date.now() + 600_000)
        equal(
          await store.getUserByUsername?.(here.username),
          here,
          'getUserByUsername() in the first namespace, after a deletion in the other one',
        )
        await issues(store, aGrant({ userId: here.id }), [aCredential()])
      }
      equal(
        (await versionsFrom(other, client.id))[0],
        theirs.version,
        'listClients() in the other namespace',
      )
      equal(
        (await versionsFrom(store, client.id))[0],
        client.version,
        'listClients() in the first namespace',
      )
      for (let n = 0; n < 2; n++) {
        equal(await store.getClient(client.id), client, 'getClient() in the first namespace')
        equal(await other.getClient(client.id), theirs, 'getClient() in the other namespace')
        equal((await store.find(credential.hash))?.data, credential.data, '"data" in the first one')
        equal((await other.find(credential.hash))?.data, '{"n":2}', '"data" in the other one')
      }
      const alone = aClient()
      await creates(store, alone)
      const taken = aClient({ id: alone.id })
      equal(
        await other.updateClient(taken, alone.version),
        false,
        'updateClient() in the other namespace',
      )
      equal(
        await other.issue(aGrant({ clientId: alone.id }), [aCredential()], {
          clientVersion: alone.version,
        }),
        'refused',
        'issue() in the other namespace, for a client of the first one',
      )
      const mine = await t.issuedGrant({ kind: 'access' })
      equal(
        await other.extend(mine.grant, [aCredential()]),
        'revoked',
        'extend() in the other namespace',
      )
      const code = await t.issuedGrant({ kind: 'code' })
      const elsewhere = await other.redeem(code.credential, successors())
      holds(elsewhere.status !== 'redeemed', 'redeem() in the other namespace returned "redeemed"')
      await other.revokeAccessToken(mine.credential.hash)
      await foundAs(
        store,
        mine.credential,
        mine.grant,
        'A token after revokeAccessToken() elsewhere',
      )

      const here = aRecord()
      const there = aRecord({ key: here.key, data: '{"n":2}' })
      equal(await store.addRecord(here), true, 'addRecord() in the first namespace')
      equal(await other.getRecord(here.key), null, 'getRecord() in the other namespace')
      equal(
        await other.takeRecord(here.key),
        null,
        'takeRecord() in the other namespace, before its addRecord()',
      )
      equal(await other.addRecord(there), true, 'addRecord() in the other namespace')
      equal(await store.takeRecord(here.key), here, 'takeRecord() in the first namespace')
      equal(await other.takeRecord(here.key), there, 'takeRecord() in the other namespace')
    },
  },
  {
    id: 'instances',
    title: 'every instance of a model finds what another instance has saved',
    why: 'With several servers, a token would work only on the one that has issued it.',
    fix: 'Keep tokens in the database only, and cache neither hits nor misses.',
  },
  {
    ...common,
    id: 'purge',
    title: 'purge(), revoke() and deletions in one namespace change nothing in another one',
    async run(t) {
      const { store } = t
      const other = await t.elsewhere()
      const grant = aGrant()
      const credential = aCredential({ expiresAt: wholeSecond() + 1000 })
      const client = aClient({ id: grant.clientId })
      for (const one of [store, other]) {
        await creates(one, client)
        await issues(one, grant, [credential])
      }
      await updates(other, aClient({ id: client.id }), client.version)
      equal(await store.getClient(client.id), client, 'The client, after updateClient() elsewhere')
      const added = aCredential({ kind: 'access' })
      equal(await other.extend(grant, [added]), 'extended', 'extend() in the other namespace')
      await notFound(store, added.hash, 'A credential of extend() in another namespace')
      const user = aUser()
      if (store.supports.users) {
        for (const one of [store, other]) await createsUser(one, user)
        const renamed = aUser({ id: user.id })
        equal(await other.updateUser?.(renamed, user.version), true, 'updateUser() elsewhere')
        equal(await store.getUser?.(user.id), user, 'The user, after updateUser() elsewhere')
        await createsUser(store, aUser({ username: renamed.username }))
      }
      const ahead = Date.now() + 3_600_000
      const record = aRecord()
      equal(await store.addRecord(record), true, 'addRecord()')
      const marked = aUser()
      if (store.supports.users) {
        await createsUser(store, marked)
        await store.deleteUser?.(marked.id, wholeSecond() + 600_000)
      }
      await other.purge({ credentials: ahead, shortLived: ahead }, 1000)
      equal(
        await store.getRecord(record.key),
        record,
        'The record, after purge() in another namespace',
      )
      await foundAs(store, credential, grant, 'The credential, after purge() in another namespace')
      if (store.supports.users) {
        equal(
          await store.issue(aGrant({ userId: marked.id }), [aCredential()], {}),
          'refused',
          'issue() for a deleted user, after purge() in another namespace',
        )
        await issues(other, aGrant({ userId: marked.id }), [aCredential()])
        await createsUser(other, marked)
      }
      await other.revoke({ grantId: grant.id })
      await other.revoke({ clientId: grant.clientId })
      await other.revoke({ userId: grant.userId! })
      await other.deleteClient(client.id)
      await other.deleteUser?.(grant.userId!, ahead)
      await foundAs(
        store,
        credential,
        grant,
        'The credential, after revocations in another namespace',
      )
      equal(
        await store.getClient(client.id),
        client,
        'The client, after deleteClient() in another namespace',
      )
      equal(await grantsOf(store, { userId: grant.userId! }), [grant], 'listGrants() of the user')
      await redeems(store, asFound(credential, grant), successors())
    },
  },
])

/** Resolves with the versions of the clients from that id on. */
async function versionsFrom(store: Store, id: string): Promise<string[]> {
  const listed = await store.listClients({ after: id.slice(0, -1), limit: 2 })
  return listed.map(({ version }) => version)
}
