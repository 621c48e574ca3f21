import { issues } from '../checked'
import { equal, holds, rejection, show } from '../expect'
import { aCredential, aGrant, aHash, nearHashes, successors } from '../given'
import { group } from '../group'
import { foundAs, notFound } from '../trial'

export const access = group('access', 'contract', [
  {
    id: 'find',
    title: 'what was issued is found by its hash, exactly as it was written',
    why: 'The core believes what it reads: whose token it is, until when, for what.',
    fix: 'Write and read every member of a credential in one place.',
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
      await foundAs(t.store, credential, grant, 'A token of a client for itself')
    },
  },
  {
    id: 'miss',
    title: 'a hash that nobody has is null, however close it is to one that exists',
    why: 'A token that was made up must not open anything.',
    fix: 'Look up by equality of the whole key, and take an empty reply of the driver for a miss.',
    async run(t) {
      const { credential } = await t.issuedGrant({ kind: 'access' })
      for (const hash of [aHash(), ...nearHashes(aHash()), credential.hash.slice(0, 32)]) {
        const found = await t.store.find(hash)
        holds(found === null, `find of an unknown hash gave ${show(found)}`)
      }
    },
  },
  {
    id: 'several',
    title: 'all credentials of one grant are found, and say whose they are',
    why: "The refresh token is as much the grant's as the access token that came with it.",
    fix: 'Write them in one statement, all with the grant.',
    async run(t) {
      const grant = aGrant()
      const several = [...successors(), aCredential({ kind: 'code' })]
      await issues(t.store, grant, several)
      for (const one of several) await foundAs(t.store, one, grant, `The ${one.kind}`)
    },
  },
  {
    id: 'extend',
    title: 'extend adds credentials to a grant, and uses up nothing',
    why: 'It is how a grant gets another token without a code or refresh token.',
    fix: "Insert with the grant's id; the rows that are there stay as they are.",
    async run(t) {
      const { grant, credential, unharmed } = await t.issuedGrant()
      const added = successors()
      equal(await t.store.extend(grant, added), 'extended', 'extend')
      for (const one of added) await foundAs(t.store, one, grant, `The ${one.kind} that was added`)
      await foundAs(t.store, credential, grant, 'What was there before')
      equal(
        (await t.store.redeem(credential, successors())).status,
        'redeemed',
        'redeem afterwards',
      )
      await unharmed()
    },
  },
  {
    id: 'extend-unknown',
    level: 'secure',
    title: 'extend of a grant that never was, or is revoked, adds nothing',
    why: "A token without its grant can't be revoked any more.",
    fix: "Let a foreign key on the grant's row refuse it.",
    async run(t) {
      const { grant } = await t.issuedGrant()
      await t.store.revoke({ grantId: grant.id })
      for (const gone of [grant, aGrant()]) {
        const added = successors()
        equal(await t.store.extend(gone, added), 'revoked', 'extend')
        for (const { hash } of added) await notFound(t.store, hash, 'What was not added')
      }
    },
  },
  {
    id: 'duplicate',
    level: 'secure',
    title: 'a hash or grant id that exists is an error, and the first stays as it is',
    why: "Overwriting makes one token somebody else's; RFC 6749 10.10 leaves uniqueness to the server.",
    fix: 'INSERT against a primary key, SET NX: never an upsert.',
    async run(t) {
      const { store } = t
      const { grant, credential } = await t.issuedGrant({ kind: 'access' })
      const fresh = aCredential()
      const clash = aCredential({ hash: credential.hash, data: '{"scope":"other"}' })
      await rejection(store.issue(aGrant(), [fresh, clash], {}), 'issue with a hash that exists')
      await foundAs(store, credential, grant, 'The first one')
      await notFound(store, fresh.hash, 'What was to be issued with the clash')
      const again = aCredential()
      await rejection(
        store.issue(aGrant({ id: grant.id }), [again], {}),
        'issue with a grant id that exists',
      )
      await notFound(store, again.hash, 'What was to be issued under a known grant id')
      await foundAs(store, credential, grant, 'The first grant')
    },
  },
  {
    id: 'revoke',
    title: 'revokeAccessToken ends one access token and leaves its grant alone',
    why: 'RFC 7009 2.1: a client may give one access token back and keep the rest.',
    fix: 'Delete one row, by hash and kind.',
    async run(t) {
      const { grant, credential, unharmed } = await t.issuedGrant()
      const [refresh, token] = successors()
      await t.store.extend(grant, [refresh!, token!])
      await t.store.revokeAccessToken(token!.hash)
      await notFound(t.store, token!.hash, 'The token')
      await foundAs(t.store, refresh!, grant, 'The refresh token beside it')
      await foundAs(t.store, credential, grant, 'The first refresh token')
      await unharmed()
      for (const kept of [refresh!, credential]) await t.store.revokeAccessToken(kept.hash)
      await foundAs(t.store, refresh!, grant, 'A refresh token that was named by mistake')
    },
  },
  {
    id: 'revoke-mark',
    level: 'secure',
    title: 'revoking the access token that was all a code got makes the code no good again',
    why: 'A client without refresh tokens signs out, and whoever has its old code signs in.',
    fix: 'Keep the mark of use apart from the token, or as long as the code.',
    async run(t) {
      const { credential } = await t.issuedGrant({ kind: 'code' })
      const token = aCredential({ kind: 'access' })
      equal(await t.store.redeem(credential, [token]), { status: 'redeemed' }, 'redeem')
      await t.store.revokeAccessToken(token.hash)
      await notFound(t.store, token.hash, 'The token')
      const made = successors()
      const { status } = await t.store.redeem(credential, made)
      holds(status !== 'redeemed', 'The code was redeemed a second time')
      for (const { hash } of made) await notFound(t.store, hash, 'What the second use was to get')
    },
  },
])
