import type { Store, StoredRecord } from '@oauth2-kit/core'
import { createsUser, creates, issues } from '../checked'
import { equal } from '../expect'
import {
  aClient,
  aCredential,
  aGrant,
  aHash,
  aRecord,
  aUser,
  anId,
  nearTexts,
  wholeSecond,
} from '../given'
import { group } from '../group'
import { foundAs } from '../trial'

export const record = group('record', 'contract', [
  {
    id: 'round-trip',
    title: 'a record comes back as it was added, by its key, until it is taken',
    why: 'What was pushed is what must be authorized: a scope or redirect URI that changes is a hole.',
    fix: 'A text column for the data, a 64-bit integer of milliseconds for its end.',
    async run({ store }) {
      const now = wholeSecond()
      const records = [
        aRecord(),
        aRecord({ data: 'null', expiresAt: now + 600_001 }),
        aRecord({ data: JSON.stringify({ text: 'ä😀"\\'.repeat(800) }) }),
        aRecord({ data: ' {"b":1,"a":1.0,"a":2,"__proto__":{"x":"\\u0000"}} ' }),
        aRecord({ key: `${anId('ключ')} 😀'":{}`, expiresAt: 4_102_444_800_123 }),
        aRecord({ key: anId('long').padEnd(255, 'ü'), expiresAt: now + 3_600_999 }),
      ]
      for (const one of records) await adds(store, one)
      for (let n = 0; n < 2; n++)
        for (const one of records) equal(await store.getRecord(one.key), one, 'getRecord')
      for (const one of records) equal(await store.takeRecord(one.key), one, 'takeRecord')
    },
  },
  {
    id: 'exists',
    level: 'secure',
    title: 'adding a record under a key that exists is false, and changes nothing',
    why: 'RFC 7523 3, RFC 9449 11.1: an assertion or proof that was seen must not be seen as new.',
    fix: 'INSERT against the primary key, SET NX; no upsert, and no look at the expiry.',
    async run({ store }) {
      const now = wholeSecond()
      const kept = aRecord()
      await adds(store, kept)
      for (const again of [kept, { ...kept, data: '{}', expiresAt: now + 900_000 }]) {
        equal(await store.addRecord(again), false, 'addRecord of a key that exists')
        equal(await store.getRecord(kept.key), kept, 'The record, afterwards')
      }
      if (store.supports.cleanup === 'native') return
      const over = aRecord({ expiresAt: now - 60_000 })
      await adds(store, over)
      equal(await store.addRecord({ ...over, data: '{}' }), false, 'addRecord, past the expiry')
      equal(await store.getRecord(over.key), over, 'A record that is past, and not removed')
    },
  },
  {
    id: 'take',
    level: 'secure',
    title: 'a record that was taken is gone, its key is free again, and no other one is touched',
    why: 'RFC 9126 2.2: a request URI is for one use.',
    fix: 'DELETE ... RETURNING, GETDEL, findOneAndDelete: one operation, by the exact key.',
    async run({ store }) {
      const taken = aRecord()
      const near = nearTexts(taken.key).map((key) => aRecord({ key }))
      for (const one of [taken, ...near]) await adds(store, one)
      equal(await store.takeRecord(taken.key), taken, 'takeRecord')
      for (let n = 0; n < 2; n++)
        equal(await store.takeRecord(taken.key), null, 'takeRecord of one that was taken')
      equal(await store.getRecord(taken.key), null, 'getRecord of one that was taken')
      for (const one of near) equal(await store.getRecord(one.key), one, 'A record beside it')
      const next = aRecord({ key: taken.key, data: '{"next":true}' })
      await adds(store, next)
      equal(await store.takeRecord(taken.key), next, 'The next one of that key')
      for (const one of near) equal(await store.takeRecord(one.key), one, 'Each record beside it')
    },
  },
  {
    id: 'apart',
    level: 'secure',
    title:
      'a record has nothing to do with what has its key for an id or hash: each has its own keys',
    why: 'A key that a client may choose must not hit a token, a grant or another client.',
    fix: 'A table, a collection or a key prefix of its own for records.',
    async run(t) {
      const { store } = t
      const { grant, credential, unharmed } = await t.issuedGrant({ kind: 'access' })
      const client = aClient({ id: grant.clientId })
      await creates(store, client)
      const user = aUser({ id: grant.userId! })
      if (store.supports.users) await createsUser(store, user)
      const keys = [credential.hash, grant.id, client.id, user.id, user.username]
      const records = keys.map((key) => aRecord({ key }))
      for (const key of keys) equal(await store.getRecord(key), null, 'getRecord of another id')
      for (const one of records) await adds(store, one)
      await foundAs(store, credential, grant, 'The credential whose hash is the key of a record')
      equal(await store.getClient(client.id), client, 'The client whose id is the key of a record')
      for (const one of records) equal(await store.takeRecord(one.key), one, 'takeRecord')
      await foundAs(store, credential, grant, 'The credential, once the record was taken')
      equal(await store.getClient(client.id), client, 'The client, once the record was taken')
      if (store.supports.users) {
        equal(await store.getUser?.(user.id), user, 'The user, once the record was taken')
        const named = await store.getUserByUsername?.(user.username)
        equal(named, user, 'The user of that name, once the record was taken')
      }
      await unharmed()
      for (const one of records) await adds(store, one)
      await store.revokeAccessToken(credential.hash)
      await store.revoke({ grantId: grant.id })
      await store.deleteClient(client.id)
      await store.deleteUser?.(user.id, Date.now() + 600_000)
      for (const one of records)
        equal(await store.getRecord(one.key), one, 'A record, once what had its key was removed')
      const early = aRecord({ key: aHash() })
      await adds(store, early)
      await issues(store, aGrant(), [aCredential({ hash: early.key })])
      equal(await store.getRecord(early.key), early, 'The record whose key became a hash')
    },
  },
])

async function adds(store: Store, one: StoredRecord): Promise<void> {
  equal(await store.addRecord(one), true, 'addRecord of a new key')
}
