import { cases } from '../../src/cases'
import { harmless } from '../../src/self-test/harmless'
import type { Variant } from '../../src/self-test/mutant'
import { mutants } from '../../src/self-test/mutants'
import { type Trial, tryVariant, unprovedBy } from '../../src/self-test/self-test'
import type { Case } from '../../src/case'
import { execArgv } from './command'
import { hasBareNumber, wordsIn } from './texts'

/**
 * `npm run survey` runs every case on each broken store, as the command does. Every change runs only
 * the case that is meant for it.
 */
const isSurvey = process.env['OAUTH2_TEST_SURVEY'] !== undefined

/** Runs the suite on one kind of variants, and fails if a case of that kind catches no mutant. */
export function selfTests(
  kind: string,
  isMeant: (variant: Variant) => boolean,
  isConcerned: (one: Case) => boolean,
): void {
  const trials: Trial[] = []
  const test = async (variant: Variant) => {
    const trial = await tryVariant(variant, execArgv, { alone: !isSurvey })
    trials.push(trial)
    expect([trial.complaint, trial.failed]).toEqual([null, expect.any(Array)])
    const reasons = trial.verdicts.flatMap(({ status, reason = '' }) =>
      status === 'failed' ? [reason] : [],
    )
    expect(reasons.filter(hasBareNumber)).toEqual([])
    const isModel = 'breaksModel' in variant || 'promiseModel' in variant
    expect(isModel ? reasons.map((one) => [one, wordsIn(one)]) : []).toEqual(
      isModel ? reasons.map((one) => [one, []]) : [],
    )
  }

  describe(`the suite itself, on stores ${kind}`, () => {
    // Every change runs one correct store in three, besides the stores of the adapters.
    const correct = harmless.filter(isMeant).filter((_, at) => isSurvey || at % 3 === 0)
    it.each(correct)('passes a correct store: $name', test)

    it.each(mutants.filter(isMeant))('$caughtBy catches: $name', test)

    it('has no case that every mutant passes', () => {
      const ids = cases()
        .filter(isConcerned)
        .map(({ id }) => id)
      expect(unprovedBy(trials).filter((id) => ids.includes(id))).toEqual([])
    })

    afterAll(() => {
      const lines = trials.map(({ variant, complaint }) => {
        const result = 'caughtBy' in variant ? String(variant.caughtBy) : 'passes'
        return `  ${complaint ? '✗' : '✓'} ${variant.name} → ${complaint ?? result}`
      })
      process.stdout.write(`The suite on stores ${kind}:\n${lines.join('\n')}\n`)
    })
  })
}
