import type { WithTimeout } from '../async/timeout'
import type { Store } from '../contract/store'

type Method = Exclude<keyof Store, 'supports'>
type Call = (...args: unknown[]) => Promise<unknown>

// Each with its name, and without the lists and the purge, which the engine has no use for.
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
 * Returns the store with a bound on each call: one that takes longer rejects with a `TimeoutError`
 * that names the method. Only the revocation of all grants of a client or user may take as long as it
 * needs.
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
