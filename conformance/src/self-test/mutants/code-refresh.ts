import type { CredentialRow } from '../../reference/tables'
import type { Mutant } from '../mutant'
import { insertUnchecked, redeemsWrongly } from '../redeeming'

export const codeAndRefreshMutants: Mutant[] = [
  {
    name: 'redeem() of a code never marks the code as redeemed',
    caughtBy: 'code.consume.second',
    also: [
      'code.*',
      'once.code.*',
      'grant.replay.code',
      'access.revoke-mark',
      'fault.*',
      'budget.*',
      'life.*',
      'access.revoke-kind',
      'expiry.passing',
    ],
    breaks: redeemsWrongly(
      'code',
      ({ run }) =>
        (old, made) =>
          insertUnchecked(run, old, made),
    ),
  },
  {
    name: 'redeem() of a refresh token leaves the old token valid',
    caughtBy: 'refresh.rotate.old-dead',
    also: [
      'refresh.*',
      'once.refresh.*',
      'grant.*',
      'fault.*',
      'budget.*',
      'life.*',
      'purge.*',
      'expiry.*',
      'revoke.*',
      'shape.*',
      'isolate.*',
      'access.revoke-kind',
    ],
    breaks: redeemsWrongly(
      'refresh',
      ({ run }) =>
        (old, made) =>
          insertUnchecked(run, old, made),
    ),
  },
  {
    name: 'a second find() consumes a code, also for a wrong client',
    caughtBy: 'code.consume.wrong-client',
    also: ['code.consume.*', 'access.find', 'grant.*', 'budget.*', 'expiry.passing'],
    breaks({ store }) {
      const seen = new Set<string>()
      return {
        async find(hash) {
          const found = await store.find(hash)
          if (found?.kind === 'code' && seen.has(hash)) {
            await store.redeem(found, [{ ...found, kind: 'used', hash: `${hash.slice(1)}f` }])
          }
          seen.add(hash)
          return found
        },
      }
    },
  },
  {
    name: 'redeem() of a code deletes the other codes of the grant',
    caughtBy: 'code.consume.siblings',
    also: [
      'code.consume.is-redeemed',
      'code.consume.unknown',
      'budget.*',
      'fault.*',
      'expiry.passing',
    ],
    breaks: redeemsWrongly('code', ({ run, store }) => async (old, made) => {
      const outcome = await store.redeem(old, made)
      const codes = await run<CredentialRow[]>({
        do: 'select',
        table: 'credentials',
        where: { grantId: old.grant.id, kind: 'code' },
      })
      for (const { hash } of codes) {
        if (hash !== old.hash) await run({ do: 'remove', table: 'credentials', where: { hash } })
      }
      return outcome
    }),
  },
  {
    name: 'redeem() of a refresh token deletes the other refresh tokens of the grant',
    caughtBy: 'refresh.rotate.siblings',
    also: ['refresh.rotate.*', 'budget.*', 'fault.*', 'purge.*', 'expiry.*'],
    breaks: redeemsWrongly('refresh', ({ run, store }) => async (old, made) => {
      const outcome = await store.redeem(old, made)
      const others = await run<CredentialRow[]>({
        do: 'select',
        table: 'credentials',
        where: { grantId: old.grant.id, kind: 'refresh', claims: null },
      })
      for (const { hash } of others) {
        if (hash !== old.hash && outcome.status === 'redeemed' && made[0]?.hash !== hash)
          await run({ do: 'remove', table: 'credentials', where: { hash } })
      }
      return outcome
    }),
  },
  {
    name: 'redeem() returns "replayed" for a retry of the same attempt',
    caughtBy: 'code.consume.retry',
    also: ['refresh.rotate.*', 'purge.answers', 'fault.*', 'expiry.passing', 'access.revoke-mark'],
    breaks: ({ store, run }) => ({
      async redeem(old, made) {
        const [first] = made
        const mine =
          first &&
          (await run<CredentialRow | null>({ do: 'get', table: 'credentials', key: first.hash }))
        const outcome = await store.redeem(old, made)
        return outcome.status === 'redeemed' && mine ? { status: 'replayed' } : outcome
      },
    }),
  },
  {
    name: 'redeem() accepts a credential with another grant',
    caughtBy: 'code.consume.unknown',
    also: ['refresh.rotate.unknown'],
    breaks: ({ store }) => ({
      async redeem(old, made) {
        const found = await store.find(old.hash)
        return store.redeem(found ?? old, made)
      },
    }),
  },
  {
    name: 'redeem() does not write a successor of kind `used`',
    caughtBy: 'code.consume.mark',
    also: ['refresh.rotate.mark', 'fault.*', 'expiry.passing'],
    breaks: ({ store }) => ({
      redeem: (old, made) =>
        made[0]?.kind === 'used'
          ? Promise.resolve({ status: 'redeemed' })
          : store.redeem(old, made),
    }),
  },
  {
    name: 'redeem() writes its successors one by one',
    caughtBy: 'code.consume.atomic',
    also: ['refresh.rotate.*', 'budget.*', 'fault.*', 'revoke.*', 'life.*', 'code.consume.retry'],
    breaks: ({ store }) => ({
      async redeem(old, [first, ...rest]) {
        const outcome = await store.redeem(old, first ? [first] : [])
        if (outcome.status === 'redeemed')
          await store.extend(old.grant, rest).catch((error: Error) => {
            if (!/duplicate/.test(error.message)) throw error
          })
        return outcome
      },
    }),
  },
  {
    name: 'redeem() rejects another attempt with the same answer instead of returning "replayed"',
    caughtBy: 'refresh.rotate.answer',
    also: ['once.refresh.*', 'grant.*', 'fault.*'],
    breaks: ({ store, run }) => ({
      async redeem(old, made) {
        const outcome = await store.redeem(old, made)
        const key = made.find(({ kind }) => kind === 'answer')?.hash
        const isTaken = key !== undefined && (await run({ do: 'get', table: 'credentials', key }))
        if (outcome.status === 'replayed' && isTaken)
          throw new Error('duplicate key in credentials')
        return outcome
      },
    }),
  },
  {
    name: 'redeem() by a losing attempt overwrites the sealed answer',
    caughtBy: 'refresh.rotate.answer',
    also: ['once.refresh.*', 'grant.*'],
    breaks: ({ store, run }) => ({
      async redeem(old, made) {
        const outcome = await store.redeem(old, made)
        const answer = made.find(({ kind }) => kind === 'answer')
        if (outcome.status === 'replayed' && answer) {
          const { hash, data } = answer
          await run({ do: 'update', table: 'credentials', where: { hash }, changes: { data } })
        }
        return outcome
      },
    }),
  },
  {
    name: 'isRedeemed() returns false for every code',
    caughtBy: 'code.consume.is-redeemed',
    also: ['code.consume.mark', 'expiry.passing'],
    breaks: ({ store }) => ({
      isRedeemed: async (one) =>
        (await store.find(one.hash))?.kind !== 'code' && store.isRedeemed(one),
    }),
  },
  {
    name: 'isRedeemed() consumes a code',
    caughtBy: 'code.consume.is-redeemed',
    also: ['code.consume.wrong-client', 'code.consume.atomic', 'expiry.passing'],
    breaks: ({ store }) => ({
      async isRedeemed(one) {
        const redeemed = await store.isRedeemed(one)
        const found = await store.find(one.hash)
        if (found?.kind === 'code')
          await store.redeem(found, [{ ...found, kind: 'used', hash: `${one.hash.slice(1)}f` }])
        return redeemed
      },
    }),
  },
  {
    name: 'isRedeemed() returns false after revokeAccessToken() of the only successor',
    caughtBy: 'refresh.rotate.is-redeemed',
    also: ['code.consume.is-redeemed', 'inject.operator'],
    breaks: ({ run }) => ({
      async isRedeemed({ hash }) {
        const where = { claims: hash, gone: false }
        const rows = await run<CredentialRow[]>({ do: 'select', table: 'credentials', where })
        return rows.length > 0
      },
    }),
  },
  {
    name: 'redeem() of a credential of a revoked grant creates the grant again, without TTL',
    caughtBy: 'expiry.consume-ghost',
    also: [
      'issue.*',
      'code.consume.unknown',
      'refresh.rotate.unknown',
      'revoke.*',
      'client.delete-grants',
      'purge.*',
      'isolate.*',
      'budget.*',
      'life.*',
      'access.duplicate',
    ],
    breaks: ({ store }) => ({
      async redeem(old, made) {
        const outcome = await store.redeem(old, made)
        if (outcome.status === 'revoked') {
          await store.issue({ ...old.grant, createdAt: old.createdAt, data: '{}' }, made, {})
          return { status: 'redeemed' }
        }
        return outcome
      },
    }),
  },
]
