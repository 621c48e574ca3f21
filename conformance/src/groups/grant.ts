import { type Engine, type EngineClient, type Tokens, outcomeOf } from '../engine'
import { grantsOf, updates } from '../checked'
import { equal, holds } from '../expect'
import { aVersion } from '../given'
import { group } from '../group'
import type { StoreTrial } from '../trial'
import { purgeAll } from './expiry'

export const grant = group('grant', 'secure', [
  {
    id: 'replay.code',
    title:
      'a replay of a code revokes its grant: every token that came from the code stops working',
    why: 'RFC 6749 4.1.2 and RFC 9700 2.1.1: the first to redeem the code may have been a thief, who keeps the tokens.',
    fix: 'Keep a redeemed code until it would have expired, so that a replay is detected.',
    async run(t) {
      const engine = t.engine()
      const client = await engine.client()
      const code = await engine.code(client)
      const first = (await engine.exchange(client, code)).body as unknown as Tokens
      equal(
        await engine.access(first.access_token),
        200,
        'The HTTP status for the access token before the replay',
      )
      equal(
        outcomeOf(await engine.exchange(client, code)),
        'invalid_grant',
        'The response to the replay',
      )
      equal(
        await engine.access(first.access_token),
        401,
        'The HTTP status for the access token after the replay',
      )
      equal(
        outcomeOf(await engine.refresh(client, first.refresh_token)),
        'invalid_grant',
        'The refresh after the replay',
      )
    },
  },
  {
    id: 'reuse.revoke-all',
    title: 'reuse of a refresh token revokes the whole grant, with the tokens of every rotation',
    why: 'RFC 9700 4.14.2: the server cannot tell the thief from the client, so both must sign in again.',
    fix: 'Revoke by grant: delete its row, and the rest by a foreign key with cascade.',
    async run(t) {
      const { engine, client, generations } = await rotated(t, 3)
      engine.now += 60_000
      equal(
        outcomeOf(await engine.refresh(client, generations[1]!.refresh_token)),
        'invalid_grant',
        'The response to the reuse',
      )
      await allDead(engine, client, generations)
    },
  },
  {
    id: 'reuse.scope',
    title:
      'reuse of a refresh token revokes its own grant, and no other one of the same user and client',
    why: 'Otherwise anyone with one old token can sign the user out everywhere.',
    fix: 'Revoke by the id of the grant, not by user or client.',
    async run(t) {
      const { engine, client, user, generations } = await rotated(t, 2)
      const other = await engine.signIn(client, user)
      engine.now += 60_000
      equal(
        outcomeOf(await engine.refresh(client, generations[0]!.refresh_token)),
        'invalid_grant',
        'The response to the reuse',
      )
      equal(
        await engine.access(other.access_token),
        200,
        'The HTTP status for the access token of the other grant',
      )
      equal(
        outcomeOf(await engine.refresh(client, other.refresh_token)),
        'HTTP 200',
        'The refresh with the refresh token of the other grant',
      )
    },
  },
  {
    id: 'absolute-end',
    title: 'a grant ends at its absolute expiry, however often it is refreshed',
    why: 'RFC 9700 4.14.2: a refresh token whose expiry every rotation moves would work forever.',
    fix: 'Keep "data" and "expiresAt" of a successor exactly as the core wrote them.',
    async run(t) {
      const { engine, client } = await begin(t, { refreshTokenLifetime: 60, grantLifetime: 100 })
      const end = engine.now + 100_000
      let tokens = await engine.signIn(client)
      for (let n = 0; n < 3; n++) {
        engine.now += 30_000
        tokens = await engine.refreshed(client, tokens.refresh_token)
      }
      engine.now = end - 1
      tokens = await engine.refreshed(client, tokens.refresh_token)
      equal(
        await engine.access(tokens.access_token),
        200,
        'The HTTP status for the access token, 1 ms before the end',
      )
      engine.now = end
      equal(
        await engine.access(tokens.access_token),
        401,
        'The HTTP status for the access token at the end',
      )
      equal(
        outcomeOf(await engine.refresh(client, tokens.refresh_token)),
        'invalid_grant',
        'The refresh at the end',
      )
    },
  },
  {
    id: 'grace-answer',
    title:
      'a refresh repeated within the grace period gets the identical response and does not revoke the grant',
    why: 'Responses get lost on mobile networks; a second pair of tokens would start a second chain.',
    fix: 'Keep a successor of kind `answer` like any other: its "data" holds the sealed answer.',
    async run(t) {
      const { engine, client } = await begin(t, { refreshGrace: 10 })
      const old = await engine.signIn(client)
      const next = await engine.refreshed(client, old.refresh_token)
      engine.now += 9_999
      equal(
        await engine.refreshed(client, old.refresh_token),
        next,
        'The response to the repeated refresh',
      )
      equal(
        outcomeOf(await engine.refresh(client, next.refresh_token)),
        'HTTP 200',
        'The next refresh',
      )
    },
  },
  {
    id: 'grace',
    title:
      'the grace period covers the direct predecessor of the current refresh token only, and ends on time',
    why: 'A stolen token would keep working beside the token of the client.',
    fix: 'Return from isRedeemed() whether the successor was redeemed in turn, and keep "createdAt" exactly.',
    async run(t) {
      const { engine, client, generations } = await rotated(t, 2)
      equal(
        outcomeOf(await engine.refresh(client, generations[0]!.refresh_token)),
        'invalid_grant',
        'The refresh with an older token than the direct predecessor',
      )
      await allDead(engine, client, generations)
      const late = await rotated(t, 1)
      late.engine.now += 10_000
      const outcome = await late.engine.refresh(late.client, late.generations[0]!.refresh_token)
      equal(
        outcomeOf(outcome),
        'invalid_grant',
        'The refresh with the direct predecessor after the grace period',
      )
      await allDead(late.engine, late.client, late.generations)
    },
  },
  {
    id: 'grace-revoked',
    title: 'a refresh repeated within the grace period fails after the grant is revoked',
    why: 'A repeated request would undo a sign-out.',
    fix: 'After revoke() resolves, return null from find() and `revoked` from redeem(), also for redeemed credentials.',
    async run(t) {
      const { engine, client, generations } = await rotated(t, 1)
      const listed = await grantsOf(t.store, { clientId: client.id })
      equal(listed.length, 1, 'The number of grants of the client')
      await t.store.revoke({ grantId: listed[0]!.id })
      equal(
        outcomeOf(await engine.refresh(client, generations[0]!.refresh_token)),
        'invalid_grant',
        'The repeated refresh',
      )
      await allDead(engine, client, generations)
    },
  },
  {
    id: 'introspect',
    title:
      'introspection reports a redeemed refresh token as inactive until its expiry, even if its successors are purged',
    why: 'RFC 7662 2.2: a resource server accepts a token that is reported as active.',
    fix: 'Keep the redemption mark as long as the token that it marks, not as long as the successor lives.',
    async run(t) {
      const store = await t.elsewhere()
      const engine = t.engine({}, store)
      const client = await engine.client({ refreshTokenLifetime: 600 })
      const old = await engine.signIn(client)
      equal(
        await engine.isActive(client, old.refresh_token),
        true,
        '"active" of a refresh token before its redemption',
      )
      // Its successors expire long before it does.
      const { secret: _, ...registered } = client
      const changed = { ...registered, version: aVersion(), refreshTokenLifetime: 10 }
      await updates(store, changed, registered.version)
      const next = await engine.refreshed(client, old.refresh_token)
      equal(await engine.isActive(client, old.refresh_token), false, '"active" of a redeemed token')
      equal(await engine.isActive(client, next.refresh_token), true, '"active" of its successor')
      await engine.refreshed(client, next.refresh_token)
      for (const used of [old, next])
        equal(
          await engine.isActive(client, used.refresh_token),
          false,
          '"active" of a redeemed token of the chain',
        )
      engine.now += 599_999
      await purgeAll(store, engine.now)
      equal(
        await engine.isActive(client, old.refresh_token),
        false,
        '"active" of the redeemed token in its last millisecond',
      )
    },
  },
])

async function begin(
  t: StoreTrial,
  options = {},
): Promise<{ engine: Engine; client: EngineClient }> {
  const engine = t.engine(options)
  return { engine, client: await engine.client() }
}

/** Creates a grant, refreshes it that many times and returns all of its tokens, oldest first. */
async function rotated(t: StoreTrial, times: number) {
  const { engine, client } = await begin(t, { refreshGrace: 10 })
  const user = `user-of-${client.id}`
  const generations = [await engine.signIn(client, user)]
  for (let n = 0; n < times; n++) {
    generations.push(await engine.refreshed(client, generations.at(-1)!.refresh_token))
  }
  return { engine, client, user, generations }
}

async function allDead(engine: Engine, client: EngineClient, generations: Tokens[]): Promise<void> {
  for (const { access_token: access, refresh_token: refresh } of generations) {
    holds((await engine.access(access)) === 401, 'An access token of the revoked grant still works')
    equal(
      outcomeOf(await engine.refresh(client, refresh)),
      'invalid_grant',
      'The refresh with a token of the revoked grant',
    )
  }
}
