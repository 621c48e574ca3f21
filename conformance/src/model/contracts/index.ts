import { optionError } from '@oauth2-kit/core/store-kit'
import { callbackContract } from './callback'
import type { AnyModel, ModelContract } from './contract'
import { hasFunction } from './functions'
import type { ModelContractName } from './name'
import { promiseContract } from './promise'

export {
  type AnyModel,
  type Calls,
  type Member,
  type ModelContract,
  type Operation,
} from './contract'
export { type ModelContractName, modelContracts } from './name'

/** The contracts by their names. */
export const contracts: Readonly<Record<ModelContractName, ModelContract>> = {
  '2.4': callbackContract,
  promise: promiseContract,
}

/** Functions that only one of the contracts has. */
const signs: Readonly<Record<ModelContractName, readonly string[]>> = {
  '2.4': [
    'grantTypeAllowed',
    'saveAccessToken',
    'saveAuthCode',
    'getAuthCode',
    'saveRefreshToken',
    'revokeRefreshToken',
    'extendedGrant',
    'generateToken',
  ],
  promise: [
    'saveToken',
    'revokeToken',
    'saveAuthorizationCode',
    'getAuthorizationCode',
    'revokeAuthorizationCode',
    'validateScope',
    'verifyScope',
    'validateRedirectUri',
    'generateAccessToken',
    'generateRefreshToken',
    'generateAuthorizationCode',
  ],
}

/**
 * Returns the contract that a model implements, by its functions. `wanted` is the option `contract`.
 * Throws an OptionError if the model has functions of both contracts, or none of the wanted one.
 */
export function contractOf(model: AnyModel, wanted?: ModelContractName): ModelContract {
  const found = {
    '2.4': signs['2.4'].filter((name) => hasFunction(model, name)),
    promise: signs.promise.filter((name) => hasFunction(model, name)),
  }
  if (wanted) {
    const other = wanted === 'promise' ? '2.4' : 'promise'
    if (found[wanted].length > 0 || found[other].length === 0) return contracts[wanted]
    throw optionError(
      'contract',
      `is '${wanted}', but the model has functions of '${other}' only: ${found[other].join(', ')}`,
    )
  }
  if (found.promise.length === 0) {
    const isKnown = found['2.4'].length > 0 || hasFunction(model, 'getClient')
    if (isKnown || !hasFunction(model, 'getAccessToken')) return callbackContract
    throw optionError(
      'contract',
      "must be '2.4' or 'promise' (--contract of the command), because the functions of the model are in both: getAccessToken",
    )
  }
  if (found['2.4'].length === 0) return promiseContract
  throw optionError(
    'contract',
    `must be '2.4' or 'promise' (--contract of the command), because the model has functions of both: ${found['2.4'][0]} and ${found.promise[0]}`,
  )
}
