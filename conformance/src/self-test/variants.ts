import { harmless } from './harmless'
import type { Variant } from './mutant'
import { mutants } from './mutants'

/** Every variant. The number of one is in the URL of its database, so that a process finds it. */
export const variants: readonly Variant[] = [...mutants, ...harmless]
