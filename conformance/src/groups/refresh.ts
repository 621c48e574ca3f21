import { outcomeOf } from '../engine'
import { equal } from '../expect'
import { asFound, successors } from '../given'
import { group } from '../group'
import { consumes, isReplayOf, redeems } from '../traits/consume'

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
    mend: 'Give back "clientId", "expires" as a Date or null, and "user" or "userId".',
  },
  {
    id: 'revoke',
    level: 'secure',
    title: 'a refresh token that a 2.4 model has revoked is not found, and others are',
    why: 'RFC 9700 4.14.2: the old token must end with the rotation.',
    mend: 'Delete it by its whole value.',
  },
  {
    id: 'rotate.chain',
    level: 'secure',
    title: 'a replay names the token that followed it, however many have followed that',
    why: 'The grace window is open for the direct predecessor of an unused token only.',
    mend: 'Give what claims the very token, not the last one of the grant.',
    async run(t) {
      const { grant, credential } = await t.family()
      const chain = [credential]
      for (let n = 0; n < 3; n++) {
        const [next, token] = successors({ data: `{"n":${n}}` })
        await redeems(t.store, chain.at(-1)!, [next!, token!])
        chain.push(asFound(next!, grant))
      }
      for (const n of [0, 1, 2]) {
        isReplayOf(await t.store.redeem(chain[n]!, successors()), chain[n + 1]!)
      }
      await redeems(t.store, chain[3]!, successors())
    },
  },
  {
    id: 'rotate.engine',
    level: 'secure',
    title:
      'five refreshes in a row work, each with the token before, and the last access token opens',
    why: 'RFC 6749 6: it is how a client stays signed in.',
    mend: 'Check what redeem writes and find reads.',
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
