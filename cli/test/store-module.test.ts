import { spawn, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { programFolder, root } from '../../test/support/programs'

const main = path.join(root, 'cli/dist/main.js')

/** A folder with a module that can import the packages of the workspace. */
function project(name: string, code: string) {
  const place = programFolder()
  const { folder } = place
  writeFileSync(path.join(folder, name), code)

  /** Runs `client list` on that module, in a separate process. */
  async function run(...options: string[]) {
    const argv = [main, 'client', 'list', '--json', '--store', `./${name}`, ...options]
    const child = spawn(process.execPath, argv, { cwd: folder })
    const ended = { code: null as number | null, stdout: '', stderr: '' }
    child.stdout.on('data', (text: Buffer) => (ended.stdout += text.toString()))
    child.stderr.on('data', (text: Buffer) => (ended.stderr += text.toString()))
    ended.code = await new Promise((resolve) => child.once('close', resolve))
    return ended
  }
  return { ...place, run }
}

const esm = "import { memoryStore } from '@oauth2-kit/memory'\n"
const cjs = "const { memoryStore } = require('@oauth2-kit/memory')\n"
/** The code of a `close` method that prints a text to stderr. */
function close(text: string): string {
  return `async close() { process.stderr.write('${text}') }`
}

// Keeps the process alive, as an open connection does.
const held = 'setInterval(() => {}, 1000)\n'
const nothing = { code: 0, stdout: '[]\n', stderr: '' }

describe('--store accepts a module that exports', () => {
  it.each([
    ['a store', 'store.mjs', `${esm}export default memoryStore()`],
    ['a store as "store"', 'store.mjs', `${esm}export const store = memoryStore()`],
    ['a promise', 'store.mjs', `${esm}export default Promise.resolve(memoryStore())`],
    ['a function', 'store.mjs', `${esm}export default () => memoryStore()`],
    ['an async function', 'store.mjs', `${esm}export default async () => memoryStore()`],
    ['{ store, close }', 'store.mjs', `${esm}export default { store: memoryStore(), close() {} }`],
    ['a store, as CommonJS', 'store.cjs', `${cjs}module.exports = memoryStore()`],
    ['{ store }, as CommonJS', 'store.cjs', `${cjs}module.exports = { store: memoryStore() }`],
    ['a function, as CommonJS', 'store.cjs', `${cjs}module.exports = async () => memoryStore()`],
    ['exports.store', 'store.cjs', `${cjs}const name = 'store'; exports[name] = memoryStore()`],
    [
      'a default export, compiled by TypeScript',
      'store.cjs',
      `Object.defineProperty(exports, '__esModule', { value: true })
${cjs}exports.default = memoryStore()`,
    ],
    ['a store that holds its process', 'store.mjs', `${esm}${held}export default memoryStore()`],
  ])('%s', async (_what, name, code) => {
    using place = project(name, code)
    expect(await place.run()).toEqual(nothing)
  })

  it('another name, with --export', async () => {
    using place = project('store.mjs', `${esm}export const test = memoryStore()`)
    expect(await place.run('--export', 'test')).toEqual(nothing)
    using common = project('store.cjs', `${cjs}module.exports = { live: () => memoryStore() }`)
    expect(await common.run('--export', 'live')).toEqual(nothing)
  })
})

describe('the store is closed', () => {
  it.each([
    ['by the function next to it', `() => ({ store: memoryStore(), ${close('closed')} })`],
    ['by its own method', `({ ...memoryStore(), ${close('closed')} })`],
  ])('%s', async (_what, exported) => {
    using place = project('store.mjs', `${esm}export default ${exported}`)
    expect(await place.run()).toEqual({ ...nothing, stderr: 'closed' })
  })

  it('even if the command fails', async () => {
    const failing = "listClients: () => Promise.reject(new Error('away'))"
    const exported = `({ ...memoryStore(), ${failing}, ${close('closed')} })`
    using place = project('store.mjs', `${esm}export default ${exported}`)
    expect(await place.run()).toEqual({ code: 1, stdout: '', stderr: 'closedoauth2-kit: away\n' })
  })
})

describe('a wrong --store', () => {
  it.each<[string, string, string, number, RegExp]>([
    [
      'no such export',
      'a.mjs',
      `${esm}export const live = memoryStore()`,
      2,
      /\.\/a\.mjs has no export "store"; it exports live: set --export/,
    ],
    ['no export at all', 'a.mjs', '', 2, /it exports nothing/],
    [
      'a value that is not a store',
      'a.mjs',
      'export default 7',
      2,
      /The export "default" of \.\/a\.mjs must be a store, .*, but is 7/,
    ],
    ['a function that returns no store', 'a.mjs', 'export default () => ({})', 2, /is not a store/],
    [
      'an incomplete store',
      'a.mjs',
      'export default { supports: { contract: 1 } }',
      2,
      /lacks these store methods: getClient, createClient/,
    ],
    [
      'a store of a later contract',
      'a.mjs',
      'export default { supports: { contract: 2 } }',
      2,
      /implements store contract 2, not 1/,
    ],
    [
      'a function that throws',
      'a.mjs',
      "export default () => { throw new Error('no DATABASE_URL') }",
      1,
      /^oauth2-kit: The export "default" of \.\/a\.mjs failed: no DATABASE_URL\n$/,
    ],
    [
      'a promise that rejects',
      'a.mjs',
      "export default async () => { throw new Error('refused') }",
      1,
      /failed: refused\n$/,
    ],
    [
      'a function with a fault',
      'a.mjs',
      'export default () => undefined.store',
      1,
      /The export "default" of \.\/a\.mjs failed\nTypeError: .*\n +at .*a\.mjs:1/,
    ],
    [
      'a module that throws',
      'a.mjs',
      "throw new Error('boom')",
      1,
      /\.\/a\.mjs can't be loaded: boom\n$/,
    ],
    [
      'a module with a syntax error',
      'a.mjs',
      'export default {',
      1,
      /can't be loaded; run "node \.\/a\.mjs" to see where/,
    ],
    [
      'a missing package',
      'a.mjs',
      "import 'no-such-package'",
      1,
      /can't be loaded: Cannot find package 'no-such-package'/s,
    ],
  ])('%s: reports what is wrong and where', async (_what, name, code, exitCode, message) => {
    using place = project(name, code)
    const ended = await place.run()
    expect(ended.stderr).toMatch(message)
    expect([ended.code, ended.stdout]).toEqual([exitCode, ''])
  })

  it('a missing file or a folder: names the path', async () => {
    using place = project('a.mjs', '')
    for (const wrong of ['b.mjs', '.']) {
      const { code, stderr } = await place.run('--store', wrong)
      const file = path.join(place.folder, wrong)
      expect([code, stderr]).toEqual([2, `oauth2-kit: --store: ${file} is not a file\n`])
    }
  })

  it('TypeScript that this Node cannot load: says what to do', async () => {
    using place = project('a.ts', 'enum Name { A }\nexport default Name')
    const { code, stderr } = await place.run()
    expect(code).toBe(2)
    expect(stderr).toContain("can't load ./a.ts: use the JavaScript that it compiles to")
    expect(stderr).toContain("NODE_OPTIONS='--import tsx'")
  })
})

it('prints no error if the reader of stdout has gone away', async () => {
  using place = project('a.mjs', `${esm}export default memoryStore()`)
  const child = spawn(process.execPath, [main, '--help'], { cwd: place.folder })
  child.stdout.destroy()
  let stderr = ''
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()))
  await new Promise((resolve) => child.once('close', resolve))
  expect(stderr).toBe('')
})

