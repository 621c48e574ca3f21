import type { ModelContract } from './contract'
import { hasFunction, mutual } from './functions'

/** The contract of `oauth2-server` 2.4: each operation is a function of the model. */
export const callbackContract: ModelContract = {
  name: '2.4',
  title: 'model 2.4',
  kind: 'a model of the 2.4 line',
  inWords: 'the 2.4 contract',
  lacks: "can't consume a code, has no grants, and receives tokens unhashed",
  callbacks: true,
  ownersExist: false,
  neverExpires: true,
  needed: [
    {
      purpose: 'every grant type',
      sign: null,
      functions: ['getAccessToken', 'getClient', 'grantTypeAllowed', 'saveAccessToken'],
    },
    ...mutual('the grant type authorization_code', ['getAuthCode', 'saveAuthCode']),
    ...mutual('the grant type refresh_token', ['getRefreshToken', 'saveRefreshToken']),
    {
      purpose: 'the grant type refresh_token',
      sign: 'revokeRefreshToken',
      functions: ['getRefreshToken', 'saveRefreshToken'],
    },
  ],
  functionsOf: (operation) => [operation],
  has: hasFunction,
  titleOf: (operation) => `${operation}()`,
  memberOf: (_, member) => member,
  userOf: async (_, user) => user,
  ask: (calls, operation, args) => calls.call(operation, ...args),
  isRevoked: async () => false,
}
