import { issues } from '../checked'
import { equal, holds, rejection, show } from '../expect'
import { aCredential, aGrant, aHash, nearHashes, successors } from '../given'
import { group } from '../group'
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
      for (const hash of [aHash(), ...nearHashes(aHash()), credential.hash.slice(0, 32)]) {
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
      const several = [...successors(), aCredential({ kind: 'code' })]
      await issues(t.store, grant, several)
      for (const one of several)
        await foundAs(t.store, one, grant, `The credential of kind ${one.kind}`)
    },
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
      for (const gone of [grant, aGrant()]) {
        const added = successors()
        equal(await t.store.extend(gone, added), 'revoked', 'extend()')
        for (const { hash } of added)
          await notFound(t.store, hash, 'A credential that extend() refused')
      }
    },
  },
  {
    id: 'duplicate',
    level: 'secure',
    title: 'issue() with an existing hash or grant id rejects and changes nothing',
    why: 'An overwritten token belongs to another user or client; RFC 6749 10.10 leaves uniqueness to the server.',
    fix: 'Use INSERT against a primary key, or SET NX, and never an upsert.',
    async run(t) {
      const { store } = t
      const { grant, credential } = await t.issuedGrant({ kind: 'access' })
      const fresh = aCredential()
      const clash = aCredential({ hash: credential.hash, data: '{"scope":"other"}' })
      await rejection(store.issue(aGrant(), [fresh, clash], {}), 'issue() with an existing hash')
      await foundAs(store, credential, grant, 'The existing credential')
      await notFound(store, fresh.hash, 'The new credential beside the existing hash')
      const again = aCredential()
      await rejection(
        store.issue(aGrant({ id: grant.id }), [again], {}),
        'issue() with an existing grant id',
      )
      await notFound(store, again.hash, 'The new credential of an existing grant id')
      await foundAs(store, credential, grant, 'The credential of the existing grant')
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
      for (const kept of [refresh!, credential]) await t.store.revokeAccessToken(kept.hash)
      await foundAs(
        t.store,
        refresh!,
        grant,
        'A refresh token whose hash was passed to revokeAccessToken()',
      )
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
    },
  },
])
