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
    title:
      'codes, access tokens and refresh tokens are valid until 1 ms before their expiry, and expired at it',
    why: 'RFC 6749 4.1.2: with one comparison the wrong way round, a token still works at the time of its expiry.',
    fix: 'Keep times in milliseconds, leave the check to the core, and purge what expires before the cutoff, not at it.',
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
      await foundAs(
        store,
        credential,
        grant,
        'A credential that expires exactly at the cutoff of purge()',
      )
      const { deleted } = await store.purge(past(at + 1), 100)
      if (store.supports.cleanup === 'native') return
      equal(deleted, 1, 'The number of entries that purge() removed with a cutoff 1 ms later')
    },
  },
  {
    id: 'precision',
    title:
      'find() and listGrants() return times to the millisecond, from 1970 to the year 2100 and beyond',
    why: 'A time that is cut to seconds changes the lifetime by up to a second; a 32-bit column ends in 2038.',
    fix: 'Use a 64-bit integer of milliseconds.',
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
        await foundAs(t.store, credential, grant, 'A credential with milliseconds in its times')
        equal(await grantsOf(t.store, { grantId: grant.id }), [grant], 'listGrants() of its grant')
      }
    },
  },
  {
    id: 'unit',
    title: 'a credential that expires in an hour is found now, with its expiry in milliseconds',
    why: 'Seconds read as milliseconds expired in 1970; milliseconds read as seconds never expire.',
    fix: 'Name the unit in the name of the column, and convert in one place.',
    async run(t) {
      const expiresAt = wholeSecond() + 3_600_000
      const { credential } = await t.issuedGrant({ expiresAt })
      const found = await t.store.find(credential.hash)
      holds(
        found?.expiresAt && Math.abs(found.expiresAt - expiresAt) < 60_000,
        `"expiresAt": got ${show(found?.expiresAt)}, expected about ${expiresAt}`,
      )
    },
  },
  {
    id: 'null',
    title:
      'find() returns an "expiresAt" of null as null, and purge() never removes such a credential',
    why: 'A zero in place of null expired in 1970, and a default expires some time later.',
    fix: 'Use a nullable column; `expires_at < ?` leaves such rows out.',
    async run(t) {
      const store = await t.elsewhere()
      const [grant, never] = [aGrant(), aCredential({ expiresAt: null, kind: 'access' })]
      await issues(store, grant, [never])
      await store.purge(past(8_640_000_000_000_000), 100)
      await foundAs(store, never, grant, 'A credential without an expiry, after purge()')
    },
  },
  {
    id: 'clock',
    title: "find() and redeem() also work on credentials that have expired by the database's clock",
    why: 'Clocks differ, and a late replay would go undetected; only the core decides what has expired.',
    fix: 'Use neither now() nor Date.now() in a query of the store.',
    async run(t) {
      const now = wholeSecond()
      for (const createdAt of [now - 1_800_000, now + dayMs]) {
        const { grant, credential } = await t.issuedGrant(
          { createdAt, expiresAt: createdAt + 60_000 },
          { createdAt },
        )
        await foundAs(t.store, credential, grant, 'A credential with the times of another clock')
        equal(await grantsOf(t.store, { grantId: grant.id }), [grant], 'listGrants() of its grant')
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
      'a server in another time zone reads the same times, also in the hour when clocks are set back',
    why: 'A local time without its zone is off by hours on another server, or twice a year.',
    fix: 'Use a number of milliseconds, or a timestamp with its zone, and set the time zone of the session.',
    async run(t) {
      const fleet = await t.processes(1, { TZ: 'Pacific/Chatham' })
      // Sunday 4 April 2027, 02:00 to 04:00 local time: the hour from 02:45 occurs twice.
      const turn = Date.UTC(2027, 3, 3, 14, 0)
      for (const createdAt of [wholeSecond(), turn - 1_800_000, turn + 1_800_000]) {
        const expiresAt = createdAt + 30 * dayMs
        const [grant, credential] = [aGrant({ createdAt }), aCredential({ createdAt, expiresAt })]
        await fleet.call([[{ method: 'issue', args: [grant, [credential], {}] }]])
        await foundAs(t.store, credential, grant, 'A credential issued in another time zone')
        equal(await grantsOf(t.store, { grantId: grant.id }), [grant], 'listGrants() of its grant')
        const next = aCredential({ createdAt, expiresAt })
        await t.store.extend(grant, [next])
        const [there] = await fleet.call([[{ method: 'find', args: [next.hash] }]])
        equal(there, { value: asFound(next, grant) }, 'The result of find() in another time zone')
      }
    },
  },
  {
    id: 'list',
    title:
      'listGrants() lists a grant as long as find() returns one of its credentials, and no longer',
    why: 'The page "your apps" would show apps without access, or hide apps that still have it.',
    fix: 'Remove the grant with its last credential, and filter index entries by their expiry.',
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
      if (store.supports.cleanup === 'purge') equal(found, null, 'A purged credential')
      for (const selector of [{ clientId: grant.clientId }, { userId: grant.userId! }]) {
        const listed = (await grantsOf(store, selector)).map(({ id }) => id)
        const wanted = (found ? [grant.id, other.id] : [other.id]).toSorted()
        equal(listed, wanted, 'The ids of the listed grants')
      }
    },
  },
  {
    id: 'resave',
    title: 'a grant lives as long as its longest-lived credential, even one that was added later',
    why: 'A grant outlives its first token many times: if it ends too early, its tokens cannot be listed or revoked.',
    fix: 'With every extend() and redeem(), move the expiry of the grant and of its index entries forward, and never back.',
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
      await foundAs(store, later, grant, 'The last refresh token, after all others have expired')
      for (const selector of [
        { clientId: grant.clientId },
        { userId: grant.userId! },
        { grantId: grant.id },
      ]) {
        equal(await grantsOf(store, selector), [grant], 'listGrants()')
      }
      await redeems(store, asFound(later, grant), successors())
      equal(await store.revoke({ userId: grant.userId! }), 1, 'revoke() by user')
    },
  },
  {
    id: 'past',
    title: 'issue(), extend() and addRecord() accept an expiry that is now or in the past',
    why: 'Databases refuse a TTL of zero or less, which a clock jump, a lifetime of 0 or a slow request can produce.',
    fix: 'Write an absolute time; if the database takes only a TTL, use at least 1.',
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
    title: 'redeem() of a credential of a revoked grant returns "revoked" and writes nothing',
    why: 'An update that inserts what is missing leaves rows and keys that never expire.',
    fix: 'Check that the grant and the credential exist in the operation that writes.',
    async run(t) {
      const { grant, credential } = await t.issuedGrant({ kind: 'code' })
      await t.store.revoke({ grantId: grant.id })
      const made = successors()
      const { status } = await t.store.redeem(credential, made)
      holds(
        status === 'revoked',
        `redeem() of a credential of a revoked grant: got ${show(status)}, expected "revoked"`,
      )
      for (const { hash } of [credential, ...made])
        await notFound(t.store, hash, 'The revoked credential, or a successor of it')
      equal(await grantsOf(t.store, { grantId: grant.id }), [], 'listGrants() of its grant')
      equal(
        await t.store.revoke({ userId: grant.userId! }),
        3,
        'The number of other grants of the user',
      )
    },
  },
  {
    id: 'native',
    needs: ['removedAt'],
    title:
      'the database removes a credential after its expiry and the retention, and never one without an expiry',
    why: 'If it is removed too early, a late replay goes undetected; if too late, the database grows.',
    fix: 'Set the TTL from the expiresAt of the credential plus the retention.',
    async run(t) {
      const now = wholeSecond()
      const ends = [now + 60_000, now + 3_600_000]
      const offsets: number[] = []
      for (const expiresAt of ends) {
        const { credential } = await t.issuedGrant({ expiresAt, kind: 'access' })
        const removed = await t.raw.removedAt(t.context, credential.hash)
        holds(removed !== null, 'A credential with an expiry has no TTL in the database')
        offsets.push(removed - expiresAt)
      }
      holds(
        offsets.every((ms) => ms >= 0),
        `The credentials are removed ${show(offsets)} ms after their expiry`,
      )
      holds(
        Math.abs(offsets[0]! - offsets[1]!) <= 1000,
        `The retention differs: ${show(offsets)} ms`,
      )
      const never = await t.issuedGrant({ expiresAt: null, kind: 'access' })
      equal(
        await t.raw.removedAt(t.context, never.credential.hash),
        null,
        'The TTL of a credential without an expiry',
      )
    },
  },
  {
    id: 'native-answer',
    needs: ['removedAt'],
    title:
      'the database removes a sealed answer within a minute of its expiry, without the retention',
    why: 'With one old token, an attacker can open the sealed answers in a backup and get the live tokens.',
    fix: 'Set the TTL of the kind `answer` from its expiresAt alone.',
    async run(t) {
      const now = wholeSecond()
      for (const expiresAt of [now + 60_000, now + 300_000]) {
        const { credential } = await t.issuedGrant()
        const made = withAnswer(expiresAt)
        await redeems(t.store, credential, made)
        const late = aCredential({ kind: 'answer', expiresAt })
        equal(await t.store.extend(credential.grant, [late]), 'extended', 'extend() with an answer')
        for (const { hash } of [made.at(-1)!, late]) {
          const removed = await t.raw.removedAt(t.context, hash)
          holds(removed !== null, 'A sealed answer has no TTL in the database')
          const offset = removed - expiresAt
          holds(
            offset >= 0 && offset <= 60_000,
            `The entry is removed ${offset} ms after its expiry`,
          )
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
        equal(await t.store.addRecord(record), true, 'addRecord()')
        const removed = await t.raw.recordRemovedAt(t.context, record.key)
        holds(removed !== null, 'A record has no end in the database')
        const offset = removed - expiresAt
        holds(offset >= 0 && offset <= 60_000, `The entry is removed ${offset} ms after its expiry`)
      }
    },
  },
])

/** Returns cutoffs that make `purge` remove everything that expired before that time. */
export function past(time: number): PurgeBefore {
  return { credentials: time, shortLived: time }
}

/** Purges in batches until nothing is left to remove, and returns the number of removed entries. */
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
