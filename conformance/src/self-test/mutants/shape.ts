import type { Store } from '@oauth2-kit/core'
import { type Mutant, answers } from '../mutant'

// The data that these stores keep is correct: only the form of a result is wrong.

export const shapeMutants: Mutant[] = [
  {
    name: '"supports" is not frozen',
    caughtBy: 'shape.manifest',
    breaks: ({ store }) => ({ supports: { ...store.supports } }),
  },
  {
    name: '"supports.users" is false although the user methods exist',
    caughtBy: 'shape.methods',
    breaks: ({ store: { supports } }) => ({
      supports: Object.freeze({ ...supports, users: false }),
    }),
  },
  {
    name: 'check() returns a plain value instead of a promise',
    caughtBy: 'shape.promises',
    breaks: () => ({ check: (() => []) as unknown as Store['check'] }),
    also: ['schema.drift'],
  },
  {
    name: 'getUserByUsername() resolves with undefined members on a miss',
    caughtBy: 'shape.miss',
    also: ['user.*', 'value.*', 'inject.*', 'isolate.tenant', 'secret.password'],
    breaks: ({ store }) => ({
      getUserByUsername: answers(
        store.getUserByUsername,
        (user) => user ?? { id: undefined, username: undefined },
      ),
    }),
  },
  {
    name: 'find() returns the `{}` of HGETALL on a miss',
    caughtBy: 'access.miss',
    also: [
      'access.*',
      'client.delete-grants',
      'code.consume.*',
      'expiry.*',
      'grant.*',
      'inject.*',
      'isolate.*',
      'issue.*',
      'once.*',
      'purge.*',
      'refresh.rotate.*',
      'revoke.*',
      'user.delete',
      'value.*',
    ],
    breaks: ({ store }) => ({ find: answers(store.find, (found) => found ?? {}) }),
  },
  {
    name: 'find() returns the expiry as a string',
    caughtBy: 'shape.expires',
    also: ['*'],
    breaks: ({ store }) => ({
      find: answers(
        store.find,
        (found) =>
          found && {
            ...found,
            expiresAt: found.expiresAt === null ? null : String(found.expiresAt),
          },
      ),
    }),
  },
  {
    name: 'find() returns undefined instead of null as the expiry',
    caughtBy: 'shape.expires',
    also: ['expiry.*', 'purge.horizon', 'value.*', 'purge.batch'],
    breaks: ({ store }) => ({
      find: answers(
        store.find,
        (found) => found && { ...found, expiresAt: found.expiresAt ?? undefined },
      ),
    }),
  },
  {
    name: 'isRedeemed() returns 0 or 1',
    caughtBy: 'shape.answers',
    also: [
      'code.consume.*',
      'refresh.rotate.*',
      'inject.*',
      'isolate.tenant',
      'purge.*',
      'revoke.everywhere',
      'expiry.passing',
      'access.revoke-one',
      'expiry.null',
    ],
    breaks: ({ store }) => ({ isRedeemed: answers(store.isRedeemed, Number) }),
  },
  {
    name: 'updateClient() returns 0 or 1',
    caughtBy: 'shape.answers',
    also: [
      'client.*',
      'grant.*',
      'issue.*',
      'once.*',
      'value.*',
      'isolate.tenant',
      'isolate.purge',
    ],
    breaks: ({ store }) => ({ updateClient: answers(store.updateClient, Number) }),
  },
  {
    name: 'listGrants() returns an empty list instead of an empty page',
    caughtBy: 'shape.answers',
    also: ['*'],
    breaks: ({ store }) => ({
      listGrants: answers(store.listGrants, (page) => (page.grants.length > 0 ? page : [])),
    }),
  },
  {
    name: 'revoke() returns its count as a string',
    caughtBy: 'shape.answers',
    also: [
      'expiry.*',
      'purge.*',
      'revoke.*',
      'value.*',
      'inject.*',
      'budget.growth',
      'schema.upgrade',
      'client.*',
      'access.parallel',
      'access.duplicate',
    ],
    breaks: ({ store }) => ({ revoke: answers(store.revoke, String) }),
  },
]
