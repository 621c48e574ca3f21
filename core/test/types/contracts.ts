// Checked by the compiler and never run: custom stores and models.

import oauthserver, {
  type Callback,
  type Model,
  type Redemption,
  type Selector,
  type Store,
  toModel,
} from '@oauth2-kit/core'
import { type MemoryStore, memoryStore } from '@oauth2-kit/memory'

const memory: MemoryStore = memoryStore({ file: 'a', retentionSeconds: 1, now: Date.now })
// memoryStore() returns a complete store, including users.
export const store: Required<Store> = memory
// @ts-expect-error -- an option that does not exist
memoryStore({ path: 'a' })

const { getUserByUsername: _, createUser: __, deleteUser: ___, ...withoutUsers } = memory
// Only the methods for users are optional in a store.
oauthserver({ model: withoutUsers satisfies Store })
const { redeem: ____, ...withoutRedeem } = memory
// @ts-expect-error -- redeem is missing
export const lacking: Store = withoutRedeem

// The outcomes of a redemption are distinct.
export function said(redemption: Redemption): string {
  const all: 'redeemed' | 'replayed' | 'revoked' | 'unknown' = redemption.status
  return all
}

export const selectors: Selector[] = [
  { grantId: 'a' },
  { clientId: 'a' },
  { userId: 'a' },
  { userId: 'a', clientId: 'b' },
]
// @ts-expect-error -- a selector is not empty
export const everything: Selector = {}

// A model of the 2.4 line, with callbacks.
export const model: Model = {
  getAccessToken(token, callback) {
    callback(null, { expires: null, userId: token })
  },
  getClient(id, secret, callback) {
    callback(secret === null ? null : new Error('no'), { clientId: id, redirectUri: ['a'] })
  },
  grantTypeAllowed: (_id, _type, callback) => callback(null, true),
  saveAccessToken(_token, _clientId, expires, _user, callback) {
    callback(expires === null ? undefined : new Error(expires.toISOString()))
  },
  extendedGrant: (_type, req, callback) => callback(null, true, { id: req['body'].id }),
}
// And with promises.
export const promises: Model = {
  getAccessToken: async (token: string) => ({ expires: new Date(), user: { id: token } }),
  getClient: async () => null,
}
oauthserver({ model })
oauthserver({ model: promises, grants: ['password'] })
// An instance of a class is also a model.
class ModelClass {
  getAccessToken(_token: string, callback: Callback<{ expires: Date | null }>): void {
    callback(null, { expires: null })
  }
}
oauthserver({ model: new ModelClass() })
// @ts-expect-error -- a date is not text
export const wrong: Model = { getAccessToken: (_t, done) => done(null, { expires: 'tomorrow' }) }

// A model on a store supports both promises and callbacks.
const onStore = toModel(memory, { storeTimeout: 1, now: Date.now })
export const byPromise: Promise<{ clientId: string } | null> = onStore.getAccessToken('a')
onStore.getAccessToken('a', (error, token) => [error, token && token.expires])
// @ts-expect-error -- a token is text
void onStore.getAccessToken(7)
oauthserver({ model: onStore, profile: 'v2' })