describe('OAUTH2_KIT_STORE', () => {
  const other = `${esm}export default { ...memoryStore(), listClients: () => { throw new Error('other') } }`

  it('names the module if --store is missing', () => {
    using place = project('store.mjs', `${esm}export default memoryStore()`)
    expect(list(place.folder, './store.mjs')).toEqual(nothing)
    const named = project('store.mjs', `${esm}export const live = memoryStore()`)
    using _ = named
    expect(list(named.folder, 'store.mjs', '--export', 'live')).toEqual(nothing)
  })

  it('gives way to --store', () => {
    using place = project('store.mjs', `${esm}export default memoryStore()`)
    writeFileSync(path.join(place.folder, 'other.mjs'), other)
    expect(list(place.folder, './other.mjs', '--store', './store.mjs')).toEqual(nothing)
    expect(list(place.folder, './store.mjs', '--store', './other.mjs')).toMatchObject({
      code: 1,
      stderr: 'oauth2-kit: other\n',
    })
  })

  it('counts as unset if it is empty: the message names the option and the variable', () => {
    using place = project('store.mjs', `${esm}export default memoryStore()`)
    expect(list(place.folder, '')).toEqual({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^oauth2-kit: --store is missing: .*OAUTH2_KIT_STORE\n$/),
    })
  })

  it('is named by the message if its file does not exist', () => {
    using place = project('store.mjs', '')
    const { code, stderr } = list(place.folder, './missing.mjs')
    expect([code, stderr]).toEqual([
      2,
      `oauth2-kit: OAUTH2_KIT_STORE: ${path.join(place.folder, 'missing.mjs')} is not a file\n`,
    ])
  })
})

/** Runs `client list` with these options, and with the variable. */
function list(folder: string, variable: string, ...options: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [main, 'client', 'list', '--json', ...options],
    { cwd: folder, encoding: 'utf8', env: { ...process.env, OAUTH2_KIT_STORE: variable } },
  )
  return { code: status, stdout, stderr }
}
