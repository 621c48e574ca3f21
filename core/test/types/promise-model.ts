// Checked by the compiler and never run: the model for servers of oauth2-server 3 to 5.

import {
  type PromiseModel,
  type PromiseModelClient,
  type PromiseModelCode,
  type PromiseModelNewCode,
  type PromiseModelNewToken,
  type PromiseModelRefreshToken,
  type PromiseModelToken,
  type PromiseModelUser,
  type ToPromiseModelOptions,
  toPromiseModel,
} from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import type Server5 from '@node-oauth/oauth2-server'
// By its path, because the name belongs to version 2.4 here.
import type Server3 from '../../../node_modules/@types/oauth2-server/index'

const store = memoryStore()

// The model is complete for every grant type, of version 5 and of version 3.
const forFive: PromiseModel = toPromiseModel(store)
export const five: Server5.AuthorizationCodeModel &
  Server5.ClientCredentialsModel &
  Server5.PasswordModel &
  Server5.RefreshTokenModel = forFive
const forThree: PromiseModel<string> = toPromiseModel(store, { scopeFormat: 'string' })
export const three: Server3.AuthorizationCodeModel &
  Server3.ClientCredentialsModel &
  Server3.PasswordModel &
  Server3.RefreshTokenModel = forThree

export const options: ToPromiseModelOptions = {
  scopeFormat: 'array',
  users: { authenticate: async () => ({ id: 7 }), find: async () => null },
  getUserFromClient: () => ({ id: 'robot' }),
  generateAccessToken: async () => null,
  validateScope: (_user, _client, scope) => scope ?? false,
  verifyScope: (token, scope) => scope.every((one) => token.scope?.includes(one)),
  grantLifetime: null,
}
// An application may replace functions.
export const own: Server5.PasswordModel = {
  ...toPromiseModel(store, options),
  getUser: async () => ({ id: 'ada' }),
}

// The types of arguments and results have names.
export const wrapped: Partial<PromiseModel> = {
  getClient: async (...args): Promise<PromiseModelClient | null> => forFive.getClient(...args),
  saveToken: async (token: PromiseModelNewToken, client, user): Promise<PromiseModelToken> =>
    forFive.saveToken(token, client, user),
  saveAuthorizationCode: async (
    code: PromiseModelNewCode,
    client,
    user: PromiseModelUser,
  ): Promise<PromiseModelCode> => forFive.saveAuthorizationCode(code, client, user),
  getRefreshToken: async (token): Promise<PromiseModelRefreshToken | null> =>
    forFive.getRefreshToken(token),
}

// The form of scopes follows the option.
export const scopes: Promise<string[] | false> = forFive.validateScope({}, { id: 'a' }, ['read'])
export const scope: Promise<string | false> = forThree.validateScope({}, { id: 'a' }, 'read')
// @ts-expect-error -- version 5 has arrays
void forFive.validateScope({}, { id: 'a' }, 'read')
// @ts-expect-error -- text is not an array
export const wrong: PromiseModel = toPromiseModel(store, { scopeFormat: 'string' })
// @ts-expect-error -- an option that does not exist
toPromiseModel(store, { scopeFromat: 'array' })
