import type { Selector, Store } from '@oauth2-kit/core'
import { grantsOf, issues, redeems } from '../checked'
import { equal, holds, show } from '../expect'
import { aCredential, aGrant, aHash, anId, asFound, successors } from '../given'
import { group } from '../group'
import { type StoreTrial, foundAs, notFound } from '../trial'

export const revoke = group('revoke', 'contract', [
  {
    id: 'grant',
    title: 'revoke() of a grant removes all of its credentials, redeemed or not, and nothing else',
    why: 'RFC 7009 2.1: the other tokens of a revoked grant would keep working.',
    fix: 'Delete the row of the grant, with a cascade to its credentials.',
    async run(t) {
      const { grant, credential, unharmed } = await t.issuedGrant({ kind: 'code' })
      const [next, token] = successors()
      await redeems(t.store, credential, [next!, token!])
      equal(await t.store.revoke({ grantId: grant.id }), 1, 'The number of revoked grants')
      for (const { hash } of [credential, next!, token!])
        await notFound(t.store, hash, 'A revoked credential')
      for (const old of [credential, asFound(next!, grant)]) {
        equal(
          (await t.store.redeem(old, successors())).status,
          'revoked',
          'The status of redeem() afterwards',
        )
      }
      equal(await t.store.extend(grant, successors()), 'revoked', 'extend() afterwards')
      equal(await grantsOf(t.store, { grantId: grant.id }), [], 'listGrants() afterwards')
      await unharmed()
    },
  },
  {
    id: 'selector',
    title:
      'listGrants() and revoke() by user, by client or by both match and count exactly those grants',
    why: '"Sign me out everywhere" would miss a session, or sign out another user.',
    fix: 'Put every member of the selector into the WHERE clause.',
    async run({ store }) {
      const [user, client] = [anId('user'), anId('client')]
      const grants = {
        both: aGrant({ userId: user, clientId: client }),
        again: aGrant({ userId: user, clientId: client }),
        user: aGrant({ userId: user }),
        client: aGrant({ clientId: client }),
        nobody: aGrant({ userId: null, clientId: client }),
        crossed: aGrant({ userId: client, clientId: user }),
      }
      const steps: [Selector, (keyof typeof grants)[]][] = [
        [{ userId: user, clientId: client }, ['both', 'again']],
        [{ userId: user }, ['user']],
        [{ clientId: client }, ['client', 'nobody']],
      ]
      const alive = new Map(
        Object.entries(grants).map(([name, grant]) => [name, { grant, credential: aCredential() }]),
      )
      for (const { grant, credential } of alive.values()) await issues(store, grant, [credential])
      for (const [selector, names] of steps) {
        const listed = (await grantsOf(store, selector)).map(({ id }) => id)
        equal(
          listed,
          names.map((name) => grants[name].id).toSorted(),
          'The ids of the listed grants',
        )
        equal(await store.revoke(selector), names.length, 'The number of revoked grants')
        for (const name of names) {
          await notFound(store, alive.get(name)!.credential.hash, 'A revoked credential')
          alive.delete(name)
        }
        for (const { grant, credential } of alive.values())
          await foundAs(store, credential, grant, 'A credential of another grant')
      }
    },
  },
  {
    id: 'list',
    title: 'the pages of listGrants() contain every grant, keep to their limit and come to an end',
    why: 'A user with many apps would not see all of them, and revocation by the list would miss some.',
    fix: 'Order by a unique key, and return the key of the last grant as "next", or null if nothing follows.',
    async run({ store }) {
      const [userId, clientId] = [anId('user'), anId('client')]
      const grants = Array.from({ length: 7 }, () => aGrant({ userId, clientId }))
      for (const grant of grants) await issues(store, grant, [aCredential()])
      await issues(store, aGrant({ userId }), [aCredential()])
      await issues(store, aGrant({ clientId }), [aCredential()])
      const wanted = grants.toSorted((a, b) => (a.id < b.id ? -1 : 1))
      for (const limit of [1, 2, 7, 100]) {
        const listed = await grantsOf(store, { userId, clientId }, limit)
        equal(listed, wanted, `The pages of ${limit} together`)
      }
      for (const selector of [{ userId }, { clientId }])
        equal((await grantsOf(store, selector, 3)).length, 8, 'The number of grants in all pages')
    },
  },
  {
    id: 'list-changes',
    level: 'secure',
    title:
      'listGrants() lists every grant that exists from the first page to the last, whatever else changes',
    why: 'Pages that count from the start skip one grant for each one that was revoked between two pages.',
    fix: 'Continue after the last key, not after a number of rows.',
    async run({ store }) {
      await pagesWhile(store, async () => {})
      await pagesWhile(store, async (userId) => {
        await issues(store, aGrant({ userId }), [aCredential()])
      })
    },
  },
  {
    id: 'idempotent',
    title: 'revoking an unknown or already revoked grant or token resolves and counts nothing',
    why: 'RFC 7009 2.2: a client that revokes an unknown token must not get an error.',
    fix: 'Treat zero rows as success.',
    async run(t) {
      const { grant } = await t.issuedGrant()
      equal(await t.store.revoke({ grantId: grant.id }), 1, 'revoke()')
      const unknown: Selector[] = [
        { grantId: grant.id },
        { grantId: aHash() },
        { userId: anId('user') },
        { clientId: anId('client') },
        { userId: anId('user'), clientId: grant.clientId },
      ]
      for (const selector of unknown)
        equal(await t.store.revoke(selector), 0, 'revoke() of an unknown grant')
      await t.store.revokeAccessToken(aHash())
    },
  },
  {
    id: 'everywhere',
    level: 'secure',
    title: 'find() and redeem() in one instance see what another instance has revoked or redeemed',
    why: 'A token that was revoked on one server would still work on the next.',
    fix: 'Use no cache between the store and its database, or one that checks every token there.',
    async run(t) {
      const [one, other] = await t.instances(2)
      const { grant, credential } = await t.issuedGrant()
      const token = aCredential({ kind: 'access' })
      await one!.extend(grant, [token])
      for (let n = 0; n < 3; n++)
        await foundAs(other!, token, grant, 'The token in the other instance')
      await one!.revokeAccessToken(token.hash)
      await notFound(other!, token.hash, 'The revoked token in the other instance')
      await foundAs(other!, credential, grant, 'The refresh token in the other instance')
      equal(await other!.isRedeemed(credential), false, 'isRedeemed() in the other instance')
      await redeems(one!, credential, successors())
      equal(
        await other!.isRedeemed(credential),
        true,
        'isRedeemed() in the other instance after the redemption',
      )
      equal(
        (await other!.redeem(credential, successors())).status,
        'replayed',
        'The status of redeem() in the other instance',
      )
      await one!.revoke({ grantId: grant.id })
      await notFound(other!, credential.hash, 'The revoked refresh token in the other instance')
    },
  },
  {
    id: 'many',
    level: 'secure',
    title:
      'revoke() of a user or client with 1,200 grants revokes and counts all of them, and no other',
    why: 'A revocation in batches may stop after the first one, or exceed the number of parameters.',
    fix: 'Continue until a batch is empty.',
    async run({ store }) {
      const [userId, clientId] = [anId('user'), anId('client')]
      for (const selector of [{ userId }, { clientId }]) {
        const credentials = Array.from({ length: 1200 }, () => aCredential({ kind: 'access' }))
        for (let n = 0; n < credentials.length; n += 40) {
          await Promise.all(
            credentials.slice(n, n + 40).map((one) => issues(store, aGrant(selector), [one])),
          )
        }
        const [grant, credential] = [aGrant(), aCredential()]
        await issues(store, grant, [credential])
        equal(await store.revoke(selector), 1200, 'The number of revoked grants')
        equal(await grantsOf(store, selector), [], 'listGrants() afterwards')
        for (const n of [0, 99, 100, 499, 500, 999, 1000, 1199])
          await notFound(store, credentials[n]!.hash, `Token ${n + 1} of 1,200`)
        await foundAs(store, credential, grant, 'A credential of another user and client')
      }
    },
  },
  {
    id: 'race',
    level: 'secure',
    title:
      'revoke() wins against redeem() and extend() under way: no token is found once it has resolved',
    why: 'RFC 7009 2: a sign-out during a refresh leaves a live token that no list shows.',
    fix: 'Make the successors depend on the row of the grant: a foreign key with cascade, one document or one script.',
    async run(t) {
      const stores = await t.instances(4)
      for (let round = 0; round < 15; round++) {
        await Promise.all([0, 1, 2, 3].map((n) => raceOnce(stores, round * 4 + n)))
      }
    },
  },
  {
    id: 'barrier',
    level: 'secure',
    needs: ['wire'],
    title: 'revoke() wins even if redeem() has read before it and writes after it',
    why: 'RFC 7009 2: on a busy server this happens many times a day, and each time leaves a live token.',
    fix: 'Make the successors depend on the row of the grant: a foreign key with cascade, one document or one script.',
    run: raceAtBarrier,
  },
])

