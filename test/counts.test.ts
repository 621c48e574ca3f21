interface Counts {
  passed: number
  failed: number
  skipped: number
}

const { countsIn, format, sum } = jest.requireActual<{
  countsIn: (output: string, isSuccess: boolean) => Counts
  format: (counts: Counts) => string
  sum: (counts: Counts[]) => Counts
}>('../scripts/counts')

describe('the counts of a test run', () => {
  it.each([
    [
      'a run that passed',
      '1 passed, 0 failed\nmore\n7 passed, 0 failed\n',
      true,
      '7 passed, 0 failed',
    ],
    [
      'with skipped tests',
      '7 passed, 2 failed, 3 skipped\n',
      false,
      '7 passed, 2 failed, 3 skipped',
    ],
    [
      'a run that passed its tests, but failed',
      '7 passed, 0 failed\n',
      false,
      '7 passed, 1 failed',
    ],
    ['a run that ended before its tests', 'out of memory\n', true, '0 passed, 1 failed'],
  ])('%s', (_title, output, isSuccess, counted) => {
    expect(format(countsIn(output, isSuccess))).toBe(counted)
  })

  it('are added', () => {
    const counts = ['5 passed, 0 failed\n', '2 passed, 1 failed, 3 skipped\n']
    expect(format(sum(counts.map((one) => countsIn(one, true))))).toBe(
      '7 passed, 1 failed, 3 skipped',
    )
  })
})
