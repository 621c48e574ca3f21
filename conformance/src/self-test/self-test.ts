import { cases } from '../cases'
import { matches } from '../glob'
import { runConformance } from '../runner'
import type { Verdict } from '../case'
import type { Group } from '../types'
import { benchOf } from './bench'
import { harmless } from './harmless'
import type { Mutant, Variant } from './mutant'
import { mutants } from './mutants'
import { leftTimers } from './mutants/life'

/** What the suite says of one variant. */
export interface Trial {
  readonly variant: Variant
  readonly verdicts: readonly Verdict[]
  /** The ids of the cases that have failed. */
  readonly failed: readonly string[]
  /** What is wrong with that; null: it is as it must be. */
  readonly complaint: string | null
}

/** How the self-test runs. */
export interface SelfTestOptions {
  /** How Node is started for processes where these sources are not compiled. @default as this one */
  execArgv?: string[]
  /** Is told about each variant. @default nobody */
  progress?: (trial: Trial, done: number, of: number) => void
}

/** The suite, tried on stores that are right and on stores that are wrong. */
export interface SelfTest {
  readonly trials: readonly Trial[]
  /** Cases that no mutant has made fail: they prove nothing. */
  readonly unproved: readonly string[]
  /** Whether there is no complaint, and nothing is unproved. */
  readonly passed: boolean
}

// One that finds the mutants of the group.
const seed = 3
const slow = ['fuzz', 'budget', 'growth'] as const satisfies readonly Group[]

/** Proves the suite: no false alarm, every mutant caught by its case, every case by a mutant. */
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

/** Runs every case on one variant; of a mutant without what takes long, unless it is about that. */
export async function tryVariant(variant: Variant, execArgv?: string[]): Promise<Trial> {
  const mutant = isMutant(variant) ? variant : null
  await using bench = await benchOf(variant, execArgv)
  // What takes long, and is allowed to fail with any mutant.
  const except = slow.filter((group) => mutant && !mutant.caughtBy.startsWith(group))
  const { verdicts } = await runConformance({
    ...bench.options,
    except,
    randomSeed: seed,
    shuffle: true,
  })
  for (const timer of leftTimers) clearInterval(timer)
  leftTimers.clear()
  const failed = verdicts.filter(({ status }) => status === 'failed').map((one) => one.case.id)
  return { variant, verdicts, failed, complaint: complaintAbout(mutant, failed) }
}

/** The cases that none of these has made fail. */
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
  return surplus.length > 0 ? `caught by ${surplus.join(', ')} too, which is not declared` : null
}

function isMutant(variant: Variant): variant is Mutant {
  return 'caughtBy' in variant
}
