import type { Mutant } from '../mutant'
import { promiseAdaptedMutants } from './promise-adapted'
import { promiseClientMutants } from './promise-clients'
import { promiseFaultMutants } from './promise-faults'
import { promiseMemberMutants } from './promise-members'
import { promiseRedirectMutants } from './promise-redirects'
import { promiseRevokingMutants } from './promise-revoking'
import { promiseSavingMutants } from './promise-saving'
import { promiseScopeMutants } from './promise-scopes'

/** Every mutant of a promise model. As of a 2.4 model, any other case may fail too. */
export const promiseMutants: readonly Mutant[] = [
  promiseClientMutants,
  promiseMemberMutants,
  promiseSavingMutants,
  promiseScopeMutants,
  promiseRedirectMutants,
  promiseRevokingMutants,
  promiseFaultMutants,
  promiseAdaptedMutants,
].flatMap((some) => some.map((one) => ({ ...one, also: ['*'] })))