/**
 * Pages through the grants of a user. After each page it revokes the last grant of the page, which
 * a cursor may name, and adds another one. Fails unless every grant that stays is listed.
 */
async function pagesWhile(store: Store, another: (userId: string) => Promise<void>): Promise<void> {
  const userId = anId('user')
  const grants = Array.from({ length: 12 }, () => aGrant({ userId }))
  for (const grant of grants) await issues(store, grant, [aCredential()])
  const left = new Set(grants.map(({ id }) => id))
  const seen = new Set<string>()
  for (let after: string | null | undefined, pages = 0; after !== null; pages++) {
    holds(pages < 200, 'listGrants() returned 200 pages for 12 grants')
    const page = after === undefined ? { limit: 3 } : { after, limit: 3 }
    const { grants: listed, next } = await store.listGrants({ userId }, page)
    for (const { id } of listed) seen.add(id)
    const gone = listed.at(-1)?.id
    if (gone !== undefined) {
      await store.revoke({ grantId: gone })
      left.delete(gone)
    }
    if (pages < 3) await another(userId)
    after = next
  }
  const missed = [...left].filter((id) => !seen.has(id))
  equal(missed.length, 0, 'The number of grants that stayed and were never listed')
}

/** Starts a rotation and a revocation that both send a request before either gets a reply. */
async function raceAtBarrier(t: StoreTrial): Promise<void> {
  const { wire, stores } = await t.wired(2)
  for (let round = 0; round < 3; round++) {
    const { grant, credential, unharmed } = await t.issuedGrant()
    const made = successors()
    const met = wire.barrier(2, 500).catch(() => {})
    wire.reset()
    const rotating = stores[0]!.redeem(credential, made)
    rotating.catch(() => {})
    // The rotation sends first, so that it reads before the revocation.
    const over = new AbortController()
    const end = () => over.abort()
    rotating.then(end, end)
    while (wire.trips() === 0 && !over.signal.aborted)
      await new Promise((resolve) => setImmediate(resolve))
    await stores[1]!.revoke({ grantId: grant.id })
    const rotation = await rotating
    await met
    holds(rotation.status !== 'replayed', `redeem() returned ${show(rotation)}`)
    for (const { hash } of [credential, ...made])
      await notFound(t.store, hash, 'A token of the revoked grant')
    equal(await grantsOf(t.store, { grantId: grant.id }), [], 'listGrants() of the revoked grant')
    await unharmed()
  }
}

