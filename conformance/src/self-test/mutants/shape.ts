import type { Store } from '@oauth2-kit/core'
import { type Mutant, answers } from '../mutant'

// Built on what is kept right: only the answer has another form.

export const shapeMutants: Mutant[] = [
  {
    name: 'the manifest can be written to',
    caughtBy: 'shape.manifest',
    breaks: ({ store }) => ({ supports: { ...store.supports } }),
  },
  {
    name: 'the manifest denies the users that are there',
    caughtBy: 'shape.methods',
    breaks: ({ store: { supports } }) => ({
      supports: Object.freeze({ ...supports, users: false }),
    }),
  },
  {
    name: 'a bare value in place of a promise',
    caughtBy: 'shape.promises',
    breaks: () => ({ check: (() => []) as unknown as Store['check'] }),
    also: ['schema.drift'],
  },
  {
    name: 'a miss resolves a row of undefineds',
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
    name: '`{}` from HGETALL taken for a row',
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
    name: 'expiry returned as text',
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
    name: 'expiry undefined in place of null',
    caughtBy: 'shape.expires',
    also: ['expiry.*', 'purge.horizon', 'value.*'],
    breaks: ({ store }) => ({
      find: answers(
        store.find,
        (found) => found && { ...found, expiresAt: found.expiresAt ?? undefined },
      ),
    }),
  },
  {
    name: 'whether it was redeemed is 0 or 1',
    caughtBy: 'shape.answers',
    also: [
      'code.consume.*',
      'refresh.rotate.*',
      'inject.*',
      'isolate.tenant',
      'purge.*',
      'revoke.everywhere',
    ],
    breaks: ({ store }) => ({ isRedeemed: answers(store.isRedeemed, Number) }),
  },
  {
    name: 'whether a client was changed is 0 or 1',
    caughtBy: 'shape.answers',
    also: ['client.*', 'grant.*', 'issue.*', 'once.*'],
    breaks: ({ store }) => ({ updateClient: answers(store.updateClient, Number) }),
  },
  {
    name: 'an empty list in place of a page',
    caughtBy: 'shape.answers',
    also: ['*'],
    breaks: ({ store }) => ({
      listGrants: answers(store.listGrants, (page) => (page.grants.length > 0 ? page : [])),
    }),
  },
  {
    name: 'the count of a revocation is text',
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
    ],
    breaks: ({ store }) => ({ revoke: answers(store.revoke, String) }),
  },
]
