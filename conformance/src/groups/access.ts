import type { Grant, NewCredential, Store } from '@oauth2-kit/core'
import { grantsOf, issues, redeems } from '../checked'
import { equal, holds, rejection, show } from '../expect'
import {
  aCredential,
  aGrant,
  aHash,
  anId,
  asFound,
  nearHashes,
  successors,
  withAnswer,
} from '../given'
import { group } from '../group'
import { isReplay } from '../traits/consume'
import { foundAs, notFound } from '../trial'

export const access = group('access', 'contract', [
  {
    id: 'find',
    title: 'find() returns every issued credential exactly as it was written',
    why: 'The core trusts what find() returns: the owner of a token, its expiry and its scope.',
    fix: 'Convert between rows and credentials in one place, with every member.',
    async run(t) {
      for (const kind of ['access', 'refresh', 'code', 'used', 'answer'] as const) {
        const { grant, credential, unharmed } = await t.issuedGrant({
          kind,
          data: `{"kind":"${kind}"}`,
        })
        await foundAs(t.store, credential, grant, `A credential of kind ${kind}`)
        await unharmed()
      }
      const { grant, credential } = await t.issuedGrant({ kind: 'access' }, { userId: null })
      await foundAs(t.store, credential, grant, 'An access token without a user')
    },
  },
  {
    id: 'miss',
    title: 'find() returns null for an unknown hash, even if a similar hash exists',
    why: 'A forged token would be accepted.',
    fix: 'Compare the whole key for equality, and return null if the reply of the driver is empty.',
    async run(t) {
      const { credential } = await t.issuedGrant({ kind: 'access' })
      const { hash: known } = credential
      for (const hash of [
        aHash(),
        ...nearHashes(aHash()),
        known.slice(0, 32),
        known.slice(0, 63),
        known.toUpperCase(),
        `${known} `,
        ` ${known}`,
        `${known}0`,
        `${known.slice(0, 31)}${known[31] === '0' ? '1' : '0'}${known.slice(32)}`,
      ]) {
        const found = await t.store.find(hash)
        holds(found === null, `find() of an unknown hash returned ${show(found)}`)
      }
    },
  },
  {
    id: 'several',
    title: 'find() returns every credential of a grant, each with the grant that it belongs to',
    why: 'A refresh token that is missing, or has the wrong grant, is lost or escapes revocation.',
    fix: 'Write all credentials in one statement, each with the id of the grant.',
    async run(t) {
      const grant = aGrant()
      const several = [...successors(), aCredential({ kind: 'code' }), ...sixtyTokens()]
      const [added, made] = [sixtyTokens(), [...successors(), ...sixtyTokens()]]
      await issues(t.store, grant, several)
      await t.store.extend(grant, added)
      await redeems(t.store, asFound(several[0]!, grant), made)
      for (const one of [...several, ...added, ...made])
        await foundAs(t.store, one, grant, `The credential of kind ${one.kind}`)
    },
  },
  {
    id: 'again',
    title: 'find() returns a credential that is issued after an earlier look-up found none',
    why: 'A resource server that asks a moment too early would refuse the token until a restart.',
    fix: 'Do not cache misses.',
    async run(t) {
      const stores = await t.instances(2)
      const grant = aGrant()
      const [first, added] = [aCredential(), aCredential({ kind: 'access' })]
      const made = successors()
      for (const store of stores)
        for (const { hash } of [first, added, ...made])
          await notFound(store, hash, 'A credential before it is issued')
      for (const store of stores) {
        equal(await grantsOf(store, { userId: grant.userId! }), [], 'listGrants() before issue()')
        await store.revokeAccessToken(added.hash)
      }
      await issues(stores[0]!, grant, [first])
      await stores[0]!.extend(grant, [added])
      await redeems(stores[0]!, asFound(first, grant), made)
      for (const store of stores)
        for (const one of [first, added, ...made])
          await foundAs(store, one, grant, `A credential of kind ${one.kind}`)
      for (const store of stores)
        equal(
          await grantsOf(store, { userId: grant.userId! }),
          [grant],
          'listGrants() after issue()',
        )
      await stores[0]!.revokeAccessToken(added.hash)
      for (const store of stores)
        await notFound(store, added.hash, 'A token that was revoked before and after extend()')
    },
  },
  {
    id: 'parallel',
    title:
      'grants of one user, and credentials of one grant, that are added at the same time are all kept',
    why: 'A user who signs in on two devices at once would lose one of them from the list and from revocation.',
    fix: 'Add one row or one index entry for each; do not read a list, change it and write it back.',
    async run(t) {
      const stores = await t.instances(4)
      const [userId, clientId] = [anId('user'), anId('client')]
      const issued = Array.from({ length: 40 }, () => ({
        grant: aGrant({ userId, clientId }),
        credential: aCredential(),
      }))
      await Promise.all(
        issued.map(({ grant, credential }, n) => issues(stores[n % 4]!, grant, [credential])),
      )
      for (const { grant, credential } of issued)
        await foundAs(t.store, credential, grant, 'A credential issued together with others')
      const wanted = issued.map(({ grant }) => grant).toSorted((a, b) => (a.id < b.id ? -1 : 1))
      for (const selector of [{ userId }, { clientId }, { userId, clientId }])
        equal(await grantsOf(t.store, selector), wanted, 'listGrants() of the forty grants')
      const mixed = issued.flatMap(({ grant, credential }) => [
        { hash: credential.hash, wanted: asFound(credential, grant) },
        { hash: aHash(), wanted: null },
      ])
      const answers = await Promise.all(
        mixed.map(({ hash }, n) => stores[n % 4 === 0 ? 0 : 1]!.find(hash)),
      )
      for (const [n, { wanted }] of mixed.entries())
        equal(answers[n], wanted, 'The result of one of 80 calls of find() at the same time')
      const { grant, credential } = issued[0]!
      const added = Array.from({ length: 24 }, () => aCredential({ kind: 'access' }))
      const outcomes = await Promise.all(added.map((one, n) => stores[n % 4]!.extend(grant, [one])))
      for (const outcome of outcomes) equal(outcome, 'extended', 'extend() together with others')
      for (const one of [credential, ...added])
        await foundAs(t.store, one, grant, 'A credential of a grant that was extended in parallel')
      equal(
        await t.store.revoke({ userId, clientId }),
        40,
        'The number of grants that revoke() counts',
      )
      for (const one of [...added, ...issued.map((each) => each.credential)])
        await notFound(t.store, one.hash, 'A credential of a revoked grant')
    },
  },
  {
    id: 'scope',
    title: 'look-ups of a promise model return the scope of a code or token as it was saved',
    why: 'A token without its scope is refused, and one with the text "undefined" or a wider scope is not.',
    fix: 'Save the scope in the form that the server passes: a list in version 5, a text in versions 3 and 4.',
  },
  {
    id: 'verify-scope',
    level: 'secure',
    title: 'verifyScope() of a promise model accepts a token only if it has every needed scope',
    why: 'RFC 6750 3.1 (insufficient_scope): a token for one purpose would work for another.',
    fix: 'Check that every needed scope is in the list of the token; compare no parts of a text.',
  },
  {
    id: 'kind',
    level: 'secure',
    title: 'a model finds codes, access tokens and refresh tokens by their own function only',
    why: 'RFC 6749 1.5: a refresh token or code that works as an access token outlives its purpose.',
    fix: 'Use one table for each, or put the kind into every query.',
  },
  {
    id: 'current',
    title: 'a model returns what is stored now, however often a token was looked up before',
    why: 'With a stale cache, a new token is refused and a revoked one still works.',
    fix: 'Cache neither hits nor misses, and change nothing in a look-up.',
  },
  {
    id: 'extend',
    title: 'extend() adds credentials to a grant and leaves its other credentials unchanged',
    why: 'The core adds a token to a grant this way; a credential that it consumes is lost to the client.',
    fix: 'Insert rows with the id of the grant, and do not change existing rows.',
    async run(t) {
      const { grant, credential, unharmed } = await t.issuedGrant()
      const added = successors()
      equal(await t.store.extend(grant, added), 'extended', 'extend()')
      for (const one of added) await foundAs(t.store, one, grant, `The added ${one.kind}`)
      await foundAs(t.store, credential, grant, 'The existing credential')
      equal(
        (await t.store.redeem(credential, successors())).status,
        'redeemed',
        'The status of redeem() after extend()',
      )
      await unharmed()
    },
  },
  {
    id: 'extend-unknown',
    level: 'secure',
    title: 'extend() of an unknown or revoked grant returns "revoked" and adds nothing',
    why: 'A token without a grant can never be revoked.',
    fix: 'Use a foreign key to the row of the grant, which refuses the insert.',
    async run(t) {
      const { grant } = await t.issuedGrant()
      await t.store.revoke({ grantId: grant.id })
      const alone = (['access', 'refresh', 'code', 'answer'] as const).map((kind) => [
        aCredential({ kind }),
      ])
      for (const gone of [grant, aGrant()]) {
        for (const added of [successors(), withAnswer(), ...alone]) {
          const kinds = added.map(({ kind }) => kind).join(' and ')
          equal(await t.store.extend(gone, added), 'revoked', `extend() by ${kinds}`)
          for (const { hash } of added)
            await notFound(t.store, hash, 'A credential that extend() refused')
        }
      }
    },
  },
  {
    id: 'duplicate',
    level: 'secure',
    title:
      'issue() with an existing hash or grant id rejects and changes nothing, so that it can be repeated',
    why: 'An overwritten token belongs to another user or client; RFC 6749 10.10 leaves uniqueness to the server.',
    fix: 'Use INSERT against a primary key, or SET NX, and never an upsert; write the grant and its credentials in one transaction.',
    async run(t) {
      const { store } = t
      const { grant, credential, unharmed } = await t.issuedGrant({ kind: 'access' })
      for (const at of [0, 1, 2]) {
        const next = aGrant()
        const fresh = [aCredential(), aCredential({ kind: 'access' })]
        const clash = aCredential({ hash: credential.hash, data: '{"scope":"other"}' })
        const made = fresh.toSpliced(at, 0, clash)
        await rejection(store.issue(next, made, {}), 'issue() with an existing hash')
        await foundAs(store, credential, grant, 'The existing credential')
        for (const { hash } of fresh)
          await notFound(store, hash, 'The new credential beside the existing hash')
        await nothingOf(store, next, fresh, 'that issue() rejected')
        await issues(store, next, fresh)
        for (const one of fresh)
          await foundAs(store, one, next, 'A credential of the repeated issue()')
      }
      const again = aCredential()
      const other = aGrant({ id: grant.id })
      await rejection(store.issue(other, [again], {}), 'issue() with an existing grant id')
      await notFound(store, again.hash, 'The new credential of an existing grant id')
      await foundAs(store, credential, grant, 'The credential of the existing grant')
      equal(
        await grantsOf(store, { grantId: grant.id }),
        [grant],
        'listGrants() of the existing grant',
      )
      for (const selector of [{ userId: other.userId! }, { clientId: other.clientId }])
        equal(
          await grantsOf(store, selector),
          [],
          'listGrants() by the owner of the rejected grant',
        )
      await issues(store, aGrant(), [again])
      await unharmed()
    },
  },
  {
    id: 'extend-duplicate',
    level: 'secure',
    title: 'extend() with an existing hash rejects, adds nothing and changes nothing',
    why: 'An overwritten token belongs to another user or client, and a part of the others would be kept.',
    fix: 'Use INSERT against the primary key of the hash, for all credentials in one statement.',
    async run(t) {
      const { store } = t
      const { grant, credential } = await t.issuedGrant()
      const other = await t.issuedGrant({ kind: 'access' })
      for (const { hash } of [other.credential, credential]) {
        for (const [at, kind] of [
          [0, 'access'],
          [1, 'access'],
          [0, 'answer'],
          [1, 'answer'],
        ] as const) {
          const fresh = aCredential({ kind })
          const clash = aCredential({ kind: 'access', hash, data: '{"scope":"other"}' })
          await rejection(
            store.extend(grant, [fresh].toSpliced(at, 0, clash)),
            'extend() with an existing hash',
          )
          await notFound(store, fresh.hash, 'The new credential beside the existing hash')
          await foundAs(store, credential, grant, 'The credential of the grant')
          await foundAs(store, other.credential, other.grant, 'The credential of another grant')
          equal(
            await store.extend(grant, [fresh]),
            'extended',
            'extend() without the existing hash',
          )
          await foundAs(store, fresh, grant, 'The new credential')
        }
      }
      await redeems(store, credential, successors())
      await other.unharmed()
    },
  },
  {
    id: 'revoke',
    title:
      'revokeAccessToken() removes one access token and leaves the rest of its grant unchanged',
    why: 'RFC 7009 2.1: a client that revokes one access token would lose the rest of its grant.',
    fix: 'Delete one row, by its hash and kind.',
    async run(t) {
      const { grant, credential, unharmed } = await t.issuedGrant()
      const [refresh, token] = successors()
      await t.store.extend(grant, [refresh!, token!])
      await t.store.revokeAccessToken(token!.hash)
      await notFound(t.store, token!.hash, 'The revoked access token')
      await foundAs(t.store, refresh!, grant, 'The refresh token of the same grant')
      await foundAs(t.store, credential, grant, 'The first refresh token')
      await unharmed()
    },
  },
  {
    id: 'revoke-one',
    title: 'revokeAccessToken() of one of several access tokens of a grant leaves the others',
    why: 'RFC 7009 2.1: a client with a token for each of two resources would lose both.',
    fix: 'Delete by the hash of the token, not by grant and kind.',
    async run(t) {
      const { store } = t
      const [grant, tokens] = [aGrant(), [0, 1, 2].map(() => aCredential({ kind: 'access' }))]
      const refresh = aCredential()
      await issues(store, grant, [...tokens, refresh])
      const [added, made] = [[0, 1].map(() => aCredential({ kind: 'access' })), successors()]
      equal(await store.extend(grant, added), 'extended', 'extend()')
      await redeems(store, asFound(refresh, grant), [...made, aCredential({ kind: 'access' })])
      const left = new Set([...tokens, ...added, made[1]!])
      for (const one of left)
        await foundAs(store, one, grant, 'An access token beside others of its grant')
      for (const one of [tokens[1]!, added[0]!, made[1]!, tokens[0]!]) {
        for (const near of [...nearHashes(one.hash), one.hash.toUpperCase(), `${one.hash} `])
          await store.revokeAccessToken(near)
        await foundAs(store, one, grant, 'An access token, after revocation of a similar hash')
        await store.revokeAccessToken(one.hash)
        left.delete(one)
        await notFound(store, one.hash, 'The revoked access token')
        for (const other of [...left, refresh, made[0]!])
          await foundAs(store, other, grant, `Another ${other.kind} of the grant`)
      }
      equal(
        await store.isRedeemed(asFound(refresh, grant)),
        true,
        'isRedeemed() of the refresh token',
      )
      await redeems(store, asFound(made[0]!, grant), successors())
      equal(await grantsOf(store, { grantId: grant.id }), [grant], 'listGrants() of the grant')
    },
  },
  {
    id: 'revoke-kind',
    level: 'secure',
    title: 'revokeAccessToken() changes no code, refresh token, mark or sealed answer',
    why: 'A client that sends a refresh token with the wrong hint would sign its user out halfway.',
    fix: 'Add the kind to the condition of the statement that deletes.',
    async run(t) {
      for (const kind of ['code', 'refresh', 'used', 'answer'] as const) {
        const { grant, credential, unharmed } = await t.issuedGrant({ kind })
        await t.store.revokeAccessToken(credential.hash)
        await foundAs(t.store, credential, grant, `A credential of kind ${kind}`)
        if (kind === 'code' || kind === 'refresh') {
          await redeems(t.store, credential, successors())
          await t.store.revokeAccessToken(credential.hash)
          await foundAs(t.store, credential, grant, `A redeemed credential of kind ${kind}`)
          isReplay(await t.store.redeem(credential, successors()))
        }
        await unharmed()
      }
    },
  },
  {
    id: 'revoke-mark',
    level: 'secure',
    title: 'a code stays redeemed after revokeAccessToken() removes its only access token',
    why: 'After a client without refresh tokens signs out, an attacker with its old code could sign in.',
    fix: 'Keep the redemption mark separate from the token, or for as long as the code.',
    async run(t) {
      const { credential } = await t.issuedGrant({ kind: 'code' })
      const token = aCredential({ kind: 'access' })
      equal(await t.store.redeem(credential, [token]), { status: 'redeemed' }, 'redeem()')
      await t.store.revokeAccessToken(token.hash)
      await notFound(t.store, token.hash, 'The revoked access token')
      const made = successors()
      const { status } = await t.store.redeem(credential, made)
      holds(status !== 'redeemed', 'The code was redeemed a second time')
      for (const { hash } of made)
        await notFound(t.store, hash, 'A successor of the second redemption')
      await redeems(t.store, credential, [token])
      await notFound(t.store, token.hash, 'The revoked access token, after a retry')
    },
  },
])

/** Fails if the store knows anything of a grant that it has not issued. */
async function nothingOf(
  store: Store,
  grant: Grant,
  made: readonly NewCredential[],
  which: string,
): Promise<void> {
  for (const selector of [
    { grantId: grant.id },
    { userId: grant.userId! },
    { clientId: grant.clientId },
  ]) {
    equal(await grantsOf(store, selector), [], `listGrants() of a grant ${which}`)
  }
  equal(await store.extend(grant, successors()), 'revoked', `extend() of a grant ${which}`)
  const { status } = await store.redeem(asFound(made[0]!, grant), successors())
  holds(status !== 'redeemed', `redeem() of a credential of a grant ${which}: "redeemed"`)
  equal(
    await store.revoke({ userId: grant.userId! }),
    0,
    `The number of grants that revoke() counts, for one ${which}`,
  )
}

function sixtyTokens(): NewCredential[] {
  return Array.from({ length: 60 }, () => aCredential({ kind: 'access' }))
}
