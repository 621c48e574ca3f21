import { optionError } from '@oauth2-kit/core/store-kit'
import { randomInt } from 'node:crypto'
import { selectCases } from './cases'
import { Failure, isError, show, within } from './expect'
import { obstacleOn } from './applies'
import { ModelTrial } from './model/trial'
import { isOnProbation } from './probation'
import { Session, type Settings, settingsOf } from './session'
import { StoreTrial } from './trial'
import type { Case, Report, Verdict } from './case'
import { type ConformanceOptions, type Created, type Level, levels } from './types'

/**
 * The time limit of one case, in milliseconds. Each call has its own limit, but the calls of the
 * longest cases take minutes together on a busy machine.
 */
export const longestCaseMs = 600_000
const { version } = require('../package.json') as { version: string }

/** Called with each verdict, the number of finished cases and the number of all. */
export type Progress = (verdict: Verdict, done: number, of: number) => void

/**
 * Runs the suite and resolves with its report; a failed case is part of the report. Rejects with
 * the error that `create` throws, and with a TypeError if an option is wrong.
 */
export async function runConformance(
  options: ConformanceOptions,
  progress: Progress = () => {},
): Promise<Report> {
  const settings = settingsOf(options)
  const chosen = selectCases(settings.level, settings.only, settings.except)
  if (settings.shuffle) shuffle(chosen)
  if (chosen.length === 0) throw optionError('only', nothingLeft(settings))
  const started = performance.now()
  const session = await Session.begin(settings)
  const verdicts: Verdict[] = []
  try {
    const created = await session.instance(0)
    for (const one of chosen) {
      const verdict = await runCase(one, session, created)
      verdicts.push(verdict)
      progress(verdict, verdicts.length, chosen.length)
    }
    return reportOf(settings, created, verdicts, performance.now() - started)
  } finally {
    await session.end()
  }
}

function nothingLeft({ level, only, except = [] }: Settings): string {
  const left = except.length > 0 ? `, with "except": ${except.join(', ')}` : ''
  return `matches no case of level ${level}: ${only}${left}`
}

/**
 * Runs one case and resolves with its verdict. An error that the case throws becomes the verdict.
 */
export async function runCase(one: Case, session: Session, created: Created): Promise<Verdict> {
  const obstacle = obstacleOn(one, session.settings, created)
  if (obstacle) return { case: one, milliseconds: 0, ...obstacle }
  const started = performance.now()
  const { model } = created
  const t = model
    ? new ModelTrial(session, model, await session.fixtures())
    : new StoreTrial(session, created)
  try {
    const running = t instanceof ModelTrial ? one.runModel!(t) : one.run!(t)
    await within(longestCaseMs, running, `The case ${one.id}`)
    return { case: one, status: 'passed', milliseconds: performance.now() - started }
  } catch (error) {
    return {
      case: one,
      status: isOnProbation(one.since, version) ? 'warning' : 'failed',
      milliseconds: performance.now() - started,
      reason: reasonOf(error),
      steps: t.steps.lines(),
      error,
    }
  } finally {
    await t.end()
  }
}

/** The Fisher-Yates shuffle. */
function shuffle(list: unknown[]): void {
  for (let n = list.length - 1; n > 0; n--) {
    const other = randomInt(n + 1)
    ;[list[n], list[other]] = [list[other], list[n]]
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Failure) return error.message
  return isError(error) ? `It threw ${error.name}: ${error.message}` : `It threw ${show(error)}`
}

function reportOf(
  { name, level, only, except = [], randomSeed }: Settings,
  created: Created,
  verdicts: Verdict[],
  milliseconds: number,
): Report {
  const partial = only !== '*' || except.length > 0
  return {
    name,
    contract: created.store ? 'store' : 'model 2.4',
    verdicts,
    asked: level,
    reached: partial ? null : levelOf(verdicts, level),
    partial,
    seed: randomSeed,
    milliseconds,
  }
}

/**
 * Returns the highest level that is proved together with all levels below it. Promises that the 2.4
 * contract can't make keep a model from every level above the first.
 */
export function levelOf(verdicts: readonly Verdict[], asked: Level): Level | null {
  let reached: Level | null = null
  for (const level of levels.slice(0, levels.indexOf(asked) + 1)) {
    const blocks = (verdict: Verdict) =>
      verdict.status === 'failed' ||
      verdict.status === 'unproved' ||
      (verdict.status === 'not offered' && level !== 'contract')
    if (verdicts.some((verdict) => verdict.case.level === level && blocks(verdict))) break
    reached = level
  }
  return reached
}
