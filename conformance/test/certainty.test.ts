import { runConformance } from '../src'
import { benchOf } from '../src/self-test/bench'
import { harmless } from '../src/self-test/harmless'
import { mutants } from '../src/self-test/mutants'

jest.setTimeout(300_000)

/** `npm run survey` runs it more often. */
const runs = process.env['OAUTH2_TEST_SURVEY'] === undefined ? 2 : 20

describe('the suite is reliable', () => {
  it('the barrier catches a redeem() that reads and then writes, 100 of 100 times', async () => {
    const mutant = mutants.find(({ name }) => name === 'redeem() of a code reads, and then writes')!
    await using bench = await benchOf(mutant)
    for (let n = 0; n < 100; n++) {
      const { verdicts } = await runConformance({ ...bench.options, only: 'once.code.barrier' })
      expect(verdicts.map(({ status }) => status)).toEqual(['failed'])
    }
  })

  // One test per run, because all runs in one test take minutes on a busy machine.
  it.each(Array.from({ length: runs }, (_, n) => n + 1))(
    `a correct store passes the cases in shuffled order: run %i of ${runs}`,
    async () => {
      await using bench = await benchOf(harmless[0]!)
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
