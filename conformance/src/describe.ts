import { optionError } from '@oauth2-kit/core/store-kit'
import { expectedContract, obstacleBefore } from './applies'
import { selectCases } from './cases'
import { type ModelContractName, contractOf } from './model/contracts'
import { forModel } from './model/texts'
import { adviceOn, seenIn, stepsOf } from './reporters/reporter'
import { longestCaseMs, runCase } from './runner'
import { Session, settingsOf } from './session'
import type { Case, Need } from './case'
import type { ConformanceOptions, ModelOptions } from './types'

type Test = (
  title: string,
  run?: (context?: unknown) => Promise<void> | void,
  timeout?: number,
) => unknown

/** The test runner's functions that the suite uses. */
export interface TestRunner {
  describe: (title: string, define: () => void) => unknown
  it: Test & { skip?: Test }
  /** `before` of Mocha and node:test. */
  beforeAll: (run: () => Promise<void>, timeout?: number) => unknown
  /** `after` of Mocha and node:test. */
  afterAll: (run: () => Promise<void>, timeout?: number) => unknown
}

const timeoutMs = longestCaseMs + 30_000

/**
 * Registers the suite with a test runner: one test per case, one block per group. Uses the global
 * functions of Jest, Mocha or Vitest with globals, unless `runner` is passed. Throws a TypeError if
 * neither exists.
 */
export function describeConformance(
  options: ConformanceOptions | ModelOptions,
  runner: TestRunner = globalRunner(),
): void {
  const { describe, it, beforeAll, afterAll } = runner
  const settings = settingsOf(options)
  const selected = selectCases(settings.level, settings.only, settings.except)
  const contract = expectedContract(settings)
  const chosen = contract ? selected.map((one) => forModel(one, contract)) : selected
  const skip: Test = it.skip ?? ((title) => it(title))

  describe(`conformance of ${settings.name}`, function (this: unknown) {
    // Mocha takes a time limit here, not as an argument of `it`.
    const { timeout } = (this ?? {}) as { timeout?: (milliseconds: number) => void }
    if (typeof timeout === 'function') timeout.call(this, timeoutMs)
    // Starts with the first test, because a database may have no URL before that.
    let session: Promise<Session> | undefined
    const begun = () => (session ??= Session.begin(settings))
    beforeAll(async () => {
      const { model } = await (await begun()).instance(0)
      if (model) assertExpected(contractOf(model, settings.contract).name, contract)
    }, timeoutMs)
    afterAll(async () => {
      await (await begun()).end()
    }, timeoutMs)

    for (const group of new Set(chosen.map((one) => one.group))) {
      describe(group, () => {
        for (const one of chosen.filter((each) => each.group === group)) {
          const obstacle = obstacleBefore(one, settings)
          if (obstacle) skip(`${titleOf(one)} (${obstacle.status}: ${obstacle.reason})`, () => {})
          else it(titleOf(one), testOf(one, begun), timeoutMs)
        }
      })
    }
  })
}

/** Throws an OptionError if the tests were registered for another contract than that of the model. */
function assertExpected(found: ModelContractName, expected: ModelContractName | null): void {
  if (found === expected) return
  throw optionError(
    'contract',
    `must be '${found}' for this model: a test runner needs the contract before create() is called`,
  )
}

/**
 * Returns a test function without declared parameters, because Jest and Mocha take a parameter for
 * a callback. Mocha has `skip` on `this`; Vitest and node:test pass it with their argument.
 */
function testOf(one: Case, begun: () => Promise<Session>): () => Promise<void> {
  return async function (this: unknown, ...args: unknown[]) {
    return check(one, await begun(), args[0] ?? this)
  }
}

async function check(one: Case, session: Session, context: unknown): Promise<void> {
  const verdict = await runCase(one, session, await session.instance(0))
  if (verdict.status === 'passed') return
  if (verdict.status === 'warning') {
    process.emitWarning(`${one.id}, new in ${one.since}: ${verdict.reason}`)
    return
  }
  if (verdict.status === 'failed') {
    const { why, fix } = adviceOn(verdict)
    const steps = stepsOf(verdict)
      .map((step) => `  ${step}`)
      .join('\n')
    const error = new Error(
      `${seenIn(verdict).join('\n')}\n\nCalls:\n${steps}\n\nWhy it matters: ${why}\nUsual fix: ${fix}`,
      { cause: verdict.error },
    )
    // The stack of this function would say nothing about the store.
    error.stack = error.message
    throw error
  }
  const { skip } = (context ?? {}) as { skip?: (reason: string) => void }
  const reason = `${verdict.status}: ${verdict.reason}`
  if (skip) return skip.call(context, reason)
  const absent = /the model has no (\w+)$/.exec(reason)?.[1] ?? one.needs.find(isAbsence)
  throw new Error(
    `${reason}. This test runner can't skip a running test: set the option without: ['${absent}']`,
  )
}

function titleOf(one: Case): string {
  return `${one.id}: ${one.title}`
}

/** Returns the global functions of Jest, Vitest or Mocha. */
function globalRunner(): TestRunner {
  const { describe, it, beforeAll, before, afterAll, after } = globalThis as unknown as Partial<
    TestRunner & { before: TestRunner['beforeAll']; after: TestRunner['afterAll'] }
  >
  const first = beforeAll ?? before
  const last = afterAll ?? after
  if (!describe || !it || !first || !last) {
    throw new TypeError(
      'describeConformance() found no test runner: use Jest, Mocha or Vitest with globals, or pass { describe, it, beforeAll, afterAll }',
    )
  }
  return { describe, it, beforeAll: first, afterAll: last }
}

function isAbsence(need: Need): boolean {
  return need === 'users' || need === 'durable'
}
