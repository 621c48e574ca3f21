import type { Credential, NewCredential } from '@oauth2-kit/core'
import { redeems } from '../checked'
import { outcomeOf } from '../engine'
import { equal } from '../expect'
import { aCredential, asFound, successors, withAnswer } from '../given'
import { group } from '../group'
import { consumes, isReplay } from '../traits/consume'
import { foundAs, notFound } from '../trial'

const { redeem, second, isRedeemed, siblings, retry, unknown, mark, atomic } = consumes('refresh')

export const refresh = group('refresh', 'contract', [
  { ...redeem, id: 'rotate' },
  { ...second, id: 'rotate.old-dead' },
  { ...isRedeemed, id: 'rotate.is-redeemed' },
  { ...siblings, id: 'rotate.siblings' },
  { ...retry, id: 'rotate.retry' },
  { ...unknown, id: 'rotate.unknown' },
  { ...mark, id: 'rotate.mark' },
  { ...atomic, id: 'rotate.atomic' },
  {
    id: 'find',
    title: 'getRefreshToken() of a model returns a saved token with its client, user and expiry',
    why: 'RFC 6749 6: a token that is not bound to its client can be used by another one.',
    fix: 'Return "clientId", "expires" as a Date or null, and "user" or "userId".',
  },
  {
    id: 'revoke',
    level: 'secure',
    title: 'revokeRefreshToken() of a model removes that refresh token and no other',
    why: 'RFC 9700 4.14.2: the old token would still work after the rotation.',
    fix: 'Delete the token by its whole value.',
  },
  {
    id: 'rotate.chain',
    level: 'secure',
    title:
      'a second redeem() of every rotated token is a replay, and a retry of each attempt still succeeds',
    why: 'RFC 9700 4.14.2: reuse of a stolen token would go undetected if it is not the latest one.',
    fix: 'Keep for each token which attempt redeemed it, not only for the last token of the grant.',
    async run(t) {
      const { grant, credential } = await t.issuedGrant()
      const attempts: [Credential, NewCredential[]][] = []
      let last = credential
      for (let n = 0; n < 4; n++) {
        const made = successors({ data: `{"n":${n}}` })
        await redeems(t.store, last, made)
        attempts.push([last, made])
        last = asFound(made[0]!, grant)
      }
      for (const [old, made] of attempts) {
        isReplay(await t.store.redeem(old, successors()))
        await redeems(t.store, old, made)
        equal(await t.store.isRedeemed(old), true, 'isRedeemed()')
      }
      await redeems(t.store, last, successors())
    },
  },
  {
    id: 'rotate.answer',
    level: 'secure',
    title:
      'redeem() writes a sealed answer as its last successor, and does not treat it as a token',
    why: 'Without the answer, a lost reply costs the user the grant; treated as a token, it is one token too many.',
    fix: 'Write a successor of kind `answer` like any other; the first successor identifies the attempt.',
    async run(t) {
      const { store } = t
      const { grant, credential, unharmed } = await t.issuedGrant()
      const made = withAnswer()
      await redeems(store, credential, made)
      for (const one of made) await foundAs(store, one, grant, `The successor of kind ${one.kind}`)
      const answer = asFound(made.at(-1)!, grant)
      equal(await store.isRedeemed(answer), false, 'isRedeemed() of the answer')
      await redeems(store, credential, made)
      await store.revokeAccessToken(answer.hash)
      await foundAs(store, answer, grant, 'The answer, after revokeAccessToken() with its hash')
      // The hash of an answer is derived from the old token, so every attempt has the same one.
      const again = [...successors(), { ...answer, data: '{"sealed":"y"}' }]
      isReplay(await store.redeem(credential, again))
      await foundAs(store, answer, grant, 'The answer, after another attempt')
      await notFound(store, again[0]!.hash, 'A token of the other attempt')
      const late = aCredential({ kind: 'answer', data: '{"sealed":"z"}' })
      equal(await store.extend(grant, [late]), 'extended', 'extend() with an answer')
      await foundAs(store, late, grant, 'An answer added by extend()')
      await redeems(store, asFound(made[0]!, grant), withAnswer())
      await store.revoke({ grantId: grant.id })
      await notFound(store, answer.hash, 'The answer, after the grant is revoked')
      await unharmed()
    },
  },
  {
    id: 'rotate.engine',
    level: 'secure',
    title:
      'five refreshes in a row succeed, each with the previous token, and the last access token is valid',
    why: 'RFC 6749 6: a client that cannot refresh is signed out.',
    fix: 'Check what redeem() writes and what find() reads.',
    async run(t) {
      const engine = t.engine()
      const client = await engine.client()
      let tokens = await engine.signIn(client)
      for (let n = 0; n < 5; n++) {
        engine.now += 1000
        tokens = await engine.refreshed(client, tokens.refresh_token)
      }
      equal(
        await engine.access(tokens.access_token),
        200,
        'The HTTP status for the last access token',
      )
      const other = await engine.client()
      equal(
        outcomeOf(await engine.refresh(other, tokens.refresh_token)),
        'invalid_grant',
        'The response to another client',
      )
      equal(
        outcomeOf(await engine.refresh(client, tokens.refresh_token)),
        'HTTP 200',
        'The response to the client itself afterwards',
      )
    },
  },
])
