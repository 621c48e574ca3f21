import type { WithTimeout } from '../async/timeout'
import type { Store } from '../contract/store'

type Method = Exclude<keyof Store, 'supports'>
type Call = (...args: unknown[]) => Promise<unknown>

// Only the methods that the endpoints call. The other lists and `purge` are not among them.
const methods = Object.keys({
  getClient: true,
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
} satisfies Partial<Record<Method, true>>) as Method[]

/**
 * Returns the store with a time limit on each call. A call that takes longer rejects with a
 * `TimeoutError` that names the method. The revocation of all grants of a client or user has no
 * time limit.
 */
export function storeWithTimeout(store: Store, withTimeout: WithTimeout): Store {
  const bounded = methods
    .filter((name) => typeof store[name] === 'function')
    .map((name): [Method, Call] => {
      const what = `The store's ${name}`
      return [name, (...args) => withTimeout(() => (store[name] as Call)(...args), what)]
    })
  const calls = { ...store, ...Object.fromEntries(bounded) }
  return {
    ...calls,
    revoke: (selector) => ('grantId' in selector ? calls.revoke(selector) : store.revoke(selector)),
  }
}
