import type { Credential } from '@oauth2-kit/core'
import { type Mutant, answers } from '../mutant'

export const accessMutants: Mutant[] = [
  {
    name: 'find() returns an empty user id instead of null',
    caughtBy: 'access.find',
    also: ['revoke.selector', 'issue.unconditional', 'revoke.near'],
    breaks: ({ store }) => ({
      find: answers(
        store.find,
        (found) =>
          found && { ...found, grant: { ...found.grant, userId: found.grant.userId ?? '' } },
      ),
    }),
  },
  {
    name: 'issue() drops the third of three credentials',
    caughtBy: 'access.several',
    breaks: ({ store }) => ({
      issue: (grant, credentials, conditions) =>
        store.issue(grant, credentials.slice(0, 2), conditions),
    }),
    also: [
      'budget.*',
      'access.duplicate',
      'access.revoke-one',
      'expiry.passing',
      'purge.race-grant',
    ],
  },
  {
    name: 'extend() marks the existing credentials as redeemed',
    caughtBy: 'access.extend',
    also: [
      'code.consume.siblings',
      'refresh.rotate.siblings',
      '*.is-redeemed',
      'expiry.resave',
      'purge.*',
      'revoke.*',
      'once.*',
      'budget.*',
      'access.*',
      'expiry.zero',
      'code.consume.atomic',
      'refresh.rotate.atomic',
      'expiry.null',
    ],
    breaks: ({ store, run }) => ({
      async extend(grant, credentials) {
        const rows = await run<Credential[]>({
          do: 'select',
          table: 'credentials',
          where: { grantId: grant.id },
        })
        const outcome = await store.extend(grant, credentials)
        const [first] = credentials
        for (const { hash, kind } of rows) {
          if (kind !== 'access' && outcome === 'extended' && first)
            await run({
              do: 'update',
              table: 'credentials',
              where: { hash: first.hash },
              changes: { claims: hash },
            })
        }
        return outcome
      },
    }),
  },
  {
    name: 'extend() by sealed answers alone does not look at the grant',
    caughtBy: 'access.extend-unknown',
    breaks: ({ store }) => ({
      async extend(grant, credentials) {
        const outcome = await store.extend(grant, credentials)
        return credentials.every(({ kind }) => kind === 'answer') ? 'extended' : outcome
      },
    }),
  },
  {
    name: 'extend() of a missing grant creates it again',
    caughtBy: 'access.extend-unknown',
    also: [
      'revoke.*',
      'shape.answers',
      'issue.*',
      'inject.*',
      'isolate.*',
      'purge.*',
      'budget.*',
      'access.duplicate',
      'expiry.passing',
    ],
    breaks: ({ store }) => ({
      async extend(grant, credentials) {
        if ((await store.extend(grant, credentials)) === 'revoked') {
          await store.issue({ ...grant, createdAt: 0, data: '{}' }, credentials, {})
        }
        return 'extended'
      },
    }),
  },
  {
    name: 'issue() overwrites a credential with the same hash',
    caughtBy: 'access.duplicate',
    also: ['secret.errors', 'life.*', 'expiry.*'],
    breaks: ({ store, run }) => ({
      async issue(grant, credentials, conditions) {
        for (const { hash } of credentials)
          await run({ do: 'remove', table: 'credentials', where: { hash } })
        return store.issue(grant, credentials, conditions)
      },
    }),
  },
  {
    name: 'revokeAccessToken() revokes the whole grant',
    caughtBy: 'access.revoke',
    also: [
      'access.revoke-mark',
      '*.is-redeemed',
      'refresh.rotate.answer',
      'revoke.everywhere',
      'budget.*',
      'inject.*',
      'access.revoke-kind',
      'access.revoke-one',
      'code.consume.retry',
      'refresh.rotate.retry',
    ],
    breaks: ({ store }) => ({
      async revokeAccessToken(hash) {
        const found = await store.find(hash)
        if (found) await store.revoke({ grantId: found.grant.id })
      },
    }),
  },
  {
    name: 'revokeAccessToken() also removes the redemption mark',
    caughtBy: 'access.revoke-mark',
    also: ['*.is-redeemed', 'inject.operator'],
    breaks: ({ run }) => ({
      async revokeAccessToken(hash) {
        await run({ do: 'remove', table: 'credentials', where: { hash, kind: 'access' } })
      },
    }),
  },
]
