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
    title: 'a refresh token that a 2.4 model has saved is found, with its client, user and expiry',
    why: 'RFC 6749 6: the token is bound to its client.',
    fix: 'Give back "clientId", "expires" as a Date or null, and "user" or "userId".',
  },
  {
    id: 'revoke',
    level: 'secure',
    title: 'a refresh token that a 2.4 model has revoked is not found, and others are',
    why: 'RFC 9700 4.14.2: the old token must end with the rotation.',
    fix: 'Delete it by its whole value.',
  },
  {
    id: 'rotate.chain',
    level: 'secure',
    title: 'every token of a chain is a replay, and each attempt still the one that redeemed it',
    why: 'RFC 9700 4.14.2: whichever of its tokens was stolen, its reuse must be noticed.',
    fix: 'Keep for each token what claims it, not the last one of the grant.',
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
        equal(await t.store.isRedeemed(old), true, 'isRedeemed')
      }
      await redeems(t.store, last, successors())
    },
  },
  {
    id: 'rotate.answer',
    level: 'secure',
    title:
      'the sealed answer that comes last of the successors is written with them, and claims nothing',
    why: 'Without it a lost reply costs the user the grant; taken for a token it would be one more.',
    fix: 'Write a successor of the kind `answer` like any other; the first one names the attempt.',
    async run(t) {
      const { store } = t
      const { grant, credential, unharmed } = await t.issuedGrant()
      const made = withAnswer()
      await redeems(store, credential, made)
      for (const one of made) await foundAs(store, one, grant, `The ${one.kind}`)
      const answer = asFound(made.at(-1)!, grant)
      equal(await store.isRedeemed(answer), false, 'isRedeemed of the answer')
      await redeems(store, credential, made)
      await store.revokeAccessToken(answer.hash)
      await foundAs(store, answer, grant, 'The answer, named as an access token by mistake')
      // The hash of an answer comes from the token: every attempt to redeem that one has the same.
      const again = [...successors(), { ...answer, data: '{"sealed":"y"}' }]
      isReplay(await store.redeem(credential, again))
      await foundAs(store, answer, grant, 'The answer, after another attempt')
      await notFound(store, again[0]!.hash, 'A token of the other attempt')
      const late = aCredential({ kind: 'answer', data: '{"sealed":"z"}' })
      equal(await store.extend(grant, [late]), 'extended', 'extend with an answer')
      await foundAs(store, late, grant, 'An answer that was added later')
      await redeems(store, asFound(made[0]!, grant), withAnswer())
      await store.revoke({ grantId: grant.id })
      await notFound(store, answer.hash, 'The answer, once the grant is revoked')
      await unharmed()
    },
  },
  {
    id: 'rotate.engine',
    level: 'secure',
    title:
      'five refreshes in a row work, each with the token before, and the last access token opens',
    why: 'RFC 6749 6: it is how a client stays signed in.',
    fix: 'Check what redeem writes and find reads.',
    async run(t) {
      const engine = t.engine()
      const client = await engine.client()
      let tokens = await engine.signIn(client)
      for (let n = 0; n < 5; n++) {
        engine.now += 1000
        tokens = await engine.refreshed(client, tokens.refresh_token)
      }
      equal(await engine.access(tokens.access_token), 200, 'The last access token')
      const other = await engine.client()
      equal(
        outcomeOf(await engine.refresh(other, tokens.refresh_token)),
        'invalid_grant',
        'Another client',
      )
      equal(
        outcomeOf(await engine.refresh(client, tokens.refresh_token)),
        '200',
        'The client itself, afterwards',
      )
    },
  },
])
