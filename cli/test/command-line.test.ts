import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { memoryStore } from '@oauth2-kit/memory'
import { version } from '../package.json'
import { commands } from '../src/commands'
import { command } from './support/command-line'

const names = commands.map(({ name }) => name)

describe('the help', () => {
  it.each([['--help'], ['-h'], ['help']])('%s: lists every command', async (...argv) => {
    const { code, stdout, stderr } = await command(argv)
    expect([code, stderr]).toEqual([0, ''])
    for (const { name, summary } of commands) {
      expect(stdout).toMatch(new RegExp(`^  ${name}[ A-Z[\\]]*  ${summary}$`, 'm'))
    }
  })

  it.each([
    ['client', '--help'],
    ['help', 'client'],
    ['client', '-h'],
  ])('%s %s: lists the commands that begin with it', async (...argv) => {
    const { code, stdout } = await command(argv)
    expect(code).toBe(0)
    expect(stdout).toContain('client rotate-secret ID')
    expect(stdout).not.toContain('user create')
  })

  it.each(names)('%s --help: lists every option, and does nothing else', async (name) => {
    const store = memoryStore()
    const { code, stdout, stderr } = await command([...name.split(' '), '--help'], { store })
    expect([code, stderr]).toEqual([0, ''])
    const { summary, options } = commands.find((one) => one.name === name)!
    expect(stdout).toContain(`Usage: oauth2-kit ${name}`)
    expect(stdout).toContain(summary)
    for (const option of [...Object.keys(options), 'json', 'help']) {
      expect(stdout).toMatch(new RegExp(`^  --${option}( [A-Z]+)?  +\\S`, 'm'))
    }
    expect(await command(['help', ...name.split(' ')])).toEqual({ code, stdout, stderr })
  })

  it('has lines of at most 110 characters', async () => {
    const texts = await Promise.all(names.map((name) => command(['help', ...name.split(' ')])))
    const lines = texts.flatMap(({ stdout }) => stdout.split('\n'))
    expect(lines.filter((line) => line.length > 110)).toEqual([])
  })

  it('--version: prints the version of the package', async () => {
    expect(await command(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
  })
})

describe('a wrong command line', () => {
  it.each<[string[], string]>([
    [[], 'the command is missing\n\nUsage: oauth2-kit COMMAND'],
    [['--json'], 'the command is missing\n\nUsage: oauth2-kit COMMAND'],
    [['client'], 'the command is missing\n\nUsage: oauth2-kit COMMAND'],
    [['clients'], 'unknown command "clients"; see oauth2-kit --help'],
    [['../client'], 'unknown command "../client"; see oauth2-kit --help'],
    [['client', 'make'], 'unknown command "client make"; use one of client create, client list,'],
    [['client', 'show'], 'client show takes ID; see oauth2-kit client show --help'],
    [['client', 'show', 'a', 'b'], 'client show takes ID; see'],
    [['client', 'list', 'a'], 'client list takes no argument; see'],
    [['client', 'list', '--all'], 'Unknown option "--all"; see oauth2-kit client list --help'],
    [['client', 'show', 'a', '--store'], '"--store" needs a value; see'],
    [['client', 'list', '--json=yes'], '"--json" takes no value; see'],
    [['client', 'list'], '--store is missing: name the module that exports the store, such as'],
  ])('%j: exits with 2, and says what is wrong only on stderr', async (argv, message) => {
    const { code, stdout, stderr } = await command(argv)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr.startsWith(`oauth2-kit: ${message}`)).toBe(true)
  })
})

describe('oauth2-kit NAME ..., if the project has @oauth2-kit/NAME with that program', () => {
  const program = 'console.log(JSON.stringify(process.argv.slice(2))); process.exit(7)'
  const bin = { 'oauth2-kit-prisma': './dist/bin.js' }

  it.each<[string[], string[]]>([
    [
      ['prisma', 'init', '--schema', 'a', '--help'],
      ['init', '--schema', 'a', '--help'],
    ],
    [['prisma'], []],
    [['help', 'prisma'], ['--help']],
    [
      ['help', 'prisma', 'init'],
      ['init', '--help'],
    ],
  ])('%j runs that program with %j', async (argv, args) => {
    using place = project({ bin }, program)
    const start = jest.fn(async () => 7)
    expect(await command(argv, { cwd: place.folder, start })).toMatchObject({ code: 7, stderr: '' })
    expect(start).toHaveBeenCalledWith(path.join(place.package, 'dist/bin.js'), args)
  })

  it('uses the same streams, and exits with the code of the program', () => {
    using place = project({ bin }, program)
    const main = path.join(__dirname, '../dist/main.js')
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [main, 'prisma', 'init', '--force'],
      { cwd: place.folder, encoding: 'utf8' },
    )
    expect([status, stdout, stderr]).toEqual([7, '["init","--force"]\n', ''])
  })

  it.each<[string, object | undefined]>([
    ['no such package', undefined],
    ['a package without programs', {}],
    ['a package with another program', { bin: { 'oauth2-kit-other': './dist/bin.js' } }],
    ['a program without a name', { bin: './dist/bin.js' }],
  ])('is an unknown command with %s', async (_what, manifest) => {
    using place = project(manifest, program)
    const { code, stderr } = await command(['prisma', 'init'], { cwd: place.folder })
    expect([code, stderr]).toEqual([
      2,
      'oauth2-kit: unknown command "prisma"; see oauth2-kit --help\n',
    ])
  })

  it('never replaces a built-in command', async () => {
    using place = project({ bin: { 'oauth2-kit-client': './dist/bin.js' } }, program, 'client')
    const { stdout } = await command(['client', '--help'], { cwd: place.folder })
    expect(stdout).toContain('client create')
  })
})

/** A project with a package @oauth2-kit/NAME, or without it if there is no manifest. */
function project(manifest: object | undefined, program: string, name = 'prisma') {
  const folder = mkdtempSync(path.join(tmpdir(), 'oauth2-kit-cli-'))
  const place = path.join(folder, 'node_modules/@oauth2-kit', name)
  if (manifest) {
    mkdirSync(path.join(place, 'dist'), { recursive: true })
    writeFileSync(path.join(place, 'package.json'), JSON.stringify(manifest))
    writeFileSync(path.join(place, 'dist/bin.js'), program)
  }
  return {
    folder,
    package: place,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  }
}
