import type { Grant, NewCredential, PurgeBefore, Store } from '@oauth2-kit/core'
import { creates, createsUser, grantsOf, issues, redeems } from '../checked'
import { dayMs } from '../difference/times'
import { outcomeOf } from '../engine'
import { equal, holds, show } from '../expect'
import {
  aClient,
  aCredential,
  aGrant,
  aHash,
  aRecord,
  aUser,
  asFound,
  successors,
  wholeSecond,
  withAnswer,
} from '../given'
import { group } from '../group'
import { TimeJump } from '../time-jump'
import { isReplay } from '../traits/consume'
import { type StoreTrial, foundAs, notFound } from '../trial'

/** The most batches of a thousand entries that a case can have left to purge. */
/** How often purge() may have "more": without having removed anything, and altogether. */
const mostPurges = { idle: 500, all: 20_000 }

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
      equal(outcomeOf(tokens), 'HTTP 200', 'The code, 1 ms before its expiry')
      engine.now += 1
      equal(
        outcomeOf(await engine.exchange(client, late)),
        'invalid_grant',
        'The code at its expiry',
      )
      const { access_token: access, refresh_token: refresh } = tokens.body as Record<string, string>
      engine.now += 59_998
      equal(
        await engine.access(access!),
        200,
        'The HTTP status for the access token, 1 ms before its expiry',
      )
      engine.now += 1
      equal(await engine.access(access!), 401, 'The HTTP status for the access token at its expiry')
      engine.now += 29_999
      const next = await engine.refresh(client, refresh!)
      equal(outcomeOf(next), 'HTTP 200', 'The refresh token, 1 ms before its expiry')
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
          { expiresAt, createdAt: expiresAt - 7 },
          { createdAt: expiresAt - 13 },
        )
        await foundAs(t.store, credential, grant, 'A credential with milliseconds in its times')
        const times = { expiresAt, createdAt: expiresAt - 11 }
        const [made, added] = [successors(times), aCredential({ ...times, kind: 'access' })]
        await redeems(t.store, credential, made)
        equal(await t.store.extend(grant, [added]), 'extended', 'extend()')
        for (const one of [...made, added])
          await foundAs(t.store, one, grant, 'A later credential with milliseconds in its times')
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
      // Other cases compare it to the millisecond.
      if (found?.expiresAt && Math.abs(found.expiresAt - expiresAt) < 60_000) return
      equal(found && { expiresAt: found.expiresAt }, { expiresAt }, 'find()')
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
      const first = aCredential()
      await issues(store, grant, [never, first])
      const [made, added] = [
        successors({ expiresAt: null }),
        aCredential({ expiresAt: null, kind: 'access' }),
      ]
      await redeems(store, asFound(first, grant), made)
      await store.extend(grant, [added])
      const all = [never, ...made, added]
      for (const one of all) await foundAs(store, one, grant, 'A credential without an expiry')
      await redeems(store, asFound(made[0]!, grant), [aCredential({ kind: 'access' })])
      await store.purge(past(8_640_000_000_000_000), 100)
      for (const one of all)
        await foundAs(store, one, grant, 'A credential without an expiry, after purge()')
      equal(await store.isRedeemed(asFound(made[0]!, grant)), true, 'isRedeemed() after purge()')
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
    id: 'passing',
    title: 'nothing is forgotten before it expires: not after a minute, an hour, a day or 40 days',
    why: 'RFC 6749 4.1.2, RFC 7523 3: a mark that a timer removes too early makes a used code new again.',
    fix: 'Remove an entry by its own expiry only; give caches no life of their own.',
    async run(t) {
      using clock = new TimeJump()
      const store = await t.elsewhere()
      const now = wholeSecond()
      const year = await aged(store, now, now + 365 * dayMs)
      const never = await aged(store, now, null)
      const gone = await ended(store, now + 365 * dayMs)
      const short = await aged(store, now, now + 120_000)
      await year('after it was written')
      await clock.jump(119_000)
      await short('1 s before its expiry')
      for (const ms of [1000, 61_000, 300_000, 3_600_000, dayMs, 40 * dayMs]) {
        await clock.jump(ms)
        await store.find(aHash())
        for (const look of [year, never, gone]) await look(`${Math.round(ms / 1000)} s later`)
      }
    },
  },
  {
    id: 'zero',
    title: 'times of 0 and 1 are kept as they are, and 0 is not taken for "never"',
    why: 'A zero that becomes null never expires.',
    fix: 'Compare with null, and do not use `||` or a truth value on a time.',
    async run(t) {
      const store = await t.elsewhere()
      for (const time of [0, 1]) {
        const times = { createdAt: time, expiresAt: time }
        const [grant, credential] = [aGrant({ createdAt: time }), aCredential(times)]
        // It expires in the future: a database that cleans up by itself may do so at any moment.
        const lasting = aCredential({
          kind: 'access',
          createdAt: time,
          expiresAt: aCredential().expiresAt,
        })
        await issues(store, grant, [credential, lasting])
        await foundAs(store, lasting, grant, 'A credential that was created in 1970')
        equal(await grantsOf(store, { grantId: grant.id }), [grant], 'listGrants() of its grant')
        if (store.supports.cleanup === 'native') continue
        await foundAs(store, credential, grant, 'A credential that expired in 1970')
        const added = aCredential({ kind: 'access', ...times })
        await store.extend(grant, [added])
        await foundAs(store, added, grant, 'A credential that expired in 1970, added by extend()')
        const made = successors(times)
        await redeems(store, asFound(credential, grant), made)
        for (const one of made) await foundAs(store, one, grant, 'A successor that expired in 1970')
        const record = aRecord({ expiresAt: time })
        equal(await store.addRecord(record), true, 'addRecord()')
        equal(await store.getRecord(record.key), record, 'getRecord()')
        await purgeAll(store, 2)
        for (const one of [credential, added, ...made])
          await notFound(store, one.hash, 'A credential that expired in 1970, after purge()')
        equal(await store.getRecord(record.key), null, 'getRecord() after purge()')
        const taken = aRecord({ expiresAt: time })
        equal(await store.addRecord(taken), true, 'addRecord()')
        equal(await store.takeRecord(taken.key), taken, 'takeRecord()')
        await foundAs(store, lasting, grant, 'A credential that expires later, after purge()')
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
        // A database that cleans up by itself may have done so in between.
        if (found && !(await store.find(credential.hash))) continue
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
      equal(
        await store.revoke({ userId: grant.userId! }),
        1,
        'The number of grants that revoke() by user revokes',
      )
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
      'the database removes a credential after its expiry and the retention, redeemed or not, and never one without an expiry',
    why: 'If it is removed too early, a late replay goes undetected; if too late, the database grows.',
    fix: 'Set the TTL from the expiresAt of the credential plus the retention, in milliseconds, and keep it when you redeem.',
    async run(t) {
      const now = wholeSecond()
      const offsets: number[] = []
      const offset = async ({ hash, expiresAt }: NewCredential, what: string) => {
        const removed = await t.raw.removedAt(t.context, hash)
        holds(removed !== null, `${what} with an expiry has no TTL in the database`)
        holds(
          removed >= expiresAt!,
          `${what} is removed ${expiresAt! - removed} ms before its "expiresAt", by raw.removedAt()`,
        )
        offsets.push(removed - expiresAt!)
      }
      for (const expiresAt of [60_000, 3_600_501, 40 * dayMs, 365 * dayMs].map((ms) => now + ms)) {
        const { grant, credential } = await t.issuedGrant({ expiresAt, kind: 'code' })
        await offset(credential, 'A code')
        const added = aCredential({ expiresAt, kind: 'access' })
        await t.store.extend(grant, [added])
        await offset(added, 'A credential of extend()')
        const made = successors({ expiresAt })
        await redeems(t.store, credential, made)
        const next = [aCredential({ kind: 'used', expiresAt: now + 60_000 })]
        await redeems(t.store, asFound(made[0]!, grant), next)
        await t.store.redeem(credential, successors())
        for (const one of [credential, ...made]) await offset(one, 'A credential after redeem()')
      }
      holds(
        Math.max(...offsets) - Math.min(...offsets) <= 1000,
        `By raw.removedAt(), credentials are kept for different times after their "expiresAt": ${show(offsets)} ms; they may differ by 1000 ms`,
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
    id: 'native-ends',
    needs: ['ends', 'removedAt'],
    title:
      'marks, grants and index entries last as long in the database as the credential that needs them longest',
    why: 'A grant whose index entry ends early escapes revocation; a mark that ends early makes a used code new again.',
    fix: 'Move the TTL of the grant, its marks and its index entries forward with every write, and never back.',
    async run(t) {
      await lastAsLong(t, wholeSecond() + 365 * dayMs)
      await lastAsLong(t, null)
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
          holds(offset >= 0 && offset <= 60_000, removedAfter(offset))
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
      for (const expiresAt of [now + 60_000, now + 61_999, now + 3_600_501]) {
        const record = aRecord({ expiresAt })
        equal(await t.store.addRecord(record), true, 'addRecord()')
        const removed = await t.raw.recordRemovedAt(t.context, record.key)
        holds(removed !== null, 'A record has no end in the database')
        const offset = removed - expiresAt
        holds(offset >= 0 && offset <= 60_000, removedAfter(offset))
      }
    },
  },
])

function removedAfter(offset: number): string {
  const side = offset < 0 ? 'before' : 'after'
  return `The database removes the entry ${Math.abs(offset)} ms ${side} its "expiresAt"; allowed are 0 to 60000 ms after it`
}

/** Ends one of everything before it expires. Returns a function that fails unless it stays so. */
async function ended(store: Store, expiresAt: number) {
  const [client, user] = [aClient(), aUser()]
  await creates(store, client)
  if (store.supports.users) await createsUser(store, user)
  const grants = [aGrant(), aGrant(), aGrant({ clientId: client.id }), aGrant({ userId: user.id })]
  const made = grants.map(() => [
    aCredential({ expiresAt }),
    aCredential({ kind: 'access', expiresAt }),
  ])
  for (const [n, grant] of grants.entries()) await issues(store, grant, made[n]!)
  const record = aRecord({ expiresAt })
  equal(await store.addRecord(record), true, 'addRecord()')
  await store.revokeAccessToken(made[0]![1]!.hash)
  await store.revoke({ grantId: grants[1]!.id })
  await store.deleteClient(client.id)
  await (store.deleteUser?.(user.id, expiresAt) ?? store.revoke({ userId: user.id }))
  await store.takeRecord(record.key)
  const gone = [made[0]![1]!, ...made.slice(1).flat()]
  return async (when: string) => {
    for (const { hash } of gone) await notFound(store, hash, `A revoked credential, ${when}`)
    for (const grant of grants.slice(1)) {
      equal(await grantsOf(store, { grantId: grant.id }), [], `listGrants(), ${when}`)
      equal(await store.extend(grant, successors()), 'revoked', `extend(), ${when}`)
    }
    equal(await store.getRecord(record.key), null, `getRecord() of a taken record, ${when}`)
    equal(await store.getClient(client.id), null, `getClient() of a deleted client, ${when}`)
    equal((await store.getUser?.(user.id)) ?? null, null, `getUser() of a deleted user, ${when}`)
  }
}

/**
 * Fails unless the entries in the database end no earlier than a credential that ends at `last`;
 * `null` means never.
 */
async function lastAsLong(t: StoreTrial, last: number | null): Promise<void> {
  const soon = wholeSecond() + 60_000
  const must = last === null ? 'never end' : 'last a year'
  const brief = () => aCredential({ expiresAt: soon })
  const lasting = () => aCredential({ expiresAt: last })
  const lastingAfter = async (act: Parameters<typeof endsAfter>[1]) => {
    const ends = await endsAfter(t, act)
    const never = ends.filter(([, end]) => end === null).map(([name]) => name)
    if (last === null) return never.length
    equal(never, [], 'The entries that never end')
    return ends.filter(([, end]) => end! >= last).length
  }
  const wanted = await lastingAfter((store, grant) => issues(store, grant, [lasting()]))
  const two = await lastingAfter((store, grant) => issues(store, grant, [lasting(), lasting()]))
  const redeemed = await lastingAfter(async (store, grant) => {
    const first = lasting()
    await issues(store, grant, [first])
    await redeems(store, asFound(first, grant), [lasting()])
  })
  holds(
    redeemed >= two,
    `After redeem(), raw.ends() has ${redeemed} entries that ${must}; ${two} or more are needed, for the credential and its successor`,
  )
  // What the mark of a redemption takes besides the credential and its successor.
  const mark = redeemed - two
  holds(wanted > 0, 'raw.ends() shows nothing that lasts as long as the credential')
  const shortened = 'redeem() of a long-lived credential for a short-lived one'
  const ways: Record<string, (store: Store, grant: Grant) => Promise<unknown>> = {
    'extend() of a short-lived grant by a long-lived credential': async (store, grant) => {
      await issues(store, grant, [brief()])
      await store.extend(grant, [lasting()])
    },
    'redeem() of a short-lived credential for a long-lived one': async (store, grant) => {
      const first = brief()
      await issues(store, grant, [first])
      await redeems(store, asFound(first, grant), [lasting()])
    },
    'extend() of a long-lived grant by a short-lived credential': async (store, grant) => {
      await issues(store, grant, [lasting()])
      await store.extend(grant, [brief()])
    },
    [shortened]: async (store, grant) => {
      const first = lasting()
      await issues(store, grant, [first])
      await redeems(store, asFound(first, grant), [brief()])
    },
    'a short-lived grant of the same user and client': async (store, grant) => {
      await issues(store, grant, [lasting()])
      const { userId, clientId } = grant
      await issues(store, aGrant({ userId, clientId }), [brief()])
    },
    'revocation of another grant of the same user and client': async (store, grant) => {
      const { userId, clientId } = grant
      const other = aGrant({ userId, clientId })
      await issues(store, grant, [lasting()])
      await issues(store, other, [brief()])
      await store.revoke({ grantId: other.id })
    },
    'revokeAccessToken() of a short-lived token': async (store, grant) => {
      const token = aCredential({ kind: 'access', expiresAt: soon })
      await issues(store, grant, [lasting(), token])
      await store.revokeAccessToken(token.hash)
    },
    ...(t.store.supports.users && {
      'deleteUser() with a mark that lasts': async (store: Store, grant: Grant) => {
        await issues(store, grant, [lasting()])
        const user = aUser()
        await createsUser(store, user)
        await store.deleteUser?.(user.id, last ?? soon)
      },
    }),
  }
  for (const [what, act] of Object.entries(ways)) {
    const marks = what === shortened ? mark : last !== null && what.startsWith('deleteUser') ? 1 : 0
    const found = await lastingAfter(act)
    holds(
      found >= wanted + marks,
      `After ${what}, raw.ends() has ${found} entries that ${must}; ${wanted + marks} or more are needed, as many as for a credential alone`,
    )
  }
}

/** Resolves with the ends of everything that these calls leave in a namespace of their own. */
async function endsAfter(
  t: StoreTrial,
  act: (store: Store, grant: Grant) => Promise<unknown>,
): Promise<[name: string, end: number | null][]> {
  const { store, context } = await t.apart()
  await act(store, aGrant())
  return Object.entries(await t.raw.ends(context))
}

/**
 * Writes one of everything that expires then. Returns a function that fails unless it is all there.
 */
async function aged(store: Store, now: number, expiresAt: number | null) {
  const grant = aGrant({ createdAt: now })
  const ends = { createdAt: now, expiresAt }
  const kinds = ['code', 'refresh', 'access', 'used'] as const
  const kept = kinds.map((kind) => aCredential({ ...ends, kind }))
  const [code, used] = [
    aCredential({ ...ends, kind: 'code' }),
    aCredential({ ...ends, kind: 'code' }),
  ]
  const [made, mark] = [successors(ends), aCredential({ ...ends, kind: 'used' })]
  await issues(store, grant, [...kept, code, used])
  await redeems(store, asFound(code, grant), made)
  await redeems(store, asFound(used, grant), [mark])
  const added = aCredential({ ...ends, kind: 'access' })
  await store.extend(grant, [added])
  // A grant whose first credential ends long before those that were added.
  const [brief, longer] = [aGrant(), aCredential(ends)]
  await issues(store, brief, [aCredential({ expiresAt: now + 60_000 })])
  await store.extend(brief, [longer])
  const far = expiresAt ?? now + 365 * dayMs
  // A record that was taken, and added again for longer.
  const renewed = aRecord({ expiresAt: far })
  equal(await store.addRecord({ ...renewed, expiresAt: now + 60_000 }), true, 'addRecord()')
  await store.takeRecord(renewed.key)
  equal(await store.addRecord(renewed), true, 'addRecord()')
  const [record, client] = [aRecord({ expiresAt: far }), aClient()]
  equal(await store.addRecord(record), true, 'addRecord()')
  await creates(store, client)
  const [user, gone] = [aUser(), aUser()]
  if (store.supports.users) {
    for (const one of [user, gone]) await createsUser(store, one)
    await store.deleteUser?.(gone.id, far)
  }
  return async (when: string) => {
    for (const one of [...kept, ...made, code, added])
      await foundAs(store, one, grant, `A credential of kind ${one.kind}, ${when}`)
    await foundAs(store, longer, brief, `A credential that extend() added, ${when}`)
    equal(await grantsOf(store, { userId: brief.userId! }), [brief], `listGrants(), ${when}`)
    for (const old of [code, used]) {
      equal(await store.isRedeemed(asFound(old, grant)), true, `isRedeemed(), ${when}`)
      isReplay(await store.redeem(asFound(old, grant), successors()))
    }
    await redeems(store, asFound(code, grant), made)
    equal(await store.isRedeemed(asFound(kept[0]!, grant)), false, `isRedeemed(), ${when}`)
    for (const selector of [{ userId: grant.userId! }, { clientId: grant.clientId }])
      equal(await grantsOf(store, selector), [grant], `listGrants(), ${when}`)
    equal(await store.addRecord({ ...record, data: '{}' }), false, `addRecord(), ${when}`)
    for (const one of [record, renewed])
      equal(await store.getRecord(one.key), one, `getRecord(), ${when}`)
    equal(await store.getClient(client.id), client, `getClient(), ${when}`)
    if (!store.supports.users) return
    equal(await store.getUser?.(user.id), user, `getUser(), ${when}`)
    const outcome = await store.issue(aGrant({ userId: gone.id }), [aCredential()], {})
    equal(outcome, 'refused', `issue() for a deleted user, ${when}`)
  }
}

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
  let idle = 0
  for (let [more, calls] = [true, 0]; more; calls++) {
    holds(
      idle < mostPurges.idle,
      `purge() returned "more" ${mostPurges.idle} times in a row, and removed nothing`,
    )
    holds(
      calls < mostPurges.all,
      `purge() with a limit of 1000 entries returned "more" ${mostPurges.all} times, although the suite has written fewer entries`,
    )
    const purged = await store.purge(cutoffs, 1000)
    idle = purged.deleted > 0 ? 0 : idle + 1
    deleted += purged.deleted
    more = purged.more
  }
  return deleted
}
