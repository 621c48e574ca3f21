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
    title: 'a code that is replayed costs the grant: every token that came from it is dead',
    why: 'RFC 6749 4.1.2 and RFC 9700 2.1.1: the thief may have been the first.',
    fix: 'Keep a used code until it would have expired, so that its second use is seen.',
    async run(t) {
      const engine = t.engine()
      const client = await engine.client()
      const code = await engine.code(client)
      const first = (await engine.exchange(client, code)).body as unknown as Tokens
      equal(await engine.access(first.access_token), 200, 'The access token before the replay')
      equal(outcomeOf(await engine.exchange(client, code)), 'invalid_grant', 'The replay')
      equal(await engine.access(first.access_token), 401, 'The access token after the replay')
      equal(
        outcomeOf(await engine.refresh(client, first.refresh_token)),
        'invalid_grant',
        'The refresh token',
      )
    },
  },
  {
    id: 'reuse.revoke-all',
    title: 'a refresh token that is reused costs the whole grant, every generation of it',
    why: 'RFC 9700 4.14.2: nobody can tell the thief from the client, so both must sign in again.',
    fix: 'Revoke by grant: delete its row and let the foreign key take the rest.',
    async run(t) {
      const { engine, client, generations } = await rotated(t, 3)
      engine.now += 60_000
      equal(
        outcomeOf(await engine.refresh(client, generations[1]!.refresh_token)),
        'invalid_grant',
        'The reuse',
      )
      await allDead(engine, client, generations)
    },
  },
  {
    id: 'reuse.scope',
    title:
      'a reused refresh token costs its own grant, and no other one of the same user and client',
    why: 'Otherwise whoever has one old token signs the user out everywhere.',
    fix: 'Revoke by the id of the grant, not by user or client.',
    async run(t) {
      const { engine, client, user, generations } = await rotated(t, 2)
      const other = await engine.signIn(client, user)
      engine.now += 60_000
      equal(
        outcomeOf(await engine.refresh(client, generations[0]!.refresh_token)),
        'invalid_grant',
        'The reuse',
      )
      equal(await engine.access(other.access_token), 200, 'The access token of the other grant')
      equal(
        outcomeOf(await engine.refresh(client, other.refresh_token)),
        '200',
        'Its refresh token',
      )
    },
  },
  {
    id: 'absolute-end',
    title: 'a grant ends when it has to, however often it is refreshed',
    why: "RFC 9700 4.14.2: a refresh token needs an end that rotation doesn't move.",
    fix: 'Keep "data" and "expiresAt" of a successor as the core wrote them.',
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
      equal(await engine.access(tokens.access_token), 200, 'The access token, 1 ms before the end')
      engine.now = end
      equal(await engine.access(tokens.access_token), 401, 'The access token at the end')
      equal(
        outcomeOf(await engine.refresh(client, tokens.refresh_token)),
        'invalid_grant',
        'The refresh at the end',
      )
    },
  },
  {
    id: 'grace-answer',
    title: 'a refresh that is repeated soon gets the identical answer, and the grant lives',
    why: 'The answer gets lost on mobile networks; a second pair of tokens would be a second chain.',
    fix: 'Keep a successor of the kind `answer` like any other: its "data" holds the sealed answer.',
    async run(t) {
      const { engine, client } = await begin(t, { refreshGrace: 10 })
      const old = await engine.signIn(client)
      const next = await engine.refreshed(client, old.refresh_token)
      engine.now += 9_999
      equal(await engine.refreshed(client, old.refresh_token), next, 'The answer to the repetition')
      equal(outcomeOf(await engine.refresh(client, next.refresh_token)), '200', 'The next refresh')
    },
  },
  {
    id: 'grace',
    title:
      'no grace for a token that is older than the direct predecessor, or at the end of the window',
    why: "A stolen token would go on working beside the client's.",
    fix: 'Say by isRedeemed whether the successor was redeemed in turn, and keep "createdAt" exactly.',
    async run(t) {
      const { engine, client, generations } = await rotated(t, 2)
      equal(
        outcomeOf(await engine.refresh(client, generations[0]!.refresh_token)),
        'invalid_grant',
        'The grand-parent',
      )
      await allDead(engine, client, generations)
      const late = await rotated(t, 1)
      late.engine.now += 10_000
      const outcome = await late.engine.refresh(late.client, late.generations[0]!.refresh_token)
      equal(outcomeOf(outcome), 'invalid_grant', 'The predecessor, when the window has closed')
      await allDead(late.engine, late.client, late.generations)
    },
  },
  {
    id: 'grace-revoked',
    title: 'no grace once the grant is revoked',
    why: 'A sign-out that a repeated request undoes is none.',
    fix: 'Once revoke has resolved, find gives null and redeem gives `revoked`, for used ones too.',
    async run(t) {
      const { engine, client, generations } = await rotated(t, 1)
      const listed = await grantsOf(t.store, { clientId: client.id })
      equal(listed.length, 1, 'The number of grants of the client')
      await t.store.revoke({ grantId: listed[0]!.id })
      equal(
        outcomeOf(await engine.refresh(client, generations[0]!.refresh_token)),
        'invalid_grant',
        'The repetition',
      )
      await allDead(engine, client, generations)
    },
  },
  {
    id: 'introspect',
    title:
      'a refresh token that was used is inactive until its own end, whatever went after it and was purged',
    why: 'RFC 7662 2.2: a resource server takes what is active for good.',
    fix: 'Keep the mark of use as long as the token that it marks, not as long as the successor lives.',
    async run(t) {
      const store = await t.elsewhere()
      const engine = t.engine({}, store)
      const client = await engine.client({ refreshTokenLifetime: 600 })
      const old = await engine.signIn(client)
      equal(
        await engine.isActive(client, old.refresh_token),
        true,
        'A refresh token before its use',
      )
      // Its successors are over long before it would be.
      const { secret: _, ...registered } = client
      const changed = { ...registered, version: aVersion(), refreshTokenLifetime: 10 }
      await updates(store, changed, registered.version)
      const next = await engine.refreshed(client, old.refresh_token)
      equal(await engine.isActive(client, old.refresh_token), false, 'Once used')
      equal(await engine.isActive(client, next.refresh_token), true, 'What it was used for')
      await engine.refreshed(client, next.refresh_token)
      for (const used of [old, next])
        equal(await engine.isActive(client, used.refresh_token), false, 'Used, as its successor is')
      engine.now += 599_999
      await purgeAll(store, engine.now)
      equal(await engine.isActive(client, old.refresh_token), false, 'In its last millisecond')
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

/** A grant that was refreshed so many times: its tokens, the oldest first. */
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
    holds((await engine.access(access)) === 401, 'An access token of the grant still opens')
    equal(
      outcomeOf(await engine.refresh(client, refresh)),
      'invalid_grant',
      'A refresh token of the grant',
    )
  }
}
