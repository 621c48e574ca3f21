import type { NewCredential, Store } from '@oauth2-kit/core'
import { equal, holds } from '../expect'
import { aCredential, aGrant, aHash, asFound, successors, wholeSecond } from '../given'
import { group } from '../group'
import { isReplayOf, redeems } from '../traits/consume'
import { foundAs, notFound } from '../trial'
import { purgeAll } from './expiry'

// Each case has a namespace of its own: what others left would be purged and counted too.

export const purge = group('purge', 'secure', [
  {
    id: 'horizon',
    title:
      'purge removes what is past, and nothing that lives or marks a use that could be tried again',
    why: 'A mark that goes before what it marks makes a used token new; a live row that goes signs the user out.',
    mend: 'Delete what expired before the time given, unless what it was made from is still there.',
    async run(t) {
      const store = await t.elsewhere()
      const now = wholeSecond()
      const live = await issued(store, { expiresAt: now + 90_000 })
      const used = await issued(store, { expiresAt: now + 90_000 })
      const forEver = await issued(store, { expiresAt: null })
      const brief = () => aCredential({ kind: 'access', expiresAt: now + 1000 })
      const [mark, lastMark] = [brief(), brief()]
      await redeems(store, used.credential, [mark])
      await redeems(store, forEver.credential, [lastMark])
      await purgeAll(store, now + 60_000)
      await foundAs(store, live.credential, live.grant, 'What lives')
      for (const [old, by] of [
        [used, mark],
        [forEver, lastMark],
      ] as const) {
        await foundAs(store, old.credential, old.grant, 'What was used, and could be tried again')
        equal(await store.isRedeemed(old.credential), true, 'isRedeemed of what was used')
        isReplayOf(await store.redeem(old.credential, successors()), asFound(by, old.grant))
      }
    },
  },
  {
    id: 'chain',
    title: 'in a family that rotates, every token that could be tried again stays a replay',
    why: 'RFC 9700 4.14.2: reuse is noticed as long as the token would have been good.',
    mend: 'Keep a used token until its own expiry, whatever became of its successors.',
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
      const again = await store.redeem(credential, successors())
      isReplayOf(again, asFound(ends[0]!, grant))
      await redeems(store, old, successors())
    },
  },
  {
    id: 'batch',
    title: 'purge removes no more than its limit, says whether there is more, and gets to the end',
    why: 'A million rows in one statement stop every request while it runs.',
    mend: 'Ids first with a limit, then delete those; `more` where the batch was full.',
    async run(t) {
      const store = await t.elsewhere()
      const past = wholeSecond() - 10_000
      const gone = await Promise.all(
        Array.from({ length: 7 }, () => issued(store, { expiresAt: past })),
      )
      const kept = await issued(store)
      let deleted = 0
      for (let more = true, calls = 0; more; calls++) {
        holds(calls < 30, 'purge has said "more" 30 times, for 7 credentials')
        const purged = await store.purge(past + 1, 3)
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
    mend: 'After the credentials, remove roots that have no members.',
    async run(t) {
      const store = await t.elsewhere()
      const now = wholeSecond()
      const grant = aGrant()
      const [short, long] = [1000, 90_000].map((ms) => aCredential({ expiresAt: now + ms }))
      await store.issue(grant, [short!, long!])
      await purgeAll(store, now + 60_000)
      equal(
        await store.listGrants({ userId: grant.userId! }, { limit: 9 }),
        [grant],
        'The grant, half expired',
      )
      equal(
        await store.extend(grant, [aCredential({ expiresAt: now + 95_000 })]),
        'extended',
        'extend',
      )
      if (store.supports.cleanup === 'native') return
      await purgeAll(store, now + 100_000)
      equal(
        await store.listGrants({ userId: grant.userId! }, { limit: 9 }),
        [],
        'The grant, expired',
      )
      equal(await store.revoke({ clientId: grant.clientId }), 0, 'revoke afterwards')
      equal(await store.extend(grant, successors()), 'revoked', 'extend afterwards')
      await store.issue(grant, [long!])
    },
  },
  {
    id: 'remembered',
    title: 'a remembered key goes when it has expired, and not before',
    why: 'RFC 7523 3: a `jti` must be refused as long as its assertion is good.',
    mend: 'Purge the table of keys too.',
    async run(t) {
      const store = await t.elsewhere()
      const now = wholeSecond()
      const [past, ahead] = [aHash(), aHash()]
      await store.remember(past, now + 1000)
      await store.remember(ahead, now + 90_000)
      await purgeAll(store, now + 60_000)
      equal(await store.remember(ahead, now + 90_000), false, 'A key that is still good')
      if (store.supports.cleanup === 'native') return
      equal(await store.remember(past, now + 90_000), true, 'A key that has expired')
    },
  },
])

async function issued(store: Store, differences: Partial<NewCredential> = {}) {
  const grant = aGrant()
  const credential = aCredential(differences)
  await store.issue(grant, [credential])
  return { grant, credential: asFound(credential, grant) }
}
