import { creates, createsUser, grantsOf, issues, redeems } from '../checked'
import { equal } from '../expect'
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
        await createsUser(other, there)
        equal(await store.getUser?.(here.id), here, 'getUser() in the first namespace')
        await other.deleteUser?.(there.id, Date.now() + 600_000)
        equal(
          await store.getUserByUsername?.(here.username),
          here,
          'getUserByUsername() in the first namespace, after a deletion in the other one',
        )
        await issues(store, aGrant({ userId: here.id }), [aCredential()])
      }
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
      const ahead = Date.now() + 3_600_000
      const record = aRecord()
      equal(await store.addRecord(record), true, 'addRecord()')
      await other.purge({ credentials: ahead, shortLived: ahead }, 1000)
      equal(
        await store.getRecord(record.key),
        record,
        'The record, after purge() in another namespace',
      )
      await foundAs(store, credential, grant, 'The credential, after purge() in another namespace')
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
