import { spawnSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { allRun } from '../../test/support/growth'
import { root } from '../../test/support/programs'
import { command } from './support/command-line'

const main = path.join(root, 'cli/dist/main.js')
const { members, template } = jest.requireActual<{
  members: () => string
  template: string
}>('../../scripts/own-store-members.js')
const methods = [...members().matchAll(/^ {2}async (\w+)\(/gm)].map(([, name = '']) => name)

/** An empty folder, which is deleted when it is disposed of. */
function emptyFolder() {
  const cwd = mkdtempSync(path.join(tmpdir(), 'oauth2-kit-init-store-'))
  return { cwd, [Symbol.dispose]: () => rmSync(cwd, { recursive: true }) }
}

/** A skeleton that `oauth2-kit init-store` wrote, with the packages of this workspace installed. */
function skeleton(...options: string[]) {
  const place = emptyFolder()
  const folder = path.join(place.cwd, 'my-store')
  const made = spawnSync(process.execPath, [main, 'init-store', 'my-store', ...options], {
    cwd: place.cwd,
    encoding: 'utf8',
  })
  if (made.status !== 0) throw new Error(made.stderr)
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'))
  return {
    ...place,
    folder,
    read: (file: string) => readFileSync(path.join(folder, file), 'utf8'),
    write: (file: string, text: string) => writeFileSync(path.join(folder, file), text),

    /** Runs a program in the folder, without what the environment of these tests sets. */
    run(file: string, ...args: string[]) {
      const env = {
        PATH: process.env['PATH'],
        HOME: place.cwd,
        NO_COLOR: '1',
        npm_config_update_notifier: 'false',
      }
      const { status, stdout, stderr } = spawnSync(file, args, {
        cwd: folder,
        encoding: 'utf8',
        env,
        maxBuffer: 2 ** 26,
      })
      return { code: status, output: stdout + stderr }
    },
  }
}

/** A store that keeps its promises, and the hooks that it needs for every level. */
const knownGood = {
  'store.ts': `import { type MemoryStore, memoryStore } from '@oauth2-kit/memory'
const stores = new Map<string, MemoryStore>()
// All instances are one, because a second one could not open the file.
export function ownStore({ namespace }: { namespace: string }): MemoryStore {
  const store = stores.get(namespace) ?? memoryStore({ file: \`data/\${namespace}\` })
  stores.set(namespace, store)
  return { ...store, close: () => store.save() }
}
`,
  'store.js': `import { memoryStore } from '@oauth2-kit/memory'
const stores = new Map()
export function ownStore({ namespace }) {
  const store = stores.get(namespace) ?? memoryStore({ file: \`data/\${namespace}\` })
  stores.set(namespace, store)
  return { ...store, close: () => store.save() }
}
`,
}
const hooks = `export const without = ['durable', 'database']
const dump = async ({ namespace }: Context) => {
  await ownStore({ namespace }).save()
  return readFileSync(\`data/\${namespace}\`, 'utf8')
}
const kept = /"(hash|grant|record|client|user|deletedUser)":/g
export const raw = {
  dump,
  count: async (context: Context) => (await dump(context)).match(kept)?.length ?? 0,
}
`

describe('oauth2-kit init-store', () => {
  it('has every method of the contract, with its comment (node scripts/own-store-members.js)', () => {
    expect(readFileSync(template, 'utf8')).toBe(members())
    const contract = readFileSync(path.join(root, 'core/src/contract/store.ts'), 'utf8')
    const [, store = ''] = /^export interface Store \{\n([^]*?)^\}/m.exec(contract) ?? []
    const declared = [...store.matchAll(/^ {2}(\w+)\??\(/gm)].map(([, name]) => name)
    expect(declared.length).toBeGreaterThan(20)
    expect(methods).toEqual(declared)
  })

  describe.each([
    ['TypeScript', [], 'ts'],
    ['JavaScript', ['--javascript'], 'js'],
  ])('in %s', (_language, options, extension) => {
    it('writes a store without code: npm test fails, and names what to write', () => {
      using place = skeleton(...options)
      for (const name of methods)
        expect(place.read(`src/store.${extension}`)).toContain(`return notImplemented('${name}')`)
      const { code, output } = place.run('npm', 'test')
      expect(code).toBe(1)
      expect(output).toContain('Conformance of my-store (a store)')
      expect(output).toMatch(/^\d+ cases failed, probably for \d+ causes:$/m)
      expect(output).toContain('getClient() is not implemented yet, at src/store')
      expect(output).toMatch(/Replay +npm test -- --only shape\.promises/)
    })

    it('replays one case, or one group, with npm test --', () => {
      using place = skeleton(...options)
      const { code, output } = place.run('npm', 'test', '--', '--only', 'record')
      expect(code).toBe(1)
      expect(output).toContain('addRecord() is not implemented yet')
      expect(output).not.toContain('createClient() is not implemented yet')
    })

    it('passes the level contract with a store that keeps its promises', () => {
      using place = skeleton(...options)
      mkdirSync(path.join(place.folder, 'data'))
      const name = `store.${extension}` as keyof typeof knownGood
      place.write(`src/${name}`, knownGood[name])
      const contract = place.run('npm', 'run', 'test:contract')
      expect(contract.output).toMatch(/^Level reached: contract$/m)
      expect(contract.code).toBe(0)
    })
  })

  it('passes the level fast with such a store, and with hooks', () => {
    // The whole suite.
    if (!allRun) return
    using place = skeleton()
    mkdirSync(path.join(place.folder, 'data'))
    place.write('src/store.ts', knownGood['store.ts'])
    const file = 'src/conformance.ts'
    const own = place.read(file).replace('export const raw: RawHooks = {}', hooks)
    place.write(file, `import { readFileSync } from 'node:fs'\n${own}`)
    const { code, output } = place.run('npm', 'test')
    expect(output).toMatch(/^Level reached: fast$/m)
    expect(code).toBe(0)
  })

  it('in TypeScript, compiles in strict mode', () => {
    using place = skeleton()
    expect(place.run('node_modules/.bin/tsc', '--noEmit')).toEqual({ code: 0, output: '' })
  })

  it('in TypeScript, does not compile without a method of the contract', () => {
    using place = skeleton()
    const text = place.read('src/store.ts')
    place.write('src/store.ts', text.replace(/async getUser\(id\) \{[^}]*\},/, ''))
    const { code, output } = place.run('node_modules/.bin/tsc', '--noEmit')
    expect(code).not.toBe(0)
    expect(output).toContain('getUser')
  })

  it('asks for the releases of this workspace', () => {
    using place = skeleton()
    const { dependencies, devDependencies } = JSON.parse(place.read('package.json')) as Record<
      string,
      Record<string, string>
    >
    for (const [name, folder] of [
      ['@oauth2-kit/core', 'core'],
      ['@oauth2-kit/conformance', 'conformance'],
    ] as const) {
      const { version } = JSON.parse(
        readFileSync(path.join(root, folder, 'package.json'), 'utf8'),
      ) as { version: string }
      expect({ ...dependencies, ...devDependencies }[name]).toBe(`^${version}`)
    }
  })

  it('names the groups of the suite in its README, each once', () => {
    using place = skeleton()
    const readme = place.read('README.md')
    expect(readme).not.toContain('{{')
    const named = [...readme.matchAll(/--only ([a-z,]+)/g)].flatMap(([, list = '']) =>
      list.split(','),
    )
    const groups = readdirSync(path.join(root, 'conformance/src/groups')).map(
      (file) => path.parse(file).name,
    )
    expect(new Set(named).size).toBe(named.length)
    for (const group of named) expect(groups).toContain(group)
    for (const name of methods.slice(0, 16)) expect(readme).toContain(name)
  })

  it('--json: prints what it wrote, and the next steps', async () => {
    using place = emptyFolder()
    const { code, stdout } = await command(['init-store', 'a', '--json'], { cwd: place.cwd })
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      {
        folder: path.join(place.cwd, 'a'),
        language: 'typescript',
        files: [
          '.gitignore',
          'README.md',
          'package.json',
          'src/conformance.ts',
          'src/store.ts',
          'tsconfig.json',
        ],
        next: ['cd a', 'npm install', expect.stringMatching(/^npm run test:contract/)],
      },
    ])
  })

  it('replaces nothing: exits with 2 if the folder is not empty', async () => {
    using place = emptyFolder()
    writeFileSync(path.join(place.cwd, 'mine.txt'), 'mine')
    const { code, stderr } = await command(['init-store'], { cwd: place.cwd })
    expect(code).toBe(2)
    expect(stderr).toContain(
      'this folder is not empty, so nothing was written; it contains\n  mine',
    )
    expect(readdirSync(place.cwd)).toEqual(['mine.txt'])
  })
})
