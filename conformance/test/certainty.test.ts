import { runConformance } from '../src/index'
import { benchOf } from '../src/self-test/bench'
import { harmless } from '../src/self-test/harmless'
import { mutants } from '../src/self-test/mutants'

jest.setTimeout(300_000)

describe('the suite is certain', () => {
  it('a consume that reads and then writes is caught at the barrier, 100 times of 100', async () => {
    const mutant = mutants.find(({ name }) => name === 'consume: read, then write')!
    await using bench = await benchOf(mutant)
    for (let n = 0; n < 100; n++) {
      const { verdicts } = await runConformance({ ...bench.options, only: 'once.code.barrier' })
      expect(verdicts.map(({ status }) => status)).toEqual(['failed'])
    }
  })

  it('a store that is right raises no alarm in 20 runs of shuffled cases', async () => {
    await using bench = await benchOf(harmless[0]!)
    for (let n = 0; n < 20; n++) {
      const { verdicts } = await runConformance({
        ...bench.options,
        shuffle: true,
        except: ['budget'],
      })
      const failed = verdicts.filter(({ status }) => status === 'failed')
      expect(failed.map((one) => [one.case.id, one.reason])).toEqual([])
    }
  })
})