async function raceOnce(stores: Store[], n: number): Promise<void> {
  const [writer, revoker] = [stores[n % 4]!, stores[(n + 1) % 4]!]
  const grant = aGrant()
  const first = aCredential()
  await issues(writer, grant, [first])
  const made = [first]
  const writing = (async () => {
    for (let step = 0; step < 6; step++) {
      const next = successors()
      made.push(...next)
      const old = asFound(
        made.findLast(({ kind }, at) => kind === 'refresh' && at < made.length - 2)!,
        grant,
      )
      if (n % 3 === 0) {
        if ((await writer.extend(grant, next)) === 'revoked') return
      } else if ((await writer.redeem(old, next)).status !== 'redeemed') return
    }
  })()
  writing.catch(() => {})
  // At a different moment in each round: before, during and between the calls of the writer.
  for (let turn = 0; turn < n % 5; turn++) await revoker.find(aHash())
  equal(await revoker.revoke({ grantId: grant.id }), 1, 'revoke() with a rotation under way')
  for (const { hash } of made)
    await notFound(revoker, hash, 'A token of the grant, after revoke() has resolved')
  await writing
  for (const { hash } of made)
    await notFound(revoker, hash, 'A token of the grant, after the rotation has ended')
  equal(await grantsOf(revoker, { grantId: grant.id }), [], 'listGrants() of the revoked grant')
}
