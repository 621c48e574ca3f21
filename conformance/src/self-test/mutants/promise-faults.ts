import type { PromiseModel } from '../../reference/promise-model'
import type { Mutant } from '../mutant'
import { replacing } from '../promise-answers'

type Fn = (...args: never[]) => Promise<unknown>

/** What each function returns in place of an error of its database. */
const swallowed: readonly [
  name: keyof PromiseModel,
  caughtBy: string,
  result: (...args: never[]) => unknown,
][] = [
  ['getClient', 'fault.error-not-miss', () => null],
  ['getUser', 'fault.error-not-miss', () => null],
  ['getUserFromClient', 'fault.error-not-miss', () => null],
  ['getAccessToken', 'fault.error-not-miss', () => null],
  ['getRefreshToken', 'fault.error-not-miss', () => undefined],
  ['getAuthorizationCode', 'fault.error-not-miss', () => false],
  [
    'saveToken',
    'fault.error-not-miss',
    (token: object, client: object, user: object) => ({ ...token, client, user }),
  ],
  [
    'saveAuthorizationCode',
    'fault.error-not-miss',
    (code: object, client: object, user: object) => ({ ...code, client, user }),
  ],
  ['revokeToken', 'fault.revoke.reported', () => true],
  ['revokeAuthorizationCode', 'fault.revoke.reported', () => true],
]

/** Mutants of a promise model whose database is down. */
export const promiseFaultMutants: readonly Mutant[] = swallowed.map(([name, caughtBy, result]) => ({
  name: `${name}() of a promise model swallows an error of its database`,
  caughtBy,
  served: true,
  promiseModel: replacing(({ model }) => ({
    [name]: (...args: never[]) =>
      (model[name] as unknown as Fn)(...args).catch(() => result(...args)),
  })),
}))
