import type { Mutant } from '../mutant'
import { modelCacheMutants } from './model-caches'
import { modelCallbackMutants } from './model-callbacks'
import { modelClientMutants } from './model-clients'
import { modelExpiryMutants } from './model-expiry'
import { modelGrantMutants } from './model-grants'
import { modelInstanceMutants } from './model-instances'
import { modelLastingMutants } from './model-lasting'
import { modelRacingMutants } from './model-racing'
import { modelRevokingMutants } from './model-revoking'
import { modelSecretMutants } from './model-secrets'
import { modelTokenMutants } from './model-tokens'
import { modelUserMutants } from './model-users'
import { modelValueMutants } from './model-values'

/**
 * Every mutant of a 2.4 model. Any other case may fail too, because a case needs several functions
 * of the contract to check one of them.
 */
export const modelMutants: readonly Mutant[] = [
  modelCallbackMutants,
  modelClientMutants,
  modelGrantMutants,
  modelUserMutants,
  modelTokenMutants,
  modelCacheMutants,
  modelRevokingMutants,
  modelExpiryMutants,
  modelValueMutants,
  modelSecretMutants,
  modelInstanceMutants,
  modelLastingMutants,
  modelRacingMutants,
].flatMap((some) => some.map((one) => ({ ...one, also: ['*'] })))
