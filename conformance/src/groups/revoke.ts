import type { Selector, Store } from '@oauth2-kit/core'
import { grantsOf, issues, redeems } from '../checked'
import { equal, holds, show } from '../expect'
import { aCredential, aGrant, aHash, anId, asFound, successors } from '../given'
import { group } from '../group'
import { type StoreTrial, foundAs, notFound } from '../trial'

export const revoke = group('revoke', 'contract', [
  {
    id: 'grant',
    title: 'revoking a grant ends everything of it, used or not, and nothing else',
    why: 'RFC 7009 2.1: the tokens of a grant go together.',
    fix: "Delete the grant's row, with a cascade to its credentials.",
    async run(t) {
      const { grant, credential, unharmed } = await t.issuedGrant({ kind: 'code' })
      const [next, token] = successors()
      await redeems(t.store, credential, [next!, token!])
      equal(await t.store.revoke({ grantId: grant.id }), 1, 'The number of grants')
      for (const { hash } of [credential, next!, token!])
        await notFound(t.store, hash, 'A revoked credential')
      for (const old of [credential, asFound(next!, grant)]) {
        equal((await t.store.redeem(old, successors())).status, 'revoked', 'redeem afterwards')
      }
      equal(await t.store.extend(grant, successors()), 'revoked', 'extend afterwards')
      equal(await grantsOf(t.store, { grantId: grant.id }), [], 'listGrants afterwards')
      await unharmed()
    },
  },
  {
    id: 'selector',
    title: 'by user, by client, or by both: exactly those grants are listed, counted and ended',
    why: '"Sign me out everywhere" must mean me, and everywhere.',
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
        equal(listed, names.map((name) => grants[name].id).toSorted(), 'The grants that are listed')
        equal(await store.revoke(selector), names.length, 'The number of grants revoked')
        for (const name of names) {
          await notFound(store, alive.get(name)!.credential.hash, 'A revoked credential')
          alive.delete(name)
        }
        for (const { grant, credential } of alive.values())
          await foundAs(store, credential, grant, 'Another one')
      }
    },
  },
  {
    id: 'list',
    title: 'the pages of listGrants hold each grant, keep to their limit and come to an end',
    why: 'A user with many apps sees all of them; who revokes by a list must have all of it.',
    fix: 'Order by a unique key; "next" is the key of the last one, and null where nothing follows.',
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
      'a grant that is there from the first page to the last is listed, whatever comes and goes',
    why: 'A page that counts from the start skips a grant for each one that was revoked since.',
    fix: 'Go on after the last key, not after a number of rows.',
    async run({ store }) {
      await pagesWhile(store, async () => {})
      await pagesWhile(store, async (userId) => {
        await issues(store, aGrant({ userId }), [aCredential()])
      })
    },
  },
  {
    id: 'idempotent',
    title: 'revoking what is unknown, or revoked already, is fine and counts nothing',
    why: 'RFC 7009 2.2: an unknown token is no error.',
    fix: 'Take zero rows for an answer.',
    async run(t) {
      const { grant } = await t.issuedGrant()
      equal(await t.store.revoke({ grantId: grant.id }), 1, 'revoke')
      const unknown: Selector[] = [
        { grantId: grant.id },
        { grantId: aHash() },
        { userId: anId('user') },
        { clientId: anId('client') },
        { userId: anId('user'), clientId: grant.clientId },
      ]
      for (const selector of unknown)
        equal(await t.store.revoke(selector), 0, 'revoke of what is not there')
      await t.store.revokeAccessToken(aHash())
    },
  },
  {
    id: 'everywhere',
    level: 'secure',
    title: 'what one instance revoked or used up, no other one finds or redeems',
    why: 'A token that was revoked at one server must not open at the next.',
    fix: 'No cache between the store and its database, or one that asks for every token.',
    async run(t) {
      const [one, other] = await t.instances(2)
      const { grant, credential } = await t.issuedGrant()
      const token = aCredential({ kind: 'access' })
      await one!.extend(grant, [token])
      for (let n = 0; n < 3; n++)
        await foundAs(other!, token, grant, 'The token, at the other instance')
      await one!.revokeAccessToken(token.hash)
      await notFound(other!, token.hash, 'The revoked token, at the other instance')
      await foundAs(other!, credential, grant, 'The refresh token, at the other instance')
      equal(await other!.isRedeemed(credential), false, 'isRedeemed at the other instance')
      await redeems(one!, credential, successors())
      equal(await other!.isRedeemed(credential), true, 'isRedeemed there, once it was')
      equal(
        (await other!.redeem(credential, successors())).status,
        'replayed',
        'redeem at the other instance',
      )
      await one!.revoke({ grantId: grant.id })
      await notFound(other!, credential.hash, 'The revoked refresh token, at the other instance')
    },
  },
  {
    id: 'many',
    level: 'secure',
    title:
      'revoking a user, or a client, with 1,200 grants ends all of them, counts them, and no other',
    why: 'What is done in batches stops after the first one, or runs out of parameters.',
    fix: 'Go on until a batch is empty.',
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
        equal(await store.revoke(selector), 1200, 'The number of grants revoked')
        equal(await grantsOf(store, selector), [], 'listGrants afterwards')
        for (const n of [0, 99, 100, 499, 500, 999, 1000, 1199])
          await notFound(store, credentials[n]!.hash, `Token ${n + 1} of 1,200`)
        await foundAs(store, credential, grant, 'A credential of another user and client')
      }
    },
  },
  {
    id: 'race',
    level: 'secure',
    title: 'revocation wins against a rotation or extension under way: what resolves is final',
    why: 'RFC 7009 2: a sign-out at the moment of a refresh leaves a live token that nobody can see.',
    fix: "Let the successors depend on the grant's row: a foreign key with cascade, one document, one script.",
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
    title: 'revocation wins also where a rotation has read before and writes after it',
    why: 'RFC 7009 2: it is the moment that a busy server has many times a day.',
    fix: "Let the successors depend on the grant's row: a foreign key with cascade, one document, one script.",
    run: raceAtBarrier,
  },
])

