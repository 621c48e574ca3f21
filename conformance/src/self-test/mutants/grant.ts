import type { Credential, Grant } from '@oauth2-kit/core'
import type { CredentialRow } from '../../reference/tables'
import { type Mutant, answers } from '../mutant'

export const grantMutants: Mutant[] = [
  {
    name: 'redeem() deletes the code at once, so a replay goes undetected',
    caughtBy: 'grant.replay.code',
    also: [
      'code.consume.*',
      'once.code.*',
      'access.revoke-mark',
      'fault.*',
      'budget.*',
      'shape.*',
      'revoke.*',
      'life.*',
      'access.revoke-kind',
      'expiry.passing',
    ],
    breaks: ({ store, run }) => ({
      async redeem(old, made) {
        const outcome = await store.redeem(old, made)
        if (outcome.status === 'redeemed' && old.kind === 'code')
          await run({ do: 'remove', table: 'credentials', where: { hash: old.hash } })
        return outcome
      },
    }),
  },
  {
    name: 'revoke() of a grant removes only refresh tokens: access tokens keep working',
    caughtBy: 'grant.reuse.revoke-all',
    also: [
      'access.*',
      'code.*',
      'refresh.*',
      'client.*',
      'expiry.*',
      'grant.*',
      'revoke.*',
      'shape.*',
      'purge.*',
      'budget.*',
      'fault.*',
      'value.*',
      'schema.*',
      'inject.*',
      'isolate.*',
    ],
    breaks: ({ run, store }) => ({
      async revoke(selector) {
        if (!('grantId' in selector)) return store.revoke(selector)
        const { grantId } = selector
        const where = { grantId, kind: 'refresh' }
        const rows = await run<CredentialRow[]>({ do: 'select', table: 'credentials', where })
        await run({ do: 'remove', table: 'credentials', where })
        return rows.length > 0 ? 1 : 0
      },
    }),
  },
  {
    name: 'revoke() of a grant also revokes other grants of the same user and client',
    caughtBy: 'grant.reuse.scope',
    also: [
      'refresh.rotate.answer',
      'revoke.*',
      'isolate.*',
      'budget.*',
      'schema.*',
      'expiry.*',
      'purge.*',
      'fault.*',
      'inject.*',
      'shape.answers',
    ],
    breaks: ({ run, store }) => ({
      async revoke(selector) {
        if (!('grantId' in selector)) return store.revoke(selector)
        const grant = await run<Grant | null>({ do: 'get', table: 'grants', key: selector.grantId })
        if (!grant || grant.userId === null) return store.revoke(selector)
        return store.revoke({ userId: grant.userId, clientId: grant.clientId })
      },
    }),
  },
  {
    name: 'redeem() drops the absolute expiry of the grant',
    caughtBy: 'grant.absolute-end',
    breaks: ({ store }) => ({
      redeem: (old, made) =>
        store.redeem(
          old,
          made.map((one) => ({
            ...one,
            data: one.data.replace(/"until":\d+,?/, '').replace(',}', '}'),
          })),
        ),
    }),
  },
  {
    name: 'redeem() loses the sealed answer',
    caughtBy: 'grant.grace-answer',
    also: [
      'refresh.rotate.answer',
      'once.refresh.*',
      'purge.answers',
      'refresh.rotate',
      'code.consume',
    ],
    breaks: ({ store }) => ({
      redeem: (old, made) =>
        store.redeem(
          old,
          made.filter(({ kind }) => kind !== 'answer'),
        ),
    }),
  },
  {
    name: 'isRedeemed() returns false for successors, so the grace period covers older tokens',
    caughtBy: 'grant.grace',
    also: [
      '*.is-redeemed',
      'refresh.rotate.chain',
      'grant.introspect',
      'purge.chain',
      'expiry.null',
    ],
    breaks: ({ store, run }) => ({
      async isRedeemed(one) {
        const row = await run<CredentialRow | null>({
          do: 'get',
          table: 'credentials',
          key: one.hash,
        })
        return (row?.claims ?? null) === null && store.isRedeemed(one)
      },
    }),
  },
  {
    name: 'find() and redeem() still know the tokens of a revoked grant within the grace period',
    caughtBy: 'grant.grace-revoked',
    also: [
      'revoke.*',
      'code.*',
      'refresh.*',
      'grant.*',
      'client.*',
      'user.*',
      'access.*',
      'expiry.*',
      'isolate.*',
      'fault.*',
      'budget.*',
      'life.*',
      'schema.*',
      'shape.*',
      'value.*',
      'purge.*',
    ],
    breaks({ store }) {
      const seen = new Map<string, Credential>()
      return {
        async redeem(old, made) {
          const outcome = await store.redeem(old, made)
          if (outcome.status === 'revoked' && seen.has(old.hash)) return { status: 'replayed' }
          if (outcome.status === 'redeemed') {
            for (const one of [old, ...made]) seen.set(one.hash, { ...one, grant: old.grant })
          }
          return outcome
        },
        find: answers(store.find, (found, hash) => found ?? seen.get(hash) ?? null),
      }
    },
  },
  {
    name: 'isRedeemed() caches its first result forever',
    caughtBy: 'grant.introspect',
    also: [
      'code.consume.is-redeemed',
      'refresh.rotate.is-redeemed',
      'revoke.everywhere',
      'shape.answers',
    ],
    breaks({ store }) {
      const known = new Map<string, Promise<boolean>>()
      return {
        isRedeemed(one) {
          const said = known.get(one.hash) ?? store.isRedeemed(one)
          known.set(one.hash, said)
          return said
        },
      }
    },
  },
  {
    name: 'redeem() keeps the redemption marks of the last two attempts only',
    caughtBy: 'refresh.rotate.chain',
    also: [
      'purge.chain',
      'grant.*',
      'expiry.*',
      'refresh.rotate.siblings',
      'code.consume.siblings',
    ],
    breaks: ({ store, run }) => ({
      async redeem(old, made) {
        const outcome = await store.redeem(old, made)
        const links = await run<CredentialRow[]>({
          do: 'select',
          table: 'credentials',
          where: { grantId: old.grant.id, kind: 'refresh', place: 0 },
        })
        for (const { hash } of links.slice(0, -3))
          await run({ do: 'remove', table: 'credentials', where: { hash } })
        return outcome
      },
    }),
  },
  {
    name: 'redeem() refuses the fifth refresh of a grant',
    caughtBy: 'refresh.rotate.engine',
    also: ['refresh.rotate.*', 'budget.*', 'fault.*', 'revoke.race'],
    breaks: ({ store, run }) => ({
      async redeem(old, made) {
        const where = { grantId: old.grant.id, kind: 'refresh' }
        const rows = await run<CredentialRow[]>({ do: 'select', table: 'credentials', where })
        return rows.length > 4 ? { status: 'unknown' } : store.redeem(old, made)
      },
    }),
  },
]
