import type { Grant, Selector, Store } from '@oauth2-kit/core'
import { grantsOf, issues, redeems } from '../checked'
import { awaitedLater, equal, holds, show } from '../expect'
import { aCredential, aGrant, aHash, anId, asFound, nearTexts, successors } from '../given'
import { group } from '../group'
import { inTurns } from '../in-turns'
import { type StoreTrial, foundAs, notFound } from '../trial'

const manyGrants = 1200

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
        // Created long ago, and ahead of the clock of this machine.
        both: aGrant({ userId: user, clientId: client, createdAt: 1 }),
        again: aGrant({ userId: user, clientId: client }),
        user: aGrant({ userId: user, createdAt: Date.now() + 600_000 }),
        client: aGrant({ clientId: client, createdAt: Date.now() + 600_000 }),
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
    id: 'near',
    level: 'secure',
    title:
      'revoke(), deleteClient() and deleteUser() leave the grants of every similar user or client',
    why: 'Whoever registers as "client-1" could sign out the users of "client-10".',
    fix: 'Compare the whole id for equality, in every statement that revokes.',
    async run({ store }) {
      const removals: Record<string, (userId: string, clientId: string) => Promise<unknown>> = {
        'revoke() by user': (userId) => store.revoke({ userId }),
        'revoke() by client': (_, clientId) => store.revoke({ clientId }),
        'revoke() by user and client': (userId, clientId) => store.revoke({ userId, clientId }),
        'deleteClient()': (_, clientId) => store.deleteClient(clientId),
        ...(store.supports.users && {
          'deleteUser()': async (userId: string) => store.deleteUser?.(userId, 0),
        }),
      }
      for (const [what, remove] of Object.entries(removals)) {
        const [userId, clientId] = [anId('user'), anId('client')]
        const grants = [
          ...similarTo(userId).map((near) => aGrant({ userId: near, clientId: `${near}c` })),
          ...similarTo(clientId).map((near) => aGrant({ clientId: near, userId: `${near}u` })),
          // The ids of the two in each other's place, and a client of its own.
          aGrant({ userId: clientId, clientId: userId }),
          aGrant({ userId: null, clientId: userId }),
        ]
        const target = { grant: aGrant({ userId, clientId }), credential: aCredential() }
        await issues(store, target.grant, [target.credential])
        const kept = grants.map((grant) => ({ grant, credential: aCredential() }))
        for (const { grant, credential } of kept) await issues(store, grant, [credential])
        // A look-up before the removal may be kept in a cache.
        for (let n = 0; n < 2; n++)
          await foundAs(store, target.credential, target.grant, `A token before ${what}`)
        await remove(userId, clientId)
        await notFound(store, target.credential.hash, `A token after ${what}`)
        for (const { grant, credential } of kept) {
          await foundAs(
            store,
            credential,
            grant,
            `A token of a similar user or client, after ${what}`,
          )
          equal(await grantsOf(store, { grantId: grant.id }), [grant], `listGrants() after ${what}`)
        }
      }
    },
  },
  {
    id: 'list-everywhere',
    title: 'another instance continues with the next page of listGrants()',
    why: 'The next page is often read on another server, which would start again, skip grants or fail.',
    fix: 'Put all that the next page needs into "next"; keep no cursor in the process.',
    async run(t) {
      const stores = await t.instances(3)
      const userId = anId('user')
      const grants = Array.from({ length: 9 }, () => aGrant({ userId }))
      for (const grant of grants) await issues(stores[0]!, grant, [aCredential()])
      const seen = new Set<string>()
      for (let after: string | null | undefined, page = 0; after !== null; page++) {
        holds(page < 100, 'listGrants() returned 100 pages for 9 grants')
        const from = after === undefined ? { limit: 2 } : { after, limit: 2 }
        const { grants: listed, next } = await stores[page % 3]!.listGrants({ userId }, from)
        for (const { id } of listed) seen.add(id)
        after = next
      }
      equal([...seen].toSorted(), grants.map(({ id }) => id).toSorted(), 'The ids in all pages')
    },
  },
  {
    id: 'list-pair',
    title:
      'listGrants() and revoke() by user and client find a few grants among many of that user or client',
    why: 'A page that is filtered after it was read ends too early, and hides grants that still work.',
    fix: 'Put both ids into the WHERE clause, or read on until the page is full or the list ends.',
    async run({ store }) {
      const [userId, clientId] = [anId('user'), anId('client')]
      const pair = Array.from({ length: 5 }, () => aGrant({ userId, clientId }))
      const others = Array.from({ length: 320 }, (_, n) =>
        aGrant(n < 260 ? { userId } : { clientId }),
      )
      await inTurns(others, (grant) => issues(store, grant, [aCredential()]))
      for (const grant of pair) await issues(store, grant, [aCredential()])
      const wanted = pair.map(({ id }) => id).toSorted()
      for (const limit of [2, 10, 100]) {
        const listed = await grantsOf(store, { userId, clientId }, limit)
        equal(
          listed.map(({ id }) => id),
          wanted,
          `The ids in pages of ${limit}`,
        )
      }
      equal(
        await store.revoke({ userId, clientId }),
        5,
        'The number of grants that revoke() by user and client revokes',
      )
      equal(
        (await grantsOf(store, { userId })).length,
        260,
        'The number of other grants of the user',
      )
      equal(
        (await grantsOf(store, { clientId })).length,
        60,
        'The number of other grants of the client',
      )
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
      equal(
        await t.store.revoke({ grantId: grant.id }),
        1,
        'The number of grants that revoke() counts',
      )
      const unknown: Selector[] = [
        { grantId: grant.id },
        { grantId: aHash() },
        { userId: anId('user') },
        { clientId: anId('client') },
        { userId: anId('user'), clientId: grant.clientId },
      ]
      for (const selector of unknown)
        equal(
          await t.store.revoke(selector),
          0,
          'The number of grants that revoke() counts for an unknown one',
        )
      await t.store.revokeAccessToken(aHash())
    },
  },
  {
    id: 'stays',
    level: 'contract',
    title: 'a revoked refresh token stays revoked, also minutes later',
    why: 'What is written later, such as the time of the last use, brings the token back.',
    fix: 'Update only what exists, and write no row back.',
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
      // A look-up that is under way must not answer those that come later.
      const early = other!.find(token.hash)
      await one!.revokeAccessToken(token.hash)
      await notFound(other!, token.hash, 'The revoked token in the other instance')
      await early
      await foundAs(other!, credential, grant, 'The refresh token in the other instance')
      equal(await other!.isRedeemed(credential), false, 'isRedeemed() in the other instance')
      const asking = other!.isRedeemed(credential)
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
      await asking
      const finding = other!.find(credential.hash)
      await one!.revoke({ grantId: grant.id })
      await notFound(other!, credential.hash, 'The revoked refresh token in the other instance')
      await finding
    },
  },
  {
    id: 'many',
    level: 'secure',
    title:
      'revoke(), deleteClient() and deleteUser() revoke all of 1,200 grants, listGrants() lists them, and no other one changes',
    why: 'A revocation in batches may stop after the first one, or exceed the number of parameters.',
    fix: 'Continue until a batch is empty.',
    async run({ store }) {
      const [userId, clientId] = [anId('user'), anId('client')]
      const removals: [Selector, () => Promise<unknown>][] = [
        [{ userId }, () => store.revoke({ userId })],
        [{ clientId }, () => store.revoke({ clientId })],
        [{ userId, clientId }, () => store.revoke({ userId, clientId })],
        [{ clientId }, () => store.deleteClient(clientId)],
        // Last, because its mark may refuse later grants.
        ...(store.deleteUser
          ? ([[{ userId }, () => store.deleteUser!(userId, 0)]] as [Selector, never][])
          : []),
      ]
      const [large, tokens] = [aGrant(), Array.from({ length: manyGrants }, () => aHash())]
      await issues(store, large, [aCredential()])
      for (let n = 0; n < tokens.length; n += 60) {
        const some = tokens.slice(n, n + 60).map((hash) => aCredential({ kind: 'access', hash }))
        equal(await store.extend(large, some), 'extended', 'extend()')
      }
      equal(
        await store.revoke({ grantId: large.id }),
        1,
        'The number of grants that revoke() counts for one with 1,200 tokens',
      )
      await inTurns(tokens, (hash) => notFound(store, hash, 'A token of a large grant'))
      for (const [n, [selector, remove]] of removals.entries()) {
        const issued = Array.from({ length: manyGrants }, () => ({
          grant: aGrant(selector as Partial<Grant>),
          credential: aCredential({ kind: 'access' }),
        }))
        await inTurns(issued, ({ grant, credential }) => issues(store, grant, [credential]))
        const [grant, credential] = [aGrant(), aCredential()]
        await issues(store, grant, [credential])
        if (n < 3) {
          const listed = await grantsOf(store, selector, 500)
          equal(listed.length, manyGrants, 'The number of grants in pages of 500')
        }
        const count = await remove()
        if (n < 3) equal(count, manyGrants, 'The number of revoked grants')
        equal(await grantsOf(store, selector), [], 'listGrants() afterwards')
        for (const at of [0, 1, 49, 99, 100, 499, 500, 999, 1000, manyGrants - 1])
          await notFound(
            store,
            issued[at]!.credential.hash,
            `Token ${at + 1} of ${manyGrants}, after the revocation`,
          )
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
    const rotating = awaitedLater(stores[0]!.redeem(credential, made))
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
  const write = async () => {
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
  }
  const writing = awaitedLater(write())
  // At a different moment in each round: before, during and between the calls of the writer.
  for (let turn = 0; turn < n % 5; turn++) await revoker.find(aHash())
  const { id: grantId, clientId, userId } = grant
  const removals = [
    () => revoker.revoke({ grantId }),
    () => revoker.revoke({ userId: userId! }),
    () => revoker.revoke({ clientId }),
    () => revoker.deleteClient(clientId),
    () => revoker.deleteUser?.(userId!, 0) ?? revoker.revoke({ userId: userId! }),
  ]
  // Each of them at each moment, in turn.
  const way = Math.floor(n / 5) % removals.length
  const count = await removals[way]!()
  if (way < 3)
    equal(count, 1, 'The number of grants that revoke() revokes with a rotation under way')
  for (const { hash } of made)
    await notFound(revoker, hash, 'A token of the grant, after revoke() has resolved')
  await writing
  for (const { hash } of made)
    await notFound(revoker, hash, 'A token of the grant, after the rotation has ended')
  equal(await grantsOf(revoker, { grantId: grant.id }), [], 'listGrants() of the revoked grant')
}

function similarTo(id: string): string[] {
  return [...nearTexts(id), `${id}0`, `${id}:`, `0${id}`]
}
