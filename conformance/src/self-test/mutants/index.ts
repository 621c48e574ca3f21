import type { Mutant } from '../mutant'
import { accessMutants } from './access'
import { budgetMutants } from './budget'
import { operatorMutants } from './by-operator'
import { clientAndUserMutants } from './client-user'
import { codeAndRefreshMutants } from './code-refresh'
import { expiryMutants } from './expiry'
import { grantMutants } from './grant'
import { faultMutants } from './fault'
import { fuzzMutants } from './fuzz'
import { growthMutants } from './growth'
import { injectMutants } from './inject'
import { instanceMutants } from './instances'
import { isolateMutants } from './isolate'
import { issueMutants } from './issue'
import { lifeMutants } from './life'
import { modelMutants } from './model'
import { onceMutants } from './once'
import { promiseMutants } from './promise'
import { purgeMutants } from './purge'
import { recordMutants } from './record'
import { revokeMutants } from './revoke'
import { schemaMutants } from './schema'
import { shapeMutants } from './shape'
import { valueMutants } from './value'

/** Every mutant, of stores, of 2.4 models and of promise models. */
export const mutants: readonly Mutant[] = [
  ...shapeMutants,
  ...clientAndUserMutants,
  ...accessMutants,
  ...issueMutants,
  ...recordMutants,
  ...onceMutants,
  ...codeAndRefreshMutants,
  ...grantMutants,
  ...expiryMutants,
  ...valueMutants,
  ...injectMutants,
  ...isolateMutants,
  ...faultMutants,
  ...growthMutants,
  ...budgetMutants,
  ...purgeMutants,
  ...revokeMutants,
  ...lifeMutants,
  ...schemaMutants,
  ...fuzzMutants,
  ...instanceMutants,
  ...operatorMutants,
  ...modelMutants,
  ...promiseMutants,
]
