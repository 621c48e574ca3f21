import type { Store, StoredRecord } from '@oauth2-kit/core'
import { createsUser, creates, issues } from '../checked'
import { dayMs } from '../difference/times'
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
import { inTurns } from '../in-turns'
import { texts } from '../rich'
import { foundAs } from '../trial'

export const record = group('record', 'contract', [
  {
    id: 'round-trip',
    title: 'getRecord() returns a record exactly as it was added, until takeRecord() removes it',
    why: 'A pushed request whose scope or redirect URI changes in the store is a security hole.',
    fix: 'Use a text column for the data, and a 64-bit integer of milliseconds for the expiry.',
    async run({ store }) {
      const now = wholeSecond()
      const records = [
        aRecord(),
        aRecord({ data: 'null', expiresAt: now + 600_001 }),
        aRecord({ data: JSON.stringify({ text: 'ä😀"\\'.repeat(800) }) }),
        aRecord({ data: ' {"b":1,"a":1.0,"a":2,"__proto__":{"x":"\\u0000"}} ' }),
        aRecord({ key: `${anId('ключ')} 😀'":{}`, expiresAt: 4_102_444_800_123 }),
        aRecord({ key: anId('long').padEnd(255, 'ü'), expiresAt: now + 3_600_999 }),
        aRecord({ data: JSON.stringify('x'.repeat(70_000)) }),
        ...['0', '""', 'false', '[]', '{"at":"2027-01-15T08:00:00.000Z","n":"0123"}'].map((data) =>
          aRecord({ data }),
        ),
        // The text itself, since a store must not depend on JSON.
        ...Object.values(texts).map((data) => aRecord({ data })),
        ...Object.values(texts).map((text) =>
          aRecord({ key: `${text}${anId('record')}${text}`, data: JSON.stringify({ text }) }),
        ),
        aRecord({ expiresAt: now + 40 * dayMs }),
        aRecord({ expiresAt: now + 365 * dayMs + 1 }),
      ]
      for (const one of records) await adds(store, one)
      for (let n = 0; n < 2; n++)
        for (const one of records) equal(await store.getRecord(one.key), one, 'getRecord()')
      for (const one of records) equal(await store.takeRecord(one.key), one, 'takeRecord()')
    },
  },
  {
    id: 'exists',
    level: 'secure',
    title:
      'addRecord() with an existing key returns false and changes nothing, even after its expiry',
    why: 'RFC 7523 3, RFC 9449 11.1: a replayed assertion or proof would count as new.',
    fix: 'Use INSERT against the primary key, or SET NX; use no upsert, and do not check the expiry.',
    async run({ store }) {
      const now = wholeSecond()
      const kept = aRecord()
      await adds(store, kept)
      for (const again of [kept, { ...kept, data: '{}', expiresAt: now + 900_000 }]) {
        equal(await store.addRecord(again), false, 'addRecord() with an existing key')
        equal(await store.getRecord(kept.key), kept, 'getRecord() afterwards')
      }
      const isNative = store.supports.cleanup === 'native'
      for (let tries = isNative ? 3 : 1; tries > 0; tries--) {
        const over = aRecord({ expiresAt: now - 60_000 })
        await adds(store, over)
        const again = await store.addRecord({ ...over, data: '{}' })
        // The database may have removed the first one in between, but not each time.
        const found = await store.getRecord(over.key)
        if (isNative && (found === null || (again && tries > 1))) continue
        equal(again, false, 'addRecord() with an expired key')
        equal(found, over, 'getRecord() of an expired record that was not removed')
        if (isNative) return
        equal(
          await store.takeRecord(over.key),
          over,
          'takeRecord() of an expired record that was not removed',
        )
      }
    },
  },
  {
    id: 'again',
    level: 'secure',
    title: 'every instance sees at once a record that another instance has added or taken',
    why: 'RFC 7523 3: an assertion that one server has seen would count as new on the next.',
    fix: 'Use no cache between the store and its database, for hits or for misses.',
    async run(t) {
      const [one, other] = await t.instances(2)
      const record = aRecord()
      for (const each of [one!, other!]) {
        equal(await each.getRecord(record.key), null, 'getRecord() before addRecord()')
        equal(await each.takeRecord(record.key), null, 'takeRecord() before addRecord()')
      }
      for (let round = 0; round < 2; round++) {
        await adds(one!, record)
        for (const each of [other!, one!]) {
          equal(await each.addRecord(aRecord({ key: record.key })), false, 'addRecord() of its key')
          equal(await each.getRecord(record.key), record, 'getRecord() in every instance')
        }
        equal(await other!.takeRecord(record.key), record, 'takeRecord() in another instance')
        for (const each of [one!, other!]) {
          equal(await each.getRecord(record.key), null, 'getRecord() of a taken record')
          equal(await each.takeRecord(record.key), null, 'takeRecord() of a taken record')
        }
      }
    },
  },
  {
    id: 'many',
    level: 'secure',
    title: 'addRecord() refuses the first of 1,200 keys after all others were added',
    why: 'RFC 9449 11.1: an attacker who sends many proofs would make the server forget the first one.',
    fix: 'Keep every record until it expires; cap and evict nothing.',
    async run({ store }) {
      const records = Array.from({ length: 1200 }, () => aRecord())
      await inTurns(records, (one) => adds(store, one))
      for (const one of [0, 1, 99, 100, 199, 200, 599, 999, 1000, 1199].map((n) => records[n]!)) {
        equal(await store.addRecord({ ...one, data: '{}' }), false, 'addRecord() of an early key')
        equal(await store.getRecord(one.key), one, 'getRecord() of an early key')
      }
      await inTurns(records, async (one) => {
        equal(await store.takeRecord(one.key), one, 'takeRecord() of one of 1,200 keys')
      })
    },
  },
  {
    id: 'take',
    level: 'secure',
    title: 'takeRecord() removes the record with that exact key and no other, and frees the key',
    why: 'RFC 9126 2.2: a request URI could be used more than once.',
    fix: 'Use DELETE ... RETURNING, GETDEL or findOneAndDelete: one operation, by the exact key.',
    async run({ store }) {
      const taken = aRecord()
      const near = nearTexts(taken.key).map((key) => aRecord({ key }))
      for (const one of [taken, ...near]) await adds(store, one)
      equal(await store.takeRecord(taken.key), taken, 'takeRecord()')
      for (let n = 0; n < 2; n++)
        equal(await store.takeRecord(taken.key), null, 'takeRecord() of a taken record')
      equal(await store.getRecord(taken.key), null, 'getRecord() of a taken record')
      for (const one of near)
        equal(await store.getRecord(one.key), one, 'getRecord() of a similar key')
      const next = aRecord({ key: taken.key, data: '{"next":true}' })
      await adds(store, next)
      equal(
        await store.takeRecord(taken.key),
        next,
        'takeRecord() of the next record with that key',
      )
      for (const one of near)
        equal(await store.takeRecord(one.key), one, 'takeRecord() of a similar key')
    },
  },
  {
    id: 'apart',
    level: 'secure',
    title:
      'a record is independent of any credential, grant, client or user whose hash, id or name equals its key',
    why: 'A key that a client may choose could otherwise affect a token, a grant or another client.',
    fix: 'Keep records in a separate table or collection, or under a separate key prefix.',
    async run(t) {
      const { store } = t
      const { grant, credential, unharmed } = await t.issuedGrant({ kind: 'access' })
      const client = aClient({ id: grant.clientId })
      await creates(store, client)
      const user = aUser({ id: grant.userId! })
      if (store.supports.users) await createsUser(store, user)
      const keys = [credential.hash, grant.id, client.id, user.id, user.username]
      const records = keys.map((key) => aRecord({ key }))
      for (const key of keys)
        equal(await store.getRecord(key), null, 'getRecord() of an id or hash')
      for (const one of records) await adds(store, one)
      await foundAs(store, credential, grant, 'The credential whose hash is the key of a record')
      equal(await store.getClient(client.id), client, 'The client whose id is the key of a record')
      for (const one of records) equal(await store.takeRecord(one.key), one, 'takeRecord()')
      await foundAs(store, credential, grant, 'The credential, after takeRecord()')
      equal(await store.getClient(client.id), client, 'The client, after takeRecord()')
      if (store.supports.users) {
        equal(await store.getUser?.(user.id), user, 'getUser(), after takeRecord()')
        const named = await store.getUserByUsername?.(user.username)
        equal(named, user, 'getUserByUsername(), after takeRecord()')
      }
      await unharmed()
      for (const one of records) await adds(store, one)
      await store.revokeAccessToken(credential.hash)
      await store.revoke({ grantId: grant.id })
      await store.deleteClient(client.id)
      await store.deleteUser?.(user.id, Date.now() + 600_000)
      for (const one of records)
        equal(
          await store.getRecord(one.key),
          one,
          'A record, after the entry with the same key was removed',
        )
      const early = aRecord({ key: aHash() })
      await adds(store, early)
      await issues(store, aGrant(), [aCredential({ hash: early.key })])
      equal(
        await store.getRecord(early.key),
        early,
        'A record whose key became the hash of a credential',
      )
    },
  },
])

async function adds(store: Store, one: StoredRecord): Promise<void> {
  equal(await store.addRecord(one), true, 'addRecord() of a new key')
}
