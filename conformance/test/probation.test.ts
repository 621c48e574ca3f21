import { isOnProbation } from '../src/probation'

describe('a failed case', () => {
  it.each([
    ['0.1.0', '0.1.0', 'an error'],
    ['0.1.0', '0.2.3', 'an error'],
    ['0.1.2', '0.1.2', 'a warning'],
    ['0.1.2', '0.1.9', 'a warning'],
    ['0.1.2', '0.2.0', 'an error'],
    ['0.1.2', '1.1.0', 'an error'],
  ])('added in %s, run with version %s: counts as %s', (since, version, meant) => {
    expect(isOnProbation(since, version) ? 'a warning' : 'an error').toBe(meant)
  })
})
