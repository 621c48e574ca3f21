import { clientFunctions } from './clients'
import { codeFunctions } from './codes'
import { contextOf } from './context'
import { generators } from './generators'
import type { PromiseModel } from './model'
import { type ToPromiseModelOptions, defaults, rules } from './options'
import { Presentations } from './presentations'
import { reported } from './reported'
import { scopeFunctions } from './scopes'
import { tokenFunctions } from './tokens'
import { userFunctions } from './users'
import { type Store, assertStore } from '../contract/store'
import { readOptions } from '../options/read-options'

/**
 * Returns a model on a store, for `@node-oauth/oauth2-server` 4 and 5, `oauth2-server` 3 and servers
 * that use them. Codes and tokens are stored as hashes, in the format of `oauthserver()`, which
 * accepts them too. `revokeAuthorizationCode` and `revokeToken` resolve with true for exactly one of
 * any number of callers. A code that is presented again ends its grant, and so does a refresh token
 * after `refreshGrace` seconds. Public clients need PKCE. A call of the store that fails or takes too
 * long rejects, which these servers answer with a 503. The functions need no `this`. Throws an
 * OptionError if `store` is not a store or an option is wrong.
 */
export function toPromiseModel(
  store: Store,
  options: ToPromiseModelOptions<string> & { scopeFormat: 'string' },
): PromiseModel<string>
export function toPromiseModel(store: Store, options?: ToPromiseModelOptions): PromiseModel
export function toPromiseModel<S extends string | string[]>(
  store: Store,
  options: ToPromiseModelOptions<S> = {},
): PromiseModel<S> {
  assertStore(store, 'The first argument of toPromiseModel()')
  const settings = readOptions({ ...options }, rules, { of: 'toPromiseModel()', defaults })
  const context = contextOf<S>(store, settings as never)
  const presentations = new Presentations()
  return reported({
    ...generators(context),
    ...clientFunctions(context),
    ...tokenFunctions(context, presentations),
    ...codeFunctions(context, presentations),
    ...userFunctions(context),
    ...scopeFunctions(context),
  })
}
