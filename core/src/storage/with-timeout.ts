import type { WithTimeout } from '../async/timeout'
import type { Store } from '../contract/store'

/** The methods that the endpoints call. Calls of other methods do not compile. */
type Used =
  | 'getClient'
  | 'createClient'
  | 'updateClient'
  | 'deleteClient'
  | 'getUserByUsername'
  | 'updateUser'
  | 'issue'
  | 'find'
  | 'redeem'
  | 'isRedeemed'
  | 'extend'
  | 'revoke'
  | 'revokeAccessToken'
  | 'listGrants'
  | 'addRecord'
  | 'getRecord'
  | 'takeRecord'
/** The part of a store that the endpoints use. */
export type UsedStore = Pick<Store, Used>
type Call = (...args: unknown[]) => Promise<unknown>

const methods = Object.keys({
  getClient: true,
  createClient: true,
  updateClient: true,
  deleteClient: true,
  getUserByUsername: true,
  updateUser: true,
  issue: true,
  find: true,
  redeem: true,
  isRedeemed: true,
  extend: true,
  revoke: true,
  revokeAccessToken: true,
  listGrants: true,
  addRecord: true,
  getRecord: true,
  takeRecord: true,
} satisfies Record<Used, true>) as Used[]

/**
 * Returns the store with a time limit on each call. A call that takes longer rejects with a
 * `TimeoutError` that names the method. The revocation of all grants of a client or user has no
 * time limit, nor has the deletion of a client.
 */
export function storeWithTimeout(store: UsedStore, withTimeout: WithTimeout): UsedStore {
  const bounded = methods
    .filter((name) => typeof store[name] === 'function')
    .map((name): [Used, Call] => {
      const what = `The store's ${name}`
      return [name, (...args) => withTimeout(() => (store[name] as Call)(...args), what)]
    })
  const calls = Object.fromEntries(bounded) as unknown as UsedStore
  return {
    ...calls,
    deleteClient: (id) => store.deleteClient(id),
    revoke: (selector) => ('grantId' in selector ? calls.revoke(selector) : store.revoke(selector)),
  }
}
