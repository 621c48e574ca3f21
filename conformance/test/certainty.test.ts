import { runConformance } from '../src/index'
import { benchOf } from '../src/self-test/bench'
import { harmless } from '../src/self-test/harmless'
import { mutants } from '../src/self-test/mutants'

jest.setTimeout(300_000)

describe('the suite is certain', () => {
  it('a consume that reads and then writes is caught at the barrier, 100 times of 100', async () => {
    const mutant = mutants.find(({ name }) => name === 'redeem() of a code reads, and then writes')!
    await using bench = await benchOf(mutant)
    for (let n = 0; n < 100; n++) {
      const { verdicts } = await runConformance({ ...bench.options, only: 'once.code.barrier' })
      expect(verdicts.map(({ status }) => status)).toEqual(['failed'])
    }
  })

  // Each by itself, since all of them together take minutes on a busy machine.
  it.each(Array.from({ length: 20 }, (_, n) => n + 1))(
    'a store that is right raises no alarm in shuffled cases: run %i of 20',
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
