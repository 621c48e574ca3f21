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

// Each case has a namespace of its own: what others left would be purged and counted too.

export const purge = group('purge', 'secure', [
  {
    id: 'horizon',
    title:
      'purge removes what is past, and nothing that lives or marks a use that could be tried again',
    why: 'A mark that goes before what it marks makes a used token new; a live row that goes signs the user out.',
    fix: 'Delete what expired before the time given, unless what it was made from is still there.',
    async run(t) {
      const store = await t.elsewhere()
      const now = wholeSecond()
      const live = await issued(store, { expiresAt: now + 90_000 })
      const used = await issued(store, { expiresAt: now + 90_000 })
      const forEver = await issued(store, { expiresAt: null })
      const brief = () => aCredential({ kind: 'access', expiresAt: now + 1000 })
      for (const { credential } of [used, forEver]) await redeems(store, credential, [brief()])
      await purgeAll(store, now + 60_000)
      await foundAs(store, live.credential, live.grant, 'What lives')
      for (const old of [used, forEver]) {
        await foundAs(store, old.credential, old.grant, 'What was used, and could be tried again')
        equal(await store.isRedeemed(old.credential), true, 'isRedeemed of what was used')
        isReplay(await store.redeem(old.credential, successors()))
      }
    },
  },
  {
    id: 'chain',
    title: 'in a grant that rotates, every token that could be tried again stays a replay',
    why: 'RFC 9700 4.14.2: reuse is noticed as long as the token would have been good.',
    fix: 'Keep a used token until its own expiry, whatever became of its successors.',
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
      equal(await store.isRedeemed(credential), true, 'isRedeemed of the first one')
      isReplay(await store.redeem(credential, successors()))
      await redeems(store, old, successors())
    },
  },
  {
    id: 'batch',
    title: 'purge removes no more than its limit, says whether there is more, and gets to the end',
    why: 'A million rows in one statement stop every request while it runs.',
    fix: 'Ids first with a limit, then delete those; `more` where the batch was full.',
    async run(t) {
      const store = await t.elsewhere()
      const ended = wholeSecond() - 10_000
      const gone = await Promise.all(
        Array.from({ length: 7 }, () => issued(store, { expiresAt: ended })),
      )
      const kept = await issued(store)
      let deleted = 0
      for (let more = true, calls = 0; more; calls++) {
        holds(calls < 30, 'purge has said "more" 30 times, for 7 credentials')
        const purged = await store.purge(past(ended + 1), 3)
        holds(purged.deleted <= 3, `purge with a limit of 3 removed ${purged.deleted}`)
        deleted += purged.deleted
        more = purged.more
      }
      if (store.supports.cleanup === 'purge') {
        holds(deleted >= 7, `Of 7 expired credentials, ${deleted} were removed`)
        for (const { credential } of gone)
          await notFound(store, credential.hash, 'What had expired')
      }
      await foundAs(store, kept.credential, kept.grant, 'What had not')
    },
  },
  {
    id: 'grant',
    title: 'a grant goes with the last of its credentials, and not before',
    why: 'A grant that stays for ever is a row for every sign-in there ever was.',
    fix: 'After the credentials, remove roots that have no members.',
    async run(t) {
      const store = await t.elsewhere()
      const now = wholeSecond()
      const grant = aGrant()
      const [short, long] = [1000, 90_000].map((ms) => aCredential({ expiresAt: now + ms }))
      await issues(store, grant, [short!, long!])
      await purgeAll(store, now + 60_000)
      equal(await grantsOf(store, { userId: grant.userId! }), [grant], 'The grant, half expired')
      equal(
        await store.extend(grant, [aCredential({ expiresAt: now + 95_000 })]),
        'extended',
        'extend',
      )
      if (store.supports.cleanup === 'native') return
      await purgeAll(store, now + 100_000)
      equal(await grantsOf(store, { userId: grant.userId! }), [], 'The grant, expired')
      equal(await store.revoke({ clientId: grant.clientId }), 0, 'revoke afterwards')
      equal(await store.extend(grant, successors()), 'revoked', 'extend afterwards')
      await issues(store, grant, [long!])
    },
  },
  {
    id: 'records',
    title: 'a record goes when its time has passed for short-lived entries, and not before',
    why: 'RFC 7523 3: a `jti` must be refused as long as its assertion is good.',
    fix: 'Purge the table of records by "shortLived", not by "credentials".',
    async run(t) {
      const store = await t.elsewhere()
      const now = wholeSecond()
      const gone = aRecord({ expiresAt: now + 1000 })
      const edge = aRecord({ expiresAt: now + 60_000 })
      const kept = aRecord({ expiresAt: now + 90_000 })
      for (const one of [gone, edge, kept])
        equal(await store.addRecord(one), true, 'addRecord of a new key')
      await purgeAll(store, { credentials: now + 200_000, shortLived: now })
      for (const one of [gone, edge, kept])
        equal(await store.getRecord(one.key), one, 'A record, when only credentials are past')
      await purgeAll(store, { credentials: now, shortLived: now + 60_000 })
      for (const one of [edge, kept]) {
        equal(await store.getRecord(one.key), one, 'A record that is still good')
        equal(await store.addRecord({ ...one, data: '{}' }), false, 'addRecord of its key')
      }
      if (store.supports.cleanup === 'native') return
      equal(await store.getRecord(gone.key), null, 'A record whose time has passed')
      equal(await store.addRecord({ ...gone, data: '{}' }), true, 'addRecord of its key')
    },
  },
  {
    id: 'marks',
    needs: ['users'],
    title: 'the mark of a deleted user goes when its time has passed for short-lived entries',
    why: 'Too early, and a request that was under way gets its tokens; never, and marks pile up.',
    fix: 'Purge marks by "shortLived" where "markUntil" lies before it.',
    async run(t) {
      const store = withUsers(await t.elsewhere())
      const now = wholeSecond()
      const user = aUser()
      await createsUser(store, user)
      await store.deleteUser(user.id, now + 60_000)
      const outcome = () => store.issue(aGrant({ userId: user.id }), [aCredential()], {})
      await purgeAll(store, { credentials: now + 60_000, shortLived: now + 60_000 })
      equal(await outcome(), 'refused', 'issue, up to the end of the mark')
      equal(await store.createUser(user), false, 'createUser, up to the end of the mark')
      if (store.supports.cleanup === 'native') return
      await purgeAll(store, { credentials: now, shortLived: now + 60_001 })
      equal(await outcome(), 'issued', 'issue, once the mark is purged')
      equal(await store.createUser(user), true, 'createUser, once the mark is purged')
    },
  },
  {
    id: 'answers',
    title: 'the sealed answer goes when its time has passed, and the tokens beside it stay',
    why: 'Answers in a backup, with one old token, lead to the live tokens.',
    fix: 'Purge the kind `answer` by "shortLived", and all others by "credentials".',
    async run(t) {
      const store = await t.elsewhere()
      const now = wholeSecond()
      const { grant, credential } = await issued(store)
      const made = withAnswer(now + 30_000)
      const answer = made.at(-1)!
      await redeems(store, credential, made)
      const late = aCredential({ kind: 'answer', expiresAt: now + 30_000 })
      const other = await issued(store)
      equal(await store.extend(other.grant, [late]), 'extended', 'extend with an answer')
      await purgeAll(store, { credentials: now + 60_000, shortLived: now + 30_000 })
      for (const one of made) await foundAs(store, one, grant, `The ${one.kind}, in time`)
      await foundAs(store, late, other.grant, 'An answer that was added later, in time')
      await purgeAll(store, { credentials: now - 60_000, shortLived: now + 30_001 })
      for (const one of made.slice(0, -1)) await foundAs(store, one, grant, `The ${one.kind}`)
      // Its hash is free again then, and another attempt is a replay all the same.
      isReplay(await store.redeem(credential, [...successors(), answer]))
      await redeems(store, credential, made)
      if (store.supports.cleanup === 'purge') {
        for (const { hash } of [answer, late])
          await notFound(store, hash, 'An answer, once its time has passed')
      }
      // Others live longer than that, whatever lies before the cutoff of short-lived entries.
      await purgeAll(store, { credentials: now - 60_000, shortLived: now + 900_000 })
      for (const one of made.slice(0, -1)) await foundAs(store, one, grant, `The ${one.kind}`)
      equal(await store.isRedeemed(credential), true, 'isRedeemed')
      await redeems(store, asFound(made[0]!, grant), withAnswer())
    },
  },
  {
    id: 'answer-alone',
    title: 'a grant of which nothing is left but an answer is over',
    why: 'Nobody can use it, and the user still sees it in the list of apps.',
    fix: 'Count every kind but `answer` where a grant goes with its last credential.',
    async run(t) {
      const store = await t.elsewhere()
      if (store.supports.cleanup === 'native') return
      const now = wholeSecond()
      const { grant, credential } = await issued(store, { expiresAt: now + 1000 })
      const tokens = successors({ expiresAt: now + 2000 })
      const answer = aCredential({ kind: 'answer', expiresAt: now + 90_000 })
      await redeems(store, credential, [...tokens, answer])
      await purgeAll(store, { credentials: now + 60_000, shortLived: now })
      equal(await grantsOf(store, { userId: grant.userId! }), [], 'The grants that are listed')
      await notFound(store, answer.hash, 'The answer')
      equal(await store.extend(grant, successors()), 'revoked', 'extend')
    },
  },
])

async function issued(store: Store, differences: Partial<NewCredential> = {}) {
  const grant = aGrant()
  const credential = aCredential(differences)
  await issues(store, grant, [credential])
  return { grant, credential: asFound(credential, grant) }
}
