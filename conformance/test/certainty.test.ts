import { runConformance } from '../src'
import { benchOf } from '../src/self-test/bench'
import { harmless } from '../src/self-test/harmless'
import { mutants } from '../src/self-test/mutants'

/** `npm run survey` runs it more often. */
const runs = process.env['OAUTH2_TEST_SURVEY'] === undefined ? 2 : 20

describe('the suite is reliable', () => {
  it.each([
    'redeem() of a code reads, and then writes',
    'revokeAuthorizationCode() of a promise model reads, and then removes (over a wire)',
  ])('the barrier catches 100 of 100 times: %s', async (race) => {
    const mutant = mutants.find(({ name }) => name === race)!
    await using bench = await benchOf(mutant)
    for (let n = 0; n < 100; n++) {
      const { verdicts } = await runConformance({ ...bench.options, only: 'once.code.barrier' })
      expect(verdicts.map(({ status }) => status)).toEqual(['failed'])
    }
  })

  // One test per run, because all runs in one test take minutes on a busy machine.
  const correct = [harmless[0]!, harmless.find(({ name }) => name === 'a promise model')!]
  const everyRun = Array.from({ length: runs }, (_, n) => n + 1)
  it.each(correct.flatMap((variant) => everyRun.map((n) => [variant.name, n, variant] as const)))(
    `%s passes the cases in shuffled order: run %i of ${runs}`,
    async (_name, _run, variant) => {
      await using bench = await benchOf(variant)
      const { verdicts } = await runConformance({
        ...bench.options,
        shuffle: true,
        except: ['budget', 'growth', 'revoke.many'],
      })
      const failed = verdicts.filter(({ status }) => status === 'failed')
      expect(failed.map((one) => [one.case.id, one.reason])).toEqual([])
    },
  )
})
