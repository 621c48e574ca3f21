import type { NewCredential, Store } from '@oauth2-kit/core'
import { createsUser, grantsOf, issues, redeems } from '../checked'
import { equal, holds } from '../expect'
import {
  aCredential,
  aGrant,
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
      await purgeAll(store, now + 60_000)
      equal(await store.isRedeemed(credential), true, 'isRedeemed() of the first token')
      isReplay(await store.redeem(credential, successors()))
      await redeems(store, old, successors())
    },
  },
  {
    id: 'batch',
    title: 'purge() removes at most its limit, returns whether there is more, and comes to an end',
    why: 'A statement that deletes a million rows stops every request while it runs.',
    fix: 'Select ids with a limit, then delete those; return `more` if the batch was full.',
    async run(t) {
      const store = await t.elsewhere()
      const ended = wholeSecond() - 10_000
      const gone = await Promise.all(
        Array.from({ length: 7 }, () => issued(store, { expiresAt: ended })),
      )
      const kept = await issued(store)
      let deleted = 0
      for (let more = true, calls = 0; more; calls++) {
        holds(calls < 30, 'purge() returned "more" 30 times for 7 credentials')
        const purged = await store.purge(past(ended + 1), 3)
        holds(purged.deleted <= 3, `purge() with a limit of 3 removed ${purged.deleted}`)
        deleted += purged.deleted
        more = purged.more
      }
      if (store.supports.cleanup === 'purge') {
        holds(deleted >= 7, `Of 7 expired credentials, ${deleted} were removed`)
        for (const { credential } of gone)
          await notFound(store, credential.hash, 'An expired credential')
      }
      await foundAs(store, kept.credential, kept.grant, 'A credential that has not expired')
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
      if (store.supports.cleanup === 'native') return
      await purgeAll(store, now + 100_000)
      equal(
        await grantsOf(store, { userId: grant.userId! }),
        [],
        'listGrants() with no credential left',
      )
      equal(await store.revoke({ clientId: grant.clientId }), 0, 'revoke() afterwards')
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
      await purgeAll(store, { credentials: now, shortLived: now + 60_000 })
      for (const one of [edge, kept]) {
        equal(
          await store.getRecord(one.key),
          one,
          'A record that does not expire before the cutoff',
        )
        equal(await store.addRecord({ ...one, data: '{}' }), false, 'addRecord() of its key')
      }
      if (store.supports.cleanup === 'native') return
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
      const outcome = () => store.issue(aGrant({ userId: user.id }), [aCredential()], {})
      await purgeAll(store, { credentials: now + 60_000, shortLived: now + 60_000 })
      equal(await outcome(), 'refused', 'issue() before the mark is purged')
      equal(await store.createUser(user), false, 'createUser() before the mark is purged')
      if (store.supports.cleanup === 'native') return
      await purgeAll(store, { credentials: now, shortLived: now + 60_001 })
      equal(await outcome(), 'issued', 'issue() after the mark is purged')
      equal(await store.createUser(user), true, 'createUser() after the mark is purged')
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
      if (store.supports.cleanup === 'native') return
      const now = wholeSecond()
      const { grant, credential } = await issued(store, { expiresAt: now + 1000 })
      const tokens = successors({ expiresAt: now + 2000 })
      const answer = aCredential({ kind: 'answer', expiresAt: now + 90_000 })
      await redeems(store, credential, [...tokens, answer])
      await purgeAll(store, { credentials: now + 60_000, shortLived: now })
      equal(await grantsOf(store, { userId: grant.userId! }), [], 'listGrants() of the user')
      await notFound(store, answer.hash, 'The sealed answer')
      equal(await store.extend(grant, successors()), 'revoked', 'extend()')
    },
  },
])

async function issued(store: Store, differences: Partial<NewCredential> = {}) {
  const grant = aGrant()
  const credential = aCredential(differences)
  await issues(store, grant, [credential])
  return { grant, credential: asFound(credential, grant) }
}
