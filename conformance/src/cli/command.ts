import { OptionError } from '@oauth2-kit/core'
import { expectedContract } from '../applies'
import { contracts } from '../model/contracts'
import { DatabaseMissing, type DatabaseName, stopDatabases, testDatabase } from '../databases'
import { Failure } from '../expect'
import { thrown } from '../guard/limits'
import { OutsideFailure, placeOf } from '../guard/outside'
import { ModuleError } from '../processes/module'
import { reporters } from '../reporters'
import { hasRun } from '../verdicts'
import { runConformance } from '../runner'
import type { Report, Verdict } from '../case'
import type { ConformanceOptions } from '../types'
import { type Arguments, WrongUse, readArguments, usage } from './arguments'
import { onEarlyExit } from './early-exit'
import { explain, list } from './list'
import { optionsFrom } from './load'
import { progressLine } from './progress'
import { runSelfTest } from './self-test'

/** The exit codes. */
const exit = {
  passed: 0,
  failed: 1,
  wrongUse: 2,
  databaseMissing: 3,
  selfTestFailed: 4,
  interrupted: 130,
} as const

const moduleMissing = 'The module is missing: name the file that exports the store or model'

/** Where the command writes its output. */
export interface Output {
  out: (text: string) => void
  err: (text: string) => void
}

/** Runs the command and resolves with its exit code. */
export async function command(args: readonly string[], output: Output): Promise<number> {
  try {
    return await carryOut(readArguments(args), output)
  } catch (error) {
    output.err(`${messageOf(error)}\n`)
    return error instanceof DatabaseMissing ? exit.databaseMissing : exit.wrongUse
  } finally {
    await stopDatabases()
  }
}

async function carryOut(args: Arguments, output: Output): Promise<number> {
  const print = (text: string) => {
    output.out(text)
    return exit.passed
  }
  if (args.help) return print(usage)
  if (args.list) return print(list(args.level ?? 'fast', args.only, args.except))
  if (args.explain !== undefined) return print(explain(args.explain))
  if (args.selfTest) {
    const { passed } = await runSelfTest(output.out)
    return passed ? exit.passed : exit.selfTestFailed
  }
  if (args.file === undefined) throw new WrongUse(`${moduleMissing}\n\n${usage}`)
  await Promise.all(args.require.map((name) => available(name)))
  return check(args, args.file, output)
}

/** Rejects with DatabaseMissing if the database can't be used, whatever the reason. */
async function available(name: DatabaseName): Promise<void> {
  try {
    await testDatabase(name).url()
  } catch (error) {
    if (error instanceof DatabaseMissing) throw error
    throw new DatabaseMissing(name, `it could not be started: ${thrown(error)}`)
  }
}

async function check(args: Arguments, file: string, { out, err }: Output): Promise<number> {
  const { only, except, seed, reporter, export: name } = args
  const options = await optionsFrom(file, name)
  using interrupt = interruption()
  const progress = progressLine()
  const ended: Verdict[] = []
  const print = (report: Report) => {
    out(reporters[reporter](report, replayWith(file, name)))
  }
  using _ = onEarlyExit(() => {
    print(endedEarly(options, ended, args))
    err(`The module ended the process after ${ended.length} cases\n`)
  })
  const report = await runConformance(
    {
      ...options,
      only,
      except,
      ...(args.level && { level: args.level }),
      ...(args.contract && { contract: args.contract }),
      ...(seed !== undefined && { randomSeed: seed }),
    },
    (verdict, ...numbers) => {
      ended.push(verdict)
      progress.show(verdict, ...numbers)
    },
    interrupt.signal,
  ).finally(progress.clear)
  print(report)
  if (interrupt.signal.aborted) {
    err(`Interrupted after ${report.verdicts.length} cases\n`)
    return exit.interrupted
  }
  if (report.verdicts.some(({ status }) => status === 'failed')) return exit.failed
  if (!report.verdicts.some(hasRun)) return exit.failed
  return report.partial || report.reached === report.asked ? exit.passed : exit.failed
}

/** Returns the command that runs the suite again: the npm script that has started it, if any. */
function replayWith(file: string, name: string | undefined): string {
  const { npm_lifecycle_event: script, npm_lifecycle_script: line = '' } = process.env
  // npx sets the event "npx".
  if (script !== undefined && script !== 'npx' && line.includes('oauth2-conformance'))
    return `npm ${script === 'test' ? script : `run ${script}`} --`
  return `npx oauth2-conformance ${file}${name === undefined ? '' : ` --export ${name}`}`
}

/** Returns the report of a run that the module has ended. */
function endedEarly(options: ConformanceOptions, verdicts: Verdict[], args: Arguments): Report {
  const contract = expectedContract(options)
  return {
    name: options.name,
    contract: contract ? contracts[contract].title : 'store',
    verdicts,
    asked: args.level ?? 'fast',
    reached: null,
    partial: true,
    seed: args.seed ?? 0,
    milliseconds: performance.now(),
  }
}

/** The first Ctrl-C aborts the signal; the second one ends the process. */
function interruption(): Disposable & { signal: AbortSignal } {
  const controller = new AbortController()
  const abort = () => controller.abort()
  process.once('SIGINT', abort)
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => process.off('SIGINT', abort),
  }
}

function messageOf(error: unknown): string {
  if (error instanceof WrongUse || error instanceof ModuleError || error instanceof DatabaseMissing)
    return error.message
  if (error instanceof OutsideFailure) {
    const place = placeOf(error)
    return `${error.message}${place === undefined ? '' : `, at ${place}`}`
  }
  if (error instanceof Failure) return `The store or model could not be created: ${error.message}`
  if (error instanceof OptionError) return error.message
  if (error instanceof TypeError) return `${error.message}\n${firstFrameOf(error)}`
  return `The store or model could not be created: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
}

function firstFrameOf({ stack = '' }: Error): string {
  return stack.split('\n').find((line) => line.trimStart().startsWith('at ')) ?? ''
}
