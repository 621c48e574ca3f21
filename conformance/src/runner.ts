import { optionError } from '@oauth2-kit/core/store-kit'
import { randomInt } from 'node:crypto'
import { abortOf } from './guard/abort'
import { selectCases } from './cases'
import { Failure, within } from './expect'
import { eventLoopTurn, thrown } from './guard/limits'
import { obstacleOn } from './applies'
import { forModel } from './model/texts'
import { type ModelContract, contractOf } from './model/contracts'
import { ModelTrial } from './model/trial'
import { Session, type Settings, everything, settingsOf } from './session'
import { Strays } from './guard/strays'
import { StoreTrial } from './trial'
import { type Progress, Verdicts, brokenStatusOf, placeIn } from './verdicts'
import type { Case, Report, Verdict } from './case'
import {
  type ConformanceOptions,
  type Created,
  type Level,
  type ModelOptions,
  levels,
} from './types'

/**
 * The time limit of one case, in milliseconds. Each call has its own limit, but the calls of the
 * longest cases take minutes together on a busy machine.
 */
export const longestCaseMs = 600_000
export type { Progress } from './verdicts'

/**
 * Runs the suite and resolves with its report; a failed case is part of the report. Rejects with
 * the error of the first call of `create`, and with a TypeError if an option is wrong. Once
 * `signal` is aborted, resolves with a report of the cases that have ended.
 */
export async function runConformance(
  options: ConformanceOptions | ModelOptions,
  progress: Progress = () => {},
  signal?: AbortSignal,
): Promise<Report> {
  const settings = settingsOf(options)
  const chosen = selectCases(settings.level, settings.only, settings.except)
  if (settings.shuffle) shuffle(chosen)
  if (chosen.length === 0) throw optionError('only', nothingLeft(settings))
  const isWhole = chosen.length === selectCases(settings.level, [everything]).length
  const started = performance.now()
  using strays = Strays.collect()
  using abort = abortOf(signal)
  const session = await Session.begin(settings)
  const verdicts = new Verdicts(progress, chosen.length)
  let created: Created | null = null
  try {
    created = await abort.unless(() => begin(session))
    const contract = created && contractIn(created, settings)
    const cases = contract ? chosen.map((one) => forModel(one, contract.name)) : chosen
    for (const one of created ? cases : []) {
      const verdict = await abort.unless(() => runCase(one, session, created!))
      if (!verdict) break
      await pause()
      verdicts.add(verdict, strays.take())
    }
  } catch (error) {
    await session.end().catch(() => {})
    const stray = strays.take()
    throw stray && error instanceof Failure
      ? new Failure(`${error.message}. ${stray.message}`)
      : error
  }
  await session.end({ hurry: abort.isAborted }).catch((error: unknown) => {
    const isNoted = error instanceof Failure && verdicts.failAfterwards(error, 'life.handles')
    if (!isNoted) throw error
  })
  await pause()
  const stray = strays.take()
  if (stray) verdicts.failAfterwards(stray)
  const contract = created && contractIn(created, settings)
  const asked = options.level ?? (contract ? 'contract' : settings.level)
  return reportOf(
    { ...settings, asked, isPartial: abort.isAborted || !isWhole },
    contract?.title ?? 'store',
    verdicts.all,
    performance.now() - started,
  )
}

/** Returns the contract of the model, or null for a store. */
function contractIn({ model }: Created, { contract }: Settings): ModelContract | null {
  return model ? contractOf(model, contract) : null
}

/** Lets timers fire that are due, and promises be reported that nothing awaits. */
async function pause(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 1))
  await eventLoopTurn()
}

async function begin(session: Session): Promise<Created> {
  const created = await session.instance(0)
  if (created.model) await session.fixtures()
  return created
}

function nothingLeft({ level, only, except = [] }: Settings): string {
  const left = except.length > 0 ? `, with "except": ${except.join(', ')}` : ''
  return `matches no case of level ${level}: ${only.join(', ')}${left}`
}

/**
 * Runs one case and resolves with its verdict. An error that the case throws becomes the verdict.
 */
export async function runCase(one: Case, session: Session, created: Created): Promise<Verdict> {
  const started = performance.now()
  let t: ModelTrial | StoreTrial | undefined
  try {
    const obstacle = obstacleOn(one, session.settings, created)
    if (obstacle) return { case: one, milliseconds: 0, ...obstacle }
    session.limits.begin(one.id)
    const { model } = created
    t = model
      ? new ModelTrial(session, model, await session.fixtures())
      : new StoreTrial(session, created)
    const running = t instanceof ModelTrial ? one.models![t.contract.name]!.run(t) : one.run!(t)
    const name = `The case ${one.id}`
    await within(longestCaseMs, running, name)
    return { case: one, status: 'passed', milliseconds: performance.now() - started }
  } catch (error) {
    return {
      case: one,
      status: brokenStatusOf(one),
      milliseconds: performance.now() - started,
      reason: reasonOf(error),
      ...t?.steps.evidence(error),
      error,
      ...placeIn(error),
    }
  } finally {
    await t?.end()
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
  return `It threw ${thrown(error)}`
}

function reportOf(
  { name, level, asked, isPartial, randomSeed }: Settings & { asked: Level; isPartial: boolean },
  contract: Report['contract'],
  verdicts: Verdict[],
  milliseconds: number,
): Report {
  return {
    name,
    contract,
    verdicts,
    asked,
    reached: isPartial ? null : levelOf(verdicts, level),
    partial: isPartial,
    seed: randomSeed,
    milliseconds,
  }
}

/**
 * Returns the highest level that is proved together with all levels below it. Promises that the
 * contract of a model can't make keep it from every level above the first.
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
