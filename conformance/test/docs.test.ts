import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { programFolder, programsOf } from '../../test/support/programs'
import { reporters } from '../src/reporters'
import { pages } from '../src/self-test/table'
import manifest from '../package.json'
import { execArgv, run } from './support/command'

const root = path.resolve(__dirname, '..')
const readme = readFileSync(path.join(root, 'README.md'), 'utf8')

describe('the pages in docs/', () => {
  it.each(Object.entries(pages))('%s: matches the code (npm run docs)', (name, page) => {
    expect(readFileSync(path.join(root, 'docs', name), 'utf8')).toBe(page())
  })

  it('are exactly the generated ones', () => {
    expect(readdirSync(path.join(root, 'docs')).toSorted()).toEqual(
      // operators.test.ts checks the page about the stores that operators make.
      [...Object.keys(pages), 'models.md', 'survivors.md'].toSorted(),
    )
  })
})

describe('the page about models', () => {
  const page = readFileSync(path.join(root, 'docs/models.md'), 'utf8')
  const programs = programsOf('conformance/docs/models.md')
  const main = path.join(root, 'src/cli/main.ts')

  /** Runs the suite on a model in an empty folder, as the page says. */
  async function check(name: string, code: string) {
    using place = programFolder()
    writeFileSync(path.join(place.folder, name), code)
    expect(page).toContain(`npx oauth2-conformance ./${name}\n`)
    return await run(process.execPath, [...execArgv, main, `./${name}`], {}, place.folder)
  }

  it.each([
    ['promise-model.cjs', 'promise model'],
    ['callback-model.cjs', 'model of the 2.4 line'],
  ])('%s: passes as a %s', async (name, kind) => {
    const { code = '' } = programs.find((one) => one.name === name) ?? {}
    const ended = await check(name, code)
    expect(ended.out).toMatch(new RegExp(`^Conformance of .* \\(a ${kind}`))
    expect(ended.out).toMatch(/\nLevel reached: contract\n$/)
    expect(ended.code).toBe(0)
  })

  it('shows what the report says about a mistake', async () => {
    const [, mistake = ''] = /^```js\n(.*?)^```$/ms.exec(page) ?? []
    const [, report = ''] = /^```\n(✗.*?)^```$/ms.exec(page) ?? []
    const { name, code } = programs[0]!
    const wrong = code.replace(/^ {2}async revokeAuthorizationCode.*?^ {2}\},\n/ms, () => mistake)
    expect(wrong).not.toBe(code)
    const ended = await check(name, wrong)
    const said = ended.out.split('\n')
    expect(
      report
        .trimEnd()
        .split('\n')
        .filter((line) => !said.includes(line)),
    ).toEqual([])
    expect(ended.code).toBe(1)
  })
})

describe('the README', () => {
  it('contains programs that pass the suite in an empty folder', async () => {
    using place = programFolder()
    const programs = programsOf('conformance/README.md')
    for (const { name, code } of programs) writeFileSync(path.join(place.folder, name), code)
    expect(programs.map(({ name }) => name)).toEqual(['my-store.cjs', 'my-store.test.cjs'])

    const main = path.join(root, 'src/cli/main.ts')
    const [, quickStart = ''] = /^npx oauth2-conformance (\..*)$/m.exec(readme) ?? []
    const args = [...execArgv, main, ...quickStart.split(' ')]
    const command = await run(process.execPath, args, {}, place.folder)
    expect(command.out).toMatch(/Level reached: contract\n$/)
    expect(command.code).toBe(0)

    const hook = { NODE_OPTIONS: execArgv.join(' ') }
    const tested = await run(
      process.execPath,
      ['--test', '--test-reporter=tap', 'my-store.test.cjs'],
      hook,
      place.folder,
    )
    expect(tested.out).toMatch(/# pass \d{2,}\n# fail 0\n/)
    expect(tested.code).toBe(0)
  })

  it('names every option of the command, every reporter and every exit code', () => {
    const usage = readFileSync(path.join(root, 'src/cli/arguments.ts'), 'utf8')
    const options = [...usage.matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, name = '']) => name)
    expect(options.filter((name) => !readme.includes(name))).toEqual(['--help'])
    for (const name of Object.keys(reporters)) expect(readme).toContain(name)
    for (const code of [0, 1, 2, 3, 4]) expect(readme).toMatch(new RegExp(`[ :·] ${code} `))
  })

  it('names every raw hook', () => {
    const types = readFileSync(path.join(root, 'src/types.ts'), 'utf8')
    const [, hooks = ''] = /export interface RawHooks \{\n([^]*?)\n\}/.exec(types) ?? []
    for (const [, name] of hooks.matchAll(/^ {2}(\w+)\?\(/gm))
      expect(readme).toContain(`raw.${name}`)
  })

  it('names every module with raw hooks, its function and its options', () => {
    const folder = path.join(root, 'src/raw')
    const modules = Object.keys(manifest.exports).filter((name) => name.startsWith('./raw/'))
    expect(modules).toHaveLength(5)
    for (const name of modules) {
      expect(readme).toContain(`@oauth2-kit/conformance${name.slice(1)}`)
      const source = readFileSync(path.join(folder, `${path.basename(name)}.ts`), 'utf8')
      const [, made = ''] = /^export function (\w+Raw)\(/m.exec(source) ?? []
      expect(readme).toContain(`\`${made}({ `)
      const [, options = ''] =
        /^export interface \w+RawOptions .*?\{\n([^]*?)^\}/m.exec(source) ?? []
      for (const [, optional] of options.matchAll(/^ {2}(\w+)\?: \(/gm))
        expect(readme).toContain(`\`${optional}\``)
    }
  })
})
