import path from 'node:path'
import { type Ended, execArgv, run } from './support/command'

const folder = path.resolve(__dirname, 'runners')
const modules = path.resolve(__dirname, '../../node_modules')
const environment = { NODE_OPTIONS: execArgv.join(' ') }

/** Every runner runs the same suite, which skips one case of `code` and the one of `budget`. */
const runners: [string, (broken?: string) => Promise<Ended>, RegExp, RegExp][] = [
  [
    'Mocha',
    (broken) => node([path.join(modules, 'mocha/bin/mocha.js'), 'mocha.cjs'], broken),
    /9 passing.*\n +4 pending/s,
    /\d+ failing/,
  ],
  [
    'node:test',
    (broken) => node(['--test', '--test-reporter=tap', 'node-test.cjs'], broken),
    /# pass 9\n# fail 0\n[^]*# skipped 4\n/,
    /# fail [1-9]/,
  ],
  [
    'Vitest',
    (broken) => node([path.join(modules, 'vitest/vitest.mjs'), 'run'], broken),
    /Tests {2}9 passed \| 4 skipped \(13\)/,
    /Tests {2}\d+ failed/,
  ],
  [
    'Jest',
    (broken) =>
      node([path.join(modules, 'jest/bin/jest.js'), '--config', 'jest.config.cjs'], broken),
    /Tests: +4 skipped, 9 passed, 13 total/,
    /Tests: +\d+ failed/,
  ],
]

function node(args: string[], broken = ''): Promise<Ended> {
  return run(process.execPath, args, { ...environment, BROKEN: broken }, folder)
}

describe.each(runners)('describeConformance() under %s', (_, suite, passes, fails) => {
  it('passes a correct store, and skips the cases that do not apply', async () => {
    const { code, out, err } = await suite()
    expect(`${out}${err}`).toMatch(passes)
    expect(code).toBe(0)
  })

  it('fails a broken store, and prints the reason and the fix', async () => {
    const { code, out, err } = await suite('yes')
    expect(`${out}${err}`).toMatch(fails)
    expect(`${out}${err}`).toContain(
      'Usual fix: Write all successors in the operation that decides which attempt wins.',
    )
    expect(code).not.toBe(0)
  })
})
