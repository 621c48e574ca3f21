import type { Mutant } from '../mutant'
import { changing, changingHit, replacing, without } from '../promise-answers'

const finders = [
  { find: 'getAccessToken', expiry: 'accessTokenExpiresAt', case: 'access.find' },
  { find: 'getRefreshToken', expiry: 'refreshTokenExpiresAt', case: 'refresh.find' },
  { find: 'getAuthorizationCode', expiry: 'expiresAt', case: 'code.find' },
] as const

type Found = Record<string, unknown>

/** What a look-up may return in place of the right members. */
const wrong: readonly [
  what: string,
  caughtBy: 'expires' | 'find',
  change: (found: Found, expiry: string) => unknown,
][] = [
  [
    'the expiry as a text',
    'expires',
    (found, expiry) => ({ ...found, [expiry]: (found[expiry] as Date | undefined)?.toISOString() }),
  ],
  [
    'the expiry in milliseconds',
    'expires',
    (found, expiry) => ({ ...found, [expiry]: Number(found[expiry]) }),
  ],
  ['the id of the user in place of the user', 'find', (found) => ({ ...found, user: idOf(found) })],
  ['no user', 'find', (found) => ({ ...found, user: undefined, userId: idOf(found) })],
]

function idOf({ user }: Found): unknown {
  return (user as { id: unknown }).id
}

/** Mutants of what the look-ups of a promise model return. */
export const promiseMemberMutants: readonly Mutant[] = [
  ...finders.flatMap(({ find, expiry, case: id }): Mutant[] => [
    ...wrong.map(([what, caughtBy, change]) => ({
      name: `${find}() of a promise model returns ${what}`,
      caughtBy: caughtBy === 'expires' ? 'shape.expires' : id,
      promiseModel: changingHit(find, (found) => change(found as never, expiry)),
    })),
    {
      name: `${find}() of a promise model throws an error on a miss`,
      caughtBy: 'shape.miss',
      promiseModel: changing(find, (found) => {
        if (found) return found
        throw new Error('Not found')
      }),
    },
    {
      name: `${find}() of a promise model resolves with a list of what it has found`,
      caughtBy: 'shape.miss',
      promiseModel: changing(find, (found) => (found ? [found] : [])),
    },
    {
      name: `${find}() of a promise model resolves with an empty object on a miss`,
      caughtBy: 'shape.miss',
      promiseModel: changing(find, (found) => found || {}),
    },
    {
      name: `${find}() of a promise model never settles on a miss`,
      caughtBy: 'shape.miss',
      promiseModel: changing(find, (found) => found || new Promise(() => {})),
    },
    {
      name: `${find}() of a promise model takes a callback, and returns nothing`,
      caughtBy: 'shape.callback',
      promiseModel: replacing(({ model }) => ({
        [find](token: string, callback?: (error: null, found: unknown) => void) {
          void model[find](token).then((found) => callback?.(null, found))
        },
      })),
    },
  ]),
  ...finders.slice(1).flatMap(({ find, case: id }): Mutant[] => [
    {
      name: `${find}() of a promise model returns the id of the client in place of the client`,
      caughtBy: id,
      promiseModel: changingHit(find, ({ client, ...found }) => ({ ...found, client: client.id })),
    },
    {
      name: `${find}() of a promise model returns the client with a "clientId" only`,
      caughtBy: id,
      promiseModel: changingHit(find, ({ client, ...found }) => ({
        ...found,
        client: { clientId: client.id },
      })),
    },
  ]),
  {
    name: 'getAuthorizationCode() of a promise model returns no expiry',
    caughtBy: 'shape.expires',
    promiseModel: changingHit('getAuthorizationCode', (found) => without(found, 'expiresAt')),
  },
  {
    name: 'getAccessToken() of a promise model returns no expiry',
    caughtBy: 'shape.expires',
    promiseModel: changingHit('getAccessToken', (found) => without(found, 'accessTokenExpiresAt')),
  },
  {
    name: 'getRefreshToken() of a promise model returns the token in another member',
    caughtBy: 'refresh.rotate.old-dead',
    promiseModel: changingHit('getRefreshToken', ({ refreshToken, ...found }) => ({
      ...found,
      refresh_token: refreshToken,
    })),
  },
  {
    name: 'getAuthorizationCode() of a promise model returns the code in another member',
    caughtBy: 'code.consume.second',
    promiseModel: changingHit('getAuthorizationCode', ({ authorizationCode, ...found }) => ({
      ...found,
      code: authorizationCode,
    })),
  },
  ...(['saveToken', 'getRefreshToken', 'revokeToken', 'revokeAuthorizationCode'] as const).map(
    (name): Mutant => ({
      name: `a promise model has no ${name}()`,
      caughtBy: 'shape.methods',
      promiseModel: replacing(() => ({ [name]: undefined })),
    }),
  ),
]
