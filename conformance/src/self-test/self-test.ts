import { cases } from '../cases'
import { matches } from '../glob'
import { runConformance } from '../runner'
import type { Verdict } from '../case'
import { benchOf } from './bench'
import { harmless } from './harmless'
import type { Mutant, Variant } from './mutant'
import { mutants } from './mutants'
import { leftTimers } from './mutants/life'

/** The result of the suite on one variant. */
export interface Trial {
  readonly variant: Variant
  readonly verdicts: readonly Verdict[]
  /** The ids of the cases that have failed. */
  readonly failed: readonly string[]
  /** Describes what is wrong with the result; null if it is as expected. */
  readonly complaint: string | null
}

/** Options of the self-test. */
export interface SelfTestOptions {
  /** Node options for child processes, if the sources aren't compiled. @default this process's */
  execArgv?: string[]
  /** Called after each variant. @default none */
  progress?: (trial: Trial, done: number, of: number) => void
}

/** The result of the suite on correct and on broken stores. */
export interface SelfTest {
  readonly trials: readonly Trial[]
  /** The ids of the cases that no mutant has made fail, and which therefore prove nothing. */
  readonly unproved: readonly string[]
  /** Whether no variant has a complaint and no case is unproved. */
  readonly passed: boolean
}

// A seed with which the group `fuzz` catches its mutants.
const seed = 3
/** Groups and cases that take long: they run on the mutants that are meant for them only. */
const slow = ['fuzz.*', 'budget.*', 'growth.*', '*.many'] as const

/**
 * Tests the suite itself: correct stores raise no false alarm, every mutant fails its case, and
 * every case fails on some mutant.
 */
export async function selfTest({ execArgv, progress }: SelfTestOptions = {}): Promise<SelfTest> {
  const trials: Trial[] = []
  const variants = [...harmless, ...mutants]
  for (const variant of variants) {
    const trial = await tryVariant(variant, execArgv)
    trials.push(trial)
    progress?.(trial, trials.length, variants.length)
  }
  const unproved = unprovedBy(trials)
  return {
    trials,
    unproved,
    passed: unproved.length === 0 && trials.every(({ complaint }) => !complaint),
  }
}

/**
 * Runs every case on one variant. For a mutant, skips slow groups other than its own, and every other
 * case if all of them may fail. `alone` runs only the case that is meant for a mutant, which takes a
 * fraction of the time.
 */
export async function tryVariant(
  variant: Variant,
  execArgv?: string[],
  { alone = false } = {},
): Promise<Trial> {
  const mutant = isMutant(variant) ? variant : null
  await using bench = await benchOf(variant, execArgv)
  const except = slow.filter((pattern) => mutant && !matches(mutant.caughtBy, pattern))
  const isAlone = mutant && (alone || mutant.also?.includes('*'))
  const { verdicts } = await runConformance({
    ...bench.options,
    ...(isAlone ? { only: meantFor(mutant) } : { except }),
    randomSeed: seed,
    shuffle: true,
  })
  for (const timer of leftTimers) clearInterval(timer)
  leftTimers.clear()
  const failed = verdicts.filter(({ status }) => status === 'failed').map((one) => one.case.id)
  return { variant, verdicts, failed, complaint: complaintAbout(mutant, failed) }
}

/**
 * Returns the case that is meant for a mutant, and those that it may fail and that are meant for no
 * mutant of its kind.
 */
function meantFor(mutant: Mutant): string[] {
  const { caughtBy, also = [] } = mutant
  const alike = mutants.filter((one) => kindOf(one) === kindOf(mutant))
  const meant = new Set(alike.map((one) => one.caughtBy))
  const others = cases().filter(({ id }) => !meant.has(id))
  // "*" means that any other case may fail, so nothing is to be learnt from them.
  const patterns = also.filter((pattern) => pattern !== '*')
  const may = others.filter(({ id }) => patterns.some((pattern) => matches(id, pattern)))
  return [caughtBy, ...may.map(({ id }) => id)]
}

function kindOf(mutant: Mutant): string {
  if ('breaksModel' in mutant) return 'model'
  if ('promiseModel' in mutant) return mutant.served ? 'served promise model' : 'promise model'
  return mutant.served ? 'served' : 'direct'
}

/** Returns the ids of the cases that none of these trials has made fail. */
export function unprovedBy(trials: readonly Trial[]): string[] {
  const killed = new Set(trials.flatMap(({ failed }) => failed))
  const ids = cases().map(({ id }) => id)
  return ids.filter((id) => !killed.has(id))
}

function complaintAbout(mutant: Mutant | null, failed: readonly string[]): string | null {
  if (!mutant) return failed.length > 0 ? `false alarm: ${failed.join(', ')}` : null
  if (!failed.includes(mutant.caughtBy)) return `not caught by ${mutant.caughtBy}`
  const declared = [mutant.caughtBy, ...(mutant.also ?? [])]
  const surplus = failed.filter((id) => !declared.some((pattern) => matches(id, pattern)))
  return surplus.length > 0 ? `also caught by ${surplus.join(', ')}, which is not declared` : null
}

function isMutant(variant: Variant): variant is Mutant {
  return 'caughtBy' in variant
}
