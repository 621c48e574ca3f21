import { type Model, modelFunctions } from '../contract/model'
import { isThenable, whyNoStore } from '../contract/no-store'
import { type Store, assertStore, isStore } from '../contract/store'
import { OptionError, optionError } from '../errors/option-error'
import { isObject } from '../values/is-object'

/** Returns the store or model. Throws an OptionError unless exactly one is defined. */
export function storageOf(
  store: Store | undefined,
  model: Store | Model | undefined,
): Store | Model {
  assertNoPromiseModel('store', store)
  assertNoPromiseModel('model', model)
  if (store !== undefined) assertStore(store, '"store"')
  if (model !== undefined) assertModel(model)
  if (store !== undefined && model !== undefined)
    throw optionError('store', 'and "model" are mutually exclusive: leave one of them out')
  const storage = store ?? model
  if (storage === undefined) {
    throw optionError(
      'store',
      'is missing: pass a store, such as memoryStore(), or a "model" of the 2.4 line',
    )
  }
  return storage
}

/**
 * Throws an OptionError if the value is neither a store nor a model of the 2.4 line. A function, such
 * as a class with static members, is a model only if it has a function of a model. Otherwise it
 * probably returns a store.
 */
function assertModel(value: unknown): void {
  if (isObject(value) && isStore(value)) return assertStore(value)
  if (isObject(value) && !isThenable(value)) return
  if (isFunction(value) && modelFunctions.some((name) => isFunction((value as Model)[name]))) return
  throw new OptionError('model', `"model" ${whyNoStore(value)}. A model of the 2.4 line works too`)
}

/** Functions of promise models, which `oauth2-server` 3 to 5 have and 2.4 does not. */
const promiseFunctions = [
  'saveToken',
  'revokeToken',
  'saveAuthorizationCode',
  'getAuthorizationCode',
  'revokeAuthorizationCode',
  'verifyScope',
]

/** Throws an OptionError for a model of `oauth2-server` 3 to 5. */
function assertNoPromiseModel(option: 'store' | 'model', value: unknown): void {
  if (!isObject(value) && !isFunction(value)) return
  const functions = value as Record<string, unknown>
  const found = promiseFunctions.filter((name) => isFunction(functions[name]))
  if (found.length === 0 || isFunction(functions['saveAccessToken'])) return
  throw optionError(
    option,
    `has ${found.slice(0, 2).join(' and ')}, so it is a model of oauth2-server 3 to 5. To use ` +
      'oauthserver(), pass a store as "store", such as memoryStore(). To keep that server, pass it ' +
      'toPromiseModel(store) instead of this model. UPGRADING.md compares both',
  )
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function'
}
