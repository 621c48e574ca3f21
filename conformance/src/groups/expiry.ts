import type { PurgeBefore, Store } from '@oauth2-kit/core'
import { grantsOf, issues, redeems } from '../checked'
import { outcomeOf } from '../engine'
import { equal, holds, show } from '../expect'
import {
  aCredential,
  aGrant,
  aRecord,
  asFound,
  successors,
  wholeSecond,
  withAnswer,
} from '../given'
import { group } from '../group'
import { isReplay } from '../traits/consume'
import { foundAs, notFound } from '../trial'

const dayMs = 86_400_000

export const expiry = group('expiry', 'secure', [
  {
    id: 'boundary',
    title: 'valid until 1 ms before its expiry, expired at it, for code, access and refresh token',
    why: 'RFC 6749 4.1.2: at "expires at" it is over; one comparison the other way round is a token too many.',
    fix: 'Keep times in milliseconds; leave the judgement to the core; purge what expires before, not at.',
    async run(t) {
      const engine = t.engine({
        authCodeLifetime: 30,
        accessTokenLifetime: 60,
        refreshTokenLifetime: 90,
      })
      const client = await engine.client()
      const [inTime, late] = [await engine.code(client), await engine.code(client)]
      engine.now += 29_999
      const tokens = await engine.exchange(client, inTime)
      equal(outcomeOf(tokens), '200', 'The code, 1 ms before its expiry')
      engine.now += 1
      equal(
        outcomeOf(await engine.exchange(client, late)),
        'invalid_grant',
        'The code at its expiry',
      )
      const { access_token: access, refresh_token: refresh } = tokens.body as Record<string, string>
      engine.now += 59_998
      equal(await engine.access(access!), 200, 'The access token, 1 ms before its expiry')
      engine.now += 1
      equal(await engine.access(access!), 401, 'The access token at its expiry')
      engine.now += 29_999
      const next = await engine.refresh(client, refresh!)
      equal(outcomeOf(next), '200', 'The refresh token, 1 ms before its expiry')
      engine.now += 90_000
      const expired = String(next.body['refresh_token'])
      equal(
        outcomeOf(await engine.refresh(client, expired)),
        'invalid_grant',
        'The refresh token at its expiry',
      )

      const store = await t.elsewhere()
      const at = wholeSecond() + 5000
      const [grant, credential] = [aGrant(), aCredential({ expiresAt: at })]
      await issues(store, grant, [credential])
      await store.purge(past(at), 100)
      await foundAs(store, credential, grant, 'What expires at the very time that purge was given')
      const { deleted } = await store.purge(past(at + 1), 100)
      if (store.supports.cleanup === 'native') return
      equal(deleted, 1, 'What purge removed 1 ms later')
    },
  },
  {
    id: 'precision',
    title: 'times keep their milliseconds, from 1970 to the year 2100 and beyond',
    why: 'A second cut off is a second of lifetime; a column of 32 bits ends in 2038.',
    fix: 'A 64-bit integer of milliseconds.',
    async run(t) {
      const base = wholeSecond()
      for (const expiresAt of [
        base + 3_600_001,
        base + 7_200_999,
        4_102_444_800_123,
        253_402_300_799_999,
      ]) {
        const { grant, credential } = await t.issuedGrant(
          { expiresAt, createdAt: base + 7 },
          { createdAt: base + 13 },
        )
        await foundAs(t.store, credential, grant, 'A credential with odd milliseconds')
        equal(await grantsOf(t.store, { grantId: grant.id }), [grant], 'Its grant')
      }
    },
  },
  {
    id: 'unit',
    title: 'what expires in an hour is there now, and says so in milliseconds',
    why: 'Seconds read as milliseconds expired in 1970; the other way round, never.',
    fix: 'Name the unit in the column, and convert in one place.',
    async run(t) {
      const expiresAt = wholeSecond() + 3_600_000
      const { credential } = await t.issuedGrant({ expiresAt })
      const found = await t.store.find(credential.hash)
      holds(
        found?.expiresAt && Math.abs(found.expiresAt - expiresAt) < 60_000,
        `"expiresAt" is ${show(found?.expiresAt)}, where about ${expiresAt} was wanted`,
      )
    },
  },
  {
    id: 'null',
    title: 'null is never: it comes back as null, and no purge removes it',
    why: 'A zero in its place has expired in 1970, a default some time else.',
    fix: 'A column that may be null; `expires_at < ?` leaves such rows out by itself.',
    async run(t) {
      const store = await t.elsewhere()
      const [grant, never] = [aGrant(), aCredential({ expiresAt: null, kind: 'access' })]
      await issues(store, grant, [never])
      await store.purge(past(8_640_000_000_000_000), 100)
      await foundAs(store, never, grant, 'What never expires, after a purge')
    },
  },
  {
    id: 'clock',
    title:
      "the caller's clock counts: what has expired by the database's is still found and redeemed",
    why: 'A late replay must be seen, and clocks differ; the core judges by its own.',
    fix: 'No now() and no Date.now() in a query of the store.',
    async run(t) {
      const now = wholeSecond()
      for (const createdAt of [now - 1_800_000, now + dayMs]) {
        const { grant, credential } = await t.issuedGrant(
          { createdAt, expiresAt: createdAt + 60_000 },
          { createdAt },
        )
        await foundAs(t.store, credential, grant, 'A credential by another clock')
        equal(await grantsOf(t.store, { grantId: grant.id }), [grant], 'Its grant')
        const [next, token] = successors({
          createdAt: createdAt + 1000,
          expiresAt: createdAt + 90_000,
        })
        await redeems(t.store, credential, [next!, token!])
        isReplay(await t.store.redeem(credential, successors()))
      }
    },
  },
  {
    id: 'timezone',
    needs: ['processes'],
    title:
      'a server in another time zone reads the same times, also in the hour that a clock is set back',
    why: 'A local time without its zone is off by hours at the next server, or twice a year.',
    fix: 'A number of milliseconds, or a timestamp with its zone; set the zone of the session.',
    async run(t) {
      const fleet = await t.processes(1, { TZ: 'Pacific/Chatham' })
      // Sunday 4 April 2027, 02:00 to 04:00 there: the hour from 02:45 comes twice.
      const turn = Date.UTC(2027, 3, 3, 14, 0)
      for (const createdAt of [wholeSecond(), turn - 1_800_000, turn + 1_800_000]) {
        const expiresAt = createdAt + 30 * dayMs
        const [grant, credential] = [aGrant({ createdAt }), aCredential({ createdAt, expiresAt })]
        await fleet.call([[{ method: 'issue', args: [grant, [credential], {}] }]])
        await foundAs(t.store, credential, grant, 'What was issued in another zone')
        equal(await grantsOf(t.store, { grantId: grant.id }), [grant], 'Its grant')
        const next = aCredential({ createdAt, expiresAt })
        await t.store.extend(grant, [next])
        const [there] = await fleet.call([[{ method: 'find', args: [next.hash] }]])
        equal(there, { value: asFound(next, grant) }, 'What is read in another zone')
      }
    },
  },
  {
    id: 'list',
    title: 'a grant is listed as long as something of it can be found, and no longer',
    why: 'A user who looks at "your apps" must see what is alive, and all of it.',
    fix: 'Remove the grant with the last of its credentials; filter index entries by their expiry.',
    async run(t) {
      const store = await t.elsewhere()
      const ended = wholeSecond() - 2 * dayMs
      const grant = aGrant({ createdAt: ended - 1000 })
      const other = aGrant({ clientId: grant.clientId, userId: grant.userId })
      const credential = aCredential({ createdAt: ended - 1000, expiresAt: ended })
      await issues(store, grant, [credential])
      await issues(store, other, [aCredential()])
      await purgeAll(store, ended + 1)
      const found = await store.find(credential.hash)
      if (store.supports.cleanup === 'purge') equal(found, null, 'What was purged')
      for (const selector of [{ clientId: grant.clientId }, { userId: grant.userId! }]) {
        const listed = (await grantsOf(store, selector)).map(({ id }) => id)
        const wanted = (found ? [grant.id, other.id] : [other.id]).toSorted()
        equal(listed, wanted, 'The grants that are listed')
      }
    },
  },
  {
    id: 'resave',
    title: 'a grant lives as long as the longest of its credentials, whenever that came to it',
    why: 'A grant outlives its first token many times over: what finds it must last as long.',
    fix: 'Move the end of the grant and of its index entries with every extend and redeem, and never back.',
    async run(t) {
      const store = await t.elsewhere()
      const now = wholeSecond()
      const grant = aGrant()
      const [short, added] = [60_000, 1_200_000].map((ms) => aCredential({ expiresAt: now + ms }))
      await issues(store, grant, [short!])
      await store.extend(grant, [added!])
      const [later, brief] = [
        aCredential({ expiresAt: now + 2_400_000 }),
        aCredential({ kind: 'access', expiresAt: now + 30_000 }),
      ]
      await redeems(store, asFound(added!, grant), [later, brief])
      await purgeAll(store, now + 1_200_001)
      await foundAs(store, later, grant, 'The last refresh token, when all others have expired')
      for (const selector of [
        { clientId: grant.clientId },
        { userId: grant.userId! },
        { grantId: grant.id },
      ]) {
        equal(await grantsOf(store, selector), [grant], 'The grant')
      }
      await redeems(store, asFound(later, grant), successors())
      equal(await store.revoke({ userId: grant.userId! }), 1, 'revoke by user')
    },
  },
  {
    id: 'past',
    title: 'an expiry that is past already, or this very moment, is no error',
    why: 'A clock that jumps, a lifetime of 0, a slow request: a database refuses a negative TTL.',
    fix: 'Write an absolute time; where only a TTL will do, at least 1.',
    async run(t) {
      const now = wholeSecond()
      for (const expiresAt of [0, 1, now - 10 * dayMs, now - 1, now]) {
        const [grant, credential] = [aGrant(), aCredential({ expiresAt })]
        await issues(t.store, grant, [credential])
        await t.store.extend(grant, [aCredential({ expiresAt })])
        await t.store.find(credential.hash)
      }
      await t.store.addRecord(aRecord({ expiresAt: now - 1 }))
    },
  },
  {
    id: 'consume-ghost',
    title: 'redeeming what is gone makes nothing that stays',
    why: 'An update that inserts where there is nothing leaves rows and keys without an end.',
    fix: 'Check for the grant and the credential in the same operation that writes.',
    async run(t) {
      const { grant, credential } = await t.issuedGrant({ kind: 'code' })
      await t.store.revoke({ grantId: grant.id })
      const made = successors()
      const { status } = await t.store.redeem(credential, made)
      holds(
        status === 'revoked',
        `redeem of what is gone is ${show(status)}, where "revoked" was wanted`,
      )
      for (const { hash } of [credential, ...made])
        await notFound(t.store, hash, 'What was gone, or came of it')
      equal(await grantsOf(t.store, { grantId: grant.id }), [], 'Its grant')
      equal(await t.store.revoke({ userId: grant.userId! }), 3, 'The other grants of the user')
    },
  },
  {
    id: 'native',
    needs: ['removedAt'],
    title:
      'the database removes a credential after its expiry and the retention, and never what has no end',
    why: 'Too early, and a late replay goes unseen; too late, and the database grows.',
    fix: "Set the TTL from the credential's own expiresAt plus the retention.",
    async run(t) {
      const now = wholeSecond()
      const ends = [now + 60_000, now + 3_600_000]
      const offsets: number[] = []
      for (const expiresAt of ends) {
        const { credential } = await t.issuedGrant({ expiresAt, kind: 'access' })
        const removed = await t.raw.removedAt(t.context, credential.hash)
        holds(removed !== null, 'What expires has no end in the database')
        offsets.push(removed - expiresAt)
      }
      holds(
        offsets.every((ms) => ms >= 0),
        `It is removed ${show(offsets)} ms after its expiry`,
      )
      holds(
        Math.abs(offsets[0]! - offsets[1]!) <= 1000,
        `The retention differs: ${show(offsets)} ms`,
      )
      const never = await t.issuedGrant({ expiresAt: null, kind: 'access' })
      equal(
        await t.raw.removedAt(t.context, never.credential.hash),
        null,
        'The end of what never expires',
      )
    },
  },
  {
    id: 'native-answer',
    needs: ['removedAt'],
    title:
      'the database removes a sealed answer within a minute of its expiry, without the retention',
    why: 'Answers in a backup, with one old token, lead to the live tokens.',
    fix: 'Set the TTL of the kind `answer` from its expiresAt alone.',
    async run(t) {
      const now = wholeSecond()
      for (const expiresAt of [now + 60_000, now + 300_000]) {
        const { credential } = await t.issuedGrant()
        const made = withAnswer(expiresAt)
        await redeems(t.store, credential, made)
        const late = aCredential({ kind: 'answer', expiresAt })
        equal(await t.store.extend(credential.grant, [late]), 'extended', 'extend with an answer')
        for (const { hash } of [made.at(-1)!, late]) {
          const removed = await t.raw.removedAt(t.context, hash)
          holds(removed !== null, 'An answer has no end in the database')
          const offset = removed - expiresAt
          holds(offset >= 0 && offset <= 60_000, `It is removed ${offset} ms after its expiry`)
        }
      }
    },
  },
  {
    id: 'native-record',
    needs: ['recordRemovedAt'],
    title: 'the database removes a record within a minute of its expiry, and not before',
    why: 'Too early, and a proof that was seen is new again; too late, and records pile up.',
    fix: "Set the TTL from the record's own expiresAt, in the command that adds it.",
    async run(t) {
      const now = wholeSecond()
      for (const expiresAt of [now + 60_000, now + 3_600_000]) {
        const record = aRecord({ expiresAt })
        equal(await t.store.addRecord(record), true, 'addRecord')
        const removed = await t.raw.recordRemovedAt(t.context, record.key)
        holds(removed !== null, 'A record has no end in the database')
        const offset = removed - expiresAt
        holds(offset >= 0 && offset <= 60_000, `It is removed ${offset} ms after its expiry`)
      }
    },
  },
])

/** What expired before that time, of every kind. */
export function past(time: number): PurgeBefore {
  return { credentials: time, shortLived: time }
}

/** Purges in batches until there is no more. */
export async function purgeAll(
  store: Pick<Store, 'purge'>,
  before: number | PurgeBefore,
): Promise<number> {
  const cutoffs = typeof before === 'number' ? past(before) : before
  let deleted = 0
  for (let more = true; more;) {
    const purged = await store.purge(cutoffs, 1000)
    deleted += purged.deleted
    more = purged.more
  }
  return deleted
}
