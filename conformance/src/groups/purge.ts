import type { NewCredential, Store } from '@oauth2-kit/core'
import { createsUser, grantsOf, issues, redeems } from '../checked'
import { dayMs } from '../difference/times'
import { awaitedLater, equal, holds } from '../expect'
import {
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
import { isReplay } from '../traits/consume'
import { foundAs, notFound } from '../trial'
import { past, purgeAll } from './expiry'
import { withUsers } from './user'

// Each case has its own namespace: purge() would also remove and count the data of other cases.

export const purge = group('purge', 'secure', [
  {
    id: 'horizon',
    title:
      'purge() removes only expired entries, and no redemption mark of a credential that has not expired',
    why: 'If a mark is removed before its token, the token can be redeemed again; if a live row is, the user is signed out.',
    fix: 'Delete what expired before the cutoff, unless the credential that it was made from still exists.',
    async run(t) {
      const store = await t.elsewhere()
      const now = wholeSecond()
      const live = await issued(store, { expiresAt: now + 90_000 })
      const used = await issued(store, { expiresAt: now + 90_000 })
      const forEver = await issued(store, { expiresAt: null })
      const brief = () => aCredential({ kind: 'access', expiresAt: now + 1000 })
      for (const { credential } of [used, forEver]) await redeems(store, credential, [brief()])
      await purgeAll(store, now + 60_000)
      await foundAs(store, live.credential, live.grant, 'A credential that has not expired')
      for (const old of [used, forEver]) {
        await foundAs(
          store,
          old.credential,
          old.grant,
          'A redeemed credential that has not expired',
        )
        equal(await store.isRedeemed(old.credential), true, 'isRedeemed() of a redeemed credential')
        isReplay(await store.redeem(old.credential, successors()))
      }
    },
  },
  {
    id: 'chain',
    title: 'redeem() after purge() detects a replay of every rotated token that has not expired',
    why: 'RFC 9700 4.14.2: reuse would go undetected while the token would still have been valid.',
    fix: 'Keep a redeemed token until its own expiry, whatever happened to its successors.',
    async run(t) {
      const store = await t.elsewhere()
      const now = wholeSecond()
      const { grant, credential } = await issued(store, { expiresAt: now + 90_000 })
      const ends = [10_000, 20_000, 200_000].map((ms) => aCredential({ expiresAt: now + ms }))
      let old = credential
      for (const next of ends) {
        await redeems(store, old, [next])
        old = asFound(next, grant)
      }
      // A token in the middle of the chain, whose only successor expires early.
      await redeems(store, old, [aCredential({ kind: 'access', expiresAt: now + 30_000 })])
      await purgeAll(store, now + 60_000)
      for (const one of [credential, old]) {
        equal(await store.isRedeemed(one), true, 'isRedeemed() of a token of the chain')
        isReplay(await store.redeem(one, successors()))
      }
    },
  },
  {
    id: 'batch',
    title:
      'purge() removes at most its limit of all kinds together, returns whether there is more, and comes to an end',
    why: 'A statement that deletes a million rows stops every request while it runs.',
    fix: 'Select ids with a limit, then delete those; return `more` if the batch was full.',
    async run(t) {
      const store = await t.elsewhere()
      const ended = wholeSecond() - 10_000
      // Entries that have not expired come first, in the order of creation.
      const kept = []
      for (let n = 0; n < 8; n++) kept.push(await issued(store, n < 4 ? {} : { expiresAt: null }))
      const lasting = aRecord()
      equal(await store.addRecord(lasting), true, 'addRecord()')
      const gone = await Promise.all(
        Array.from({ length: 7 }, () => issued(store, { expiresAt: ended })),
      )
      // As many as two batches hold, and users for a third one.
      const records = Array.from({ length: 6 }, () => aRecord({ expiresAt: ended }))
      for (const one of records) equal(await store.addRecord(one), true, 'addRecord()')
      const users = store.supports.users ? [aUser(), aUser(), aUser()] : []
      for (const one of users) {
        await createsUser(store, one)
        await store.deleteUser?.(one.id, ended)
      }
      const all = gone.length + records.length + users.length
      const deleted = await purgeInBatches(store, ended + 1, all)
      if (isRemoving(store, deleted)) {
        // A grant may count too.
        holds(
          deleted >= all && deleted <= all + gone.length,
          `purge() counted ${deleted} removed entries; expected are ${all}, all that have expired, or up to ${gone.length} more, if grants count`,
        )
        for (const { credential } of gone)
          await notFound(store, credential.hash, 'An expired credential')
        for (const { key } of records) equal(await store.getRecord(key), null, 'An expired record')
      }
      for (const { credential, grant } of kept)
        await foundAs(store, credential, grant, 'A credential that has not expired')
      equal(await store.getRecord(lasting.key), lasting, 'A record that has not expired')

      for (const [what, write] of Object.entries(onlyOf)) {
        const other = await t.elsewhere()
        for (let n = 0; n < 7; n++) await write(other, ended)
        const removed = await purgeInBatches(other, ended + 1, 7)
        if (other.supports.cleanup === 'purge')
          holds(
            removed >= 7 || removed === 0,
            `purge() counted ${removed} removed entries, of 7 expired ${what}`,
          )
      }
    },
  },
  {
    id: 'times',
    title: 'purge() removes nothing that expires after the times that it receives',
    why: 'The retention that an operator has set would have no effect, and a late replay would go undetected.',
    fix: 'Compare the expiry with the arguments, not with a clock.',
    async run(t) {
      const store = await t.elsewhere()
      const now = wholeSecond()
      for (const ago of [1000, 7_200_000, 8 * dayMs]) {
        // A database that removes expired entries by itself may do so at any moment, but hardly
        // three times in a row between two calls.
        const tries = store.supports.cleanup === 'native' ? 3 : 1
        for (const at of ['credentials', 'shortLived'] as const) {
          let isLeft = false
          for (let n = 0; n < tries && !isLeft; n++) isLeft = await survives(store, now - ago, at)
          holds(isLeft, `purge() removed an entry that had not expired at "${at}"`)
        }
      }
    },
  },
  {
    id: 'race',
    title: 'purge() leaves a record that is added while it runs, with a key that it removes',
    why: 'RFC 7523 3: a proof that was just seen would be new again.',
    fix: 'Delete with the expiry as a condition of the statement, not the keys that an earlier one has read.',
    async run(t) {
      const [store, purger] = (await t.together(2)) as [Store, Store]
      for (let round = 0; round < 12; round++) {
        const now = wholeSecond()
        const records = Array.from({ length: 8 }, () => aRecord({ expiresAt: now - 60_000 }))
        for (const one of records) await store.addRecord(one)
        const purging = awaitedLater(purgeAll(purger, now))
        for (let turn = 0; turn < round % 4; turn++) await store.find(aHash())
        const renewed = await Promise.all(
          records.map(async ({ key }) => {
            await store.takeRecord(key)
            const fresh = aRecord({ key })
            return (await store.addRecord(fresh)) ? [fresh] : []
          }),
        )
        await purging
        for (const one of renewed.flat())
          equal(await store.getRecord(one.key), one, 'A record that was added during purge()')
      }
    },
  },
  {
    id: 'race-grant',
    title: 'purge() of a grant keeps what extend() and redeem() write to it at the same time',
    why: 'A token that was just issued would be lost, or a redeemed one would be new again.',
    fix: 'Delete single entries by a condition; do not write back a list that was read before.',
    async run(t) {
      const [store, purger] = (await t.together(2)) as [Store, Store]
      for (let round = 0; round < 8; round++) {
        const now = wholeSecond()
        const all = await Promise.all(
          Array.from({ length: 6 }, async () => {
            const [over, used, kept] = [now - 60_000, now + 90_000, now + 90_000].map((expiresAt) =>
              aCredential({ expiresAt }),
            )
            const grant = aGrant()
            await issues(store, grant, [over!, used!, kept!])
            return { grant, used: asFound(used!, grant), kept: asFound(kept!, grant) }
          }),
        )
        const purging = awaitedLater(purgeAll(purger, now))
        for (let turn = 0; turn < round % 4; turn++) await store.find(aHash())
        const written = await Promise.all(
          all.map(async ({ grant, used }) => {
            const [added, made] = [aCredential({ kind: 'access' }), successors()]
            await Promise.all([
              store
                .extend(grant, [added])
                .then((outcome) => equal(outcome, 'extended', 'extend()')),
              redeems(store, used, made),
            ])
            return [added, ...made]
          }),
        )
        await purging
        for (const [n, { grant, used, kept }] of all.entries()) {
          for (const one of written[n]!)
            await foundAs(store, one, grant, `The ${one.kind} token that was added during purge()`)
          await foundAs(store, kept, grant, 'Another token of the grant')
          equal(await store.isRedeemed(used), true, 'isRedeemed() of what was redeemed')
        }
      }
    },
  },
  {
    id: 'grant',
    title: 'purge() removes a grant with its last credential, and not before',
    why: 'If grants stay forever, the store keeps a row for every sign-in that ever happened.',
    fix: 'After the credentials, remove the grants that have none left.',
    async run(t) {
      const store = await t.elsewhere()
      const now = wholeSecond()
      const grant = aGrant()
      const [short, long] = [1000, 90_000].map((ms) => aCredential({ expiresAt: now + ms }))
      await issues(store, grant, [short!, long!])
      await purgeAll(store, now + 60_000)
      equal(
        await grantsOf(store, { userId: grant.userId! }),
        [grant],
        'listGrants() with one credential left',
      )
      equal(
        await store.extend(grant, [aCredential({ expiresAt: now + 95_000 })]),
        'extended',
        'extend()',
      )
      if (!isRemoving(store, await purgeAll(store, now + 100_000))) return
      equal(
        await grantsOf(store, { userId: grant.userId! }),
        [],
        'listGrants() with no credential left',
      )
      equal(
        await store.revoke({ clientId: grant.clientId }),
        0,
        'The number of grants that revoke() revokes afterwards',
      )
      equal(await store.extend(grant, successors()), 'revoked', 'extend() afterwards')
      await issues(store, grant, [long!])
    },
  },
  {
    id: 'records',
    title: 'purge() removes a record that expired before the "shortLived" cutoff, and no other',
    why: 'RFC 7523 3: a `jti` must be refused for as long as its assertion is valid.',
    fix: 'Purge the table of records by "shortLived", not by "credentials".',
    async run(t) {
      const store = await t.elsewhere()
      const now = wholeSecond()
      const gone = aRecord({ expiresAt: now + 30_000 })
      const edge = aRecord({ expiresAt: now + 60_000 })
      const kept = aRecord({ expiresAt: now + 90_000 })
      for (const one of [gone, edge, kept])
        equal(await store.addRecord(one), true, 'addRecord() of a new key')
      await purgeAll(store, { credentials: now + 200_000, shortLived: now })
      for (const one of [gone, edge, kept])
        equal(
          await store.getRecord(one.key),
          one,
          'A record, after purge() with only the "credentials" cutoff past its expiry',
        )
      const deleted = await purgeAll(store, { credentials: now, shortLived: now + 60_000 })
      for (const one of [edge, kept]) {
        equal(
          await store.getRecord(one.key),
          one,
          'A record that does not expire before the cutoff',
        )
        equal(await store.addRecord({ ...one, data: '{}' }), false, 'addRecord() of its key')
      }
      if (!isRemoving(store, deleted)) return
      equal(await store.getRecord(gone.key), null, 'A record that expired before the cutoff')
      equal(await store.addRecord({ ...gone, data: '{}' }), true, 'addRecord() of its key')
    },
  },
  {
    id: 'marks',
    needs: ['users'],
    title:
      'purge() removes the deletion mark of a user once "markUntil" is before the "shortLived" cutoff',
    why: 'If it is removed too early, a request under way gets its tokens; if never, marks pile up.',
    fix: 'Purge the marks whose "markUntil" is before "shortLived".',
    async run(t) {
      const store = withUsers(await t.elsewhere())
      const now = wholeSecond()
      const user = aUser()
      await createsUser(store, user)
      await store.deleteUser(user.id, now + 60_000)
      const [early, late] = [aUser(), aUser()]
      for (const one of [early, late]) await createsUser(store, one)
      await store.deleteUser(late.id, now + 365 * dayMs)
      // A second deletion of the same user shortens no mark.
      await store.deleteUser(late.id, now + 1000)
      await store.deleteUser(early.id, 0)
      equal(
        await store.issue(aGrant({ userId: late.id }), [aCredential()], {}),
        'refused',
        'issue() for a user who was deleted twice',
      )
      const outcome = () => store.issue(aGrant({ userId: user.id }), [aCredential()], {})
      await purgeAll(store, { credentials: now + 60_000, shortLived: now + 60_000 })
      equal(await outcome(), 'refused', 'issue() before the mark is purged')
      equal(await store.createUser(user), false, 'createUser() before the mark is purged')
      const deleted = await purgeAll(store, { credentials: now, shortLived: now + 60_001 })
      if (!isRemoving(store, deleted)) return
      equal(await outcome(), 'issued', 'issue() after the mark is purged')
      for (const one of [user, early])
        equal(await store.createUser(one), true, 'createUser() after the mark is purged')
      await store.deleteUser(user.id, now + 60_000)
      equal(
        await store.getUser(user.id),
        null,
        'getUser() after a deletion with the same arguments',
      )
      await purgeAll(store, { credentials: now, shortLived: now + 40 * dayMs })
      equal(
        await store.issue(aGrant({ userId: late.id }), [aCredential()], {}),
        'refused',
        'issue() for a user whose mark lasts a year, after a purge',
      )
    },
  },
  {
    id: 'answers',
    title:
      'purge() removes a sealed answer by the "shortLived" cutoff, and keeps the tokens beside it',
    why: 'With one old token, an attacker can open the sealed answers in a backup and get the live tokens.',
    fix: 'Purge the kind `answer` by "shortLived", and all other kinds by "credentials".',
    async run(t) {
      const store = await t.elsewhere()
      const now = wholeSecond()
      const { grant, credential } = await issued(store)
      const made = withAnswer(now + 30_000)
      const answer = made.at(-1)!
      await redeems(store, credential, made)
      const late = aCredential({ kind: 'answer', expiresAt: now + 30_000 })
      const other = await issued(store)
      equal(await store.extend(other.grant, [late]), 'extended', 'extend() with an answer')
      await purgeAll(store, { credentials: now + 60_000, shortLived: now + 30_000 })
      for (const one of made)
        await foundAs(store, one, grant, `The credential of kind ${one.kind}, before the cutoff`)
      await foundAs(store, late, other.grant, 'An answer added by extend(), before the cutoff')
      await purgeAll(store, { credentials: now - 60_000, shortLived: now + 30_001 })
      for (const one of made.slice(0, -1))
        await foundAs(store, one, grant, `The credential of kind ${one.kind}`)
      // The hash of the answer is free again, but another attempt is still a replay.
      isReplay(await store.redeem(credential, [...successors(), answer]))
      await redeems(store, credential, made)
      if (store.supports.cleanup === 'purge') {
        for (const { hash } of [answer, late])
          await notFound(store, hash, 'An answer that expired before the cutoff')
      }
      // Tokens stay, even if they expire before the cutoff of short-lived entries.
      await purgeAll(store, { credentials: now - 60_000, shortLived: now + 900_000 })
      for (const one of made.slice(0, -1))
        await foundAs(store, one, grant, `The credential of kind ${one.kind}`)
      equal(await store.isRedeemed(credential), true, 'isRedeemed()')
      await redeems(store, asFound(made[0]!, grant), withAnswer())
    },
  },
  {
    id: 'answer-alone',
    title: 'purge() removes a grant whose only credential left is a sealed answer',
    why: 'The user would see an app in the list that can no longer use its grant.',
    fix: 'When you remove a grant with its last credential, count every kind except `answer`.',
    async run(t) {
      const store = await t.elsewhere()
      const now = wholeSecond()
      const { grant, credential } = await issued(store, { expiresAt: now + 1000 })
      const tokens = successors({ expiresAt: now + 2000 })
      const answer = aCredential({ kind: 'answer', expiresAt: now + 90_000 })
      await redeems(store, credential, [...tokens, answer])
      await purgeAll(store, { credentials: now + 60_000, shortLived: now })
      const left = await grantsOf(store, { userId: grant.userId! })
      // A database that removes expired entries by itself need not have done so yet.
      if (left.length > 0 && store.supports.cleanup === 'native') {
        equal(await store.extend(grant, successors()), 'extended', 'extend() of a listed grant')
        return
      }
      equal(left, [], 'listGrants() of the user')
      await notFound(store, answer.hash, 'The sealed answer')
      equal(await store.extend(grant, successors()), 'revoked', 'extend()')
    },
  },
])

/** What writes an entry of one kind that has expired, where nothing else has. */
const onlyOf: Readonly<Record<string, (store: Store, ended: number) => Promise<unknown>>> = {
  records: (store, ended) => store.addRecord(aRecord({ expiresAt: ended })),
  'deleted users': async (store, ended) => {
    if (!store.supports.users) return
    const user = aUser()
    await createsUser(store, user)
    await store.deleteUser?.(user.id, ended)
  },
  'sealed answers': async (store, ended) => {
    const { credential } = await issued(store)
    const answer = aCredential({ kind: 'answer', expiresAt: ended })
    await redeems(store, credential, [...successors(), answer])
  },
}

/**
 * Purges three entries at a time until there is no more, and resolves with the number of removed
 * ones. Fails unless nothing is left then.
 */
async function purgeInBatches(store: Store, until: number, entries: number): Promise<number> {
  let deleted = 0
  for (let more = true, calls = 0; more; calls++) {
    holds(
      calls < 60,
      `purge() with a limit of 3 entries returned "more" 60 times, although only ${entries} have expired`,
    )
    const purged = await store.purge(past(until), 3)
    holds(
      purged.deleted <= 3,
      `purge() with a limit of 3 entries counted ${purged.deleted} removed ones`,
    )
    deleted += purged.deleted
    more = purged.more
  }
  const last = await store.purge(past(until), 100)
  equal(
    [last.deleted, last.more],
    [0, false],
    'The "deleted" and "more" of purge() after one that returned no "more"',
  )
  return deleted
}

/**
 * Returns whether purge() must remove everything that has expired: a store whose database does so
 * by itself may leave all of it to that, but not a part.
 */
function isRemoving(store: Store, deleted: number): boolean {
  return store.supports.cleanup === 'purge' || deleted > 0
}

/**
 * Resolves with whether an entry is left after a purge up to its own expiry. True if the database
 * itself has removed it before.
 */
async function survives(
  store: Store,
  expiresAt: number,
  at: 'credentials' | 'shortLived',
): Promise<boolean> {
  const { credential } = await issued(store, { expiresAt })
  const record = aRecord({ expiresAt })
  equal(await store.addRecord(record), true, 'addRecord()')
  const look = () =>
    at === 'credentials' ? store.find(credential.hash) : store.getRecord(record.key)
  if ((await look()) === null) return true
  const early = expiresAt - 60_000
  await purgeAll(store, { credentials: early, shortLived: early, [at]: expiresAt })
  return (await look()) !== null
}

async function issued(store: Store, differences: Partial<NewCredential> = {}) {
  const grant = aGrant()
  const credential = aCredential(differences)
  await issues(store, grant, [credential])
  return { grant, credential: asFound(credential, grant) }
}
