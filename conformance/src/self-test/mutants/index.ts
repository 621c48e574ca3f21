import type { Mutant } from '../mutant'
import { accessMutants } from './access'
import { clientAndUserMutants } from './clients-and-users'
import { consumeMutants } from './consume'
import { expiryMutants } from './expiry'
import { grantMutants } from './grant'
import { faultMutants } from './fault'
import { growthMutants } from './growth'
import { issueMutants } from './issue'
import { lifeMutants } from './life'
import { modelMutants } from './model'
import { onceMutants } from './once'
import { purgeMutants } from './purge'
import { recordMutants } from './records'
import { revokeMutants } from './revoke'
import { schemaMutants } from './schema'
import { shapeMutants } from './shape'
import { fuzzMutants, injectMutants, isolateMutants, valueMutants } from './value'

/** Every mutant, of stores and of 2.4 models. */
export const mutants: readonly Mutant[] = [
  ...shapeMutants,
  ...clientAndUserMutants,
  ...accessMutants,
  ...issueMutants,
  ...recordMutants,
  ...onceMutants,
  ...consumeMutants,
  ...grantMutants,
  ...expiryMutants,
  ...valueMutants,
  ...injectMutants,
  ...isolateMutants,
  ...faultMutants,
  ...growthMutants,
  ...purgeMutants,
  ...revokeMutants,
  ...lifeMutants,
  ...schemaMutants,
  ...fuzzMutants,
  ...modelMutants,
]
