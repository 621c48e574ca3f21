import type { Variant } from '../mutant'
import { argumentVariants } from './arguments'
import { listVariants } from './lists'
import { memberVariants } from './members'
import { methodVariants } from './methods'
import { ruleVariants } from './rules'

/**
 * Broken stores that are made by operators, for each method, argument and member of the contract,
 * instead of by hand.
 */
export function operatorVariants(): Variant[] {
  return [
    ...methodVariants(),
    ...listVariants(),
    ...ruleVariants(),
    ...argumentVariants(),
    ...memberVariants(),
  ]
}