/**
 * Walks the pages of a user's grants, of which the last one listed goes each time, as a cursor may
 * name it, and others come. Those that stay must all be listed.
 */
async function pagesWhile(store: Store, another: (userId: string) => Promise<void>): Promise<void> {
  const userId = anId('user')
  const grants = Array.from({ length: 12 }, () => aGrant({ userId }))
  for (const grant of grants) await issues(store, grant, [aCredential()])
  const left = new Set(grants.map(({ id }) => id))
  const seen = new Set<string>()
  for (let after: string | null | undefined, pages = 0; after !== null; pages++) {
    holds(pages < 200, 'listGrants has given 200 pages, for 12 grants')
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
  equal(missed.length, 0, 'How many grants of those that stayed were never listed')
}

/** A rotation and a revocation that have both asked before either gets a reply. */
async function raceAtBarrier(t: StoreTrial): Promise<void> {
  const { wire, stores } = await t.wired(2)
  for (let round = 0; round < 3; round++) {
    const { grant, credential, unharmed } = await t.issuedGrant()
    const made = successors()
    const met = wire.barrier(2, 500).catch(() => {})
    wire.reset()
    const rotating = stores[0]!.redeem(credential, made)
    rotating.catch(() => {})
    // It asks first: what it reads, it reads before the revocation.
    while (wire.trips() === 0) await new Promise((resolve) => setImmediate(resolve))
    await stores[1]!.revoke({ grantId: grant.id })
    const rotation = await rotating
    await met
    holds(rotation.status !== 'replayed', `The rotation is ${show(rotation)}`)
    for (const { hash } of [credential, ...made])
      await notFound(t.store, hash, 'A token of the revoked grant')
    equal(await grantsOf(t.store, { grantId: grant.id }), [], 'The grant')
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
  // At another moment in each round: before, within and between the operations of the other side.
  for (let turn = 0; turn < n % 5; turn++) await revoker.find(aHash())
  equal(await revoker.revoke({ grantId: grant.id }), 1, 'revoke, with a rotation under way')
  for (const { hash } of made)
    await notFound(revoker, hash, 'A token of the grant, once revoke has resolved')
  await writing
  for (const { hash } of made)
    await notFound(revoker, hash, 'A token of the grant, once the rotation has ended')
  equal(await grantsOf(revoker, { grantId: grant.id }), [], 'The grant')
}
