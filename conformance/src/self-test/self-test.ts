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
 * case if all of them may fail. `near` leaves out what is far from the case that is meant for a
 * mutant, which finds the same in a fraction of the time.
 */
export async function tryVariant(
  variant: Variant,
  execArgv?: string[],
  { near = false } = {},
): Promise<Trial> {
  const mutant = isMutant(variant) ? variant : null
  await using bench = await benchOf(variant, execArgv)
  const except = slow.filter((pattern) => mutant && !matches(mutant.caughtBy, pattern))
  // If any other case may fail too, there is nothing to learn from it.
  const isAlone = mutant?.also?.includes('*') ?? false
  const { verdicts } = await runConformance({
    ...bench.options,
    ...(isAlone ? { only: mutant!.caughtBy } : { except }),
    ...(near && mutant && !isAlone && { only: nearTo(mutant) }),
    randomSeed: seed,
    shuffle: true,
  })
  for (const timer of leftTimers) clearInterval(timer)
  leftTimers.clear()
  const failed = verdicts.filter(({ status }) => status === 'failed').map((one) => one.case.id)
  return { variant, verdicts, failed, complaint: complaintAbout(mutant, failed) }
}

/** Groups whose cases check the same promises of several methods. */
const alike = ['code', 'refresh', 'once']

/** Returns the groups near to the case that is meant for a mutant, and what else may fail. */
function nearTo({ caughtBy, also = [] }: Mutant): string[] {
  const [group = ''] = caughtBy.split('.')
  const others = also.filter((pattern) => cases().some(({ id }) => matches(id, pattern)))
  return [...(alike.includes(group) ? alike : [group]), ...others]
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
