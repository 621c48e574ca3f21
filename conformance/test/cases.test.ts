import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { type Level, cases, levels } from '@oauth2-kit/conformance'
import { modelRuns } from '../src/model/cases'
import { run } from './support/command'

describe('cases()', () => {
  it('returns cases with unique ids that begin with their group', () => {
    const ids = cases().map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const { id, group } of cases())
      expect(id).toMatch(new RegExp(`^${group}\\.[a-z-]+(\\.[a-z-]+)*$`))
  })

  it('returns a title, a reason and a fix for every case', () => {
    for (const { id, title, why, fix, since, level } of cases()) {
      expect([id, title]).toEqual([id, expect.stringMatching(/^.{20,130}$/)])
      expect([id, why]).toEqual([id, expect.stringMatching(/^.{20,}[.!?]$/)])
      expect([id, fix]).toEqual([id, expect.stringMatching(/^.{10,}[.!?]$/)])
      expect(since).toMatch(/^\d+\.\d+\.\d+$/)
      expect(levels).toContain(level satisfies Level)
    }
  })

  it('returns only cases that run on a store, or on a model of some contract', () => {
    const idle = cases().filter((one) => !one.run && !one.models)
    expect(idle.map(({ id }) => id)).toEqual([])
  })

  it.each(Object.entries(modelRuns))('has a case for each check of a model: %s', (_, runs) => {
    const ids = cases().map(({ id }) => id)
    expect(Object.keys(runs).filter((id) => !ids.includes(id))).toEqual([])
  })

  it('is frozen', () => {
    expect(Object.isFrozen(cases())).toBe(true)
    expect(cases().filter((one) => !Object.isFrozen(one))).toEqual([])
  })

  it('has one file per group', () => {
    const files = readdirSync(path.resolve(__dirname, '../src/groups')).map((name) =>
      name.slice(0, -3),
    )
    expect([...new Set(cases().map(({ group }) => group))].toSorted()).toEqual(files.toSorted())
  })

  it('needs no test runner', async () => {
    const hook = path.resolve(__dirname, '../../test/support/typescript.cjs')
    const program = "console.log(require('@oauth2-kit/conformance').cases().length)"
    const { out } = await run(process.execPath, ['--require', hook, '-e', program], {}, __dirname)
    expect(Number(out)).toBe(cases().length)
    const sources = readFileSync(path.resolve(__dirname, '../src/describe.ts'), 'utf8')
    expect(sources).not.toMatch(/from '(jest|vitest|mocha|node:test|@jest\/globals)'/)
  })
})
