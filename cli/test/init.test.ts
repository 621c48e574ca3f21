import { spawn, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { PassThrough } from 'node:stream'
import { parse } from 'yaml'
import { version } from '../package.json'
import { root } from '../../test/support/programs'
import { command } from './support/command-line'
import type { Manifest } from './support/written-provider'

const names = ['memory', 'mongo', 'prisma', 'redis', 'typeorm']
const main = path.join(root, 'cli/dist/main.js')

/** An empty folder, which is deleted when it is disposed of. */
function emptyFolder() {
  const cwd = mkdtempSync(path.join(tmpdir(), 'oauth2-kit-init-'))
  return {
    cwd,
    init: (...argv: string[]) => command(['init', ...argv], { cwd }),
    read: (file: string) => readFileSync(path.join(cwd, file), 'utf8'),
    manifest: (folder: string) =>
      JSON.parse(readFileSync(path.join(cwd, folder, 'package.json'), 'utf8')) as Manifest,
    everything: () => readdirSync(cwd, { recursive: true }).map(String),
    [Symbol.dispose]: () => rmSync(cwd, { recursive: true }),
  }
}

/** A terminal with these lines as its input. */
function terminal(...lines: string[]) {
  const stdin = Object.assign(new PassThrough(), { isTTY: true })
  for (const line of lines) stdin.write(`${line}\n`)
  stdin.end()
  return stdin
}

describe('oauth2-kit init', () => {
  it.each(names)('--store %s: writes a provider, and prints the next steps', async (store) => {
    using place = emptyFolder()
    const { code, stdout, stderr } = await place.init('my-provider', '--store', store)
    expect([code, stderr]).toEqual([0, ''])
    for (const file of ['src/server.ts', 'src/store.ts', 'README.md', '.gitignore', '.env']) {
      expect(stdout).toContain(`\n  ${file}\n`)
      expect(existsSync(path.join(place.cwd, 'my-provider', file))).toBe(true)
    }
    const { scripts } = place.manifest('my-provider')
    expect(scripts).toMatchObject({
      start: 'node dist/server.js',
      dev: expect.stringMatching(/^tsx watch src\/server.ts \|/),
    })
    const [, next = ''] = stdout.split('Next steps:\n')
    expect(next).toMatch(/^ {2}cd my-provider\n/)
    expect(next).toContain('  npm install\n')
    expect(next.includes('npm run migrate')).toBe('migrate' in scripts)
    const readme = place.read('my-provider/README.md')
    expect(readme).toMatch(/^# my-provider\n/)
    expect(readme).not.toContain('{{')
    expect(readme.includes('docker compose up -d')).toBe(store !== 'memory')
  })

  it('--json: prints the same as JSON', async () => {
    using place = emptyFolder()
    const { stdout } = await place.init('p', '--store', 'mongo', '--json')
    expect(JSON.parse(stdout)).toMatchObject({
      folder: path.join(place.cwd, 'p'),
      store: 'mongo',
      files: expect.arrayContaining(['.env', 'docker-compose.yml', 'src/store.ts']),
      next: ['cd p', expect.stringContaining('docker compose up -d'), 'npm install'],
    })
  })

  it('writes into the current folder by default, even if it contains .git', async () => {
    using place = emptyFolder()
    mkdirSync(path.join(place.cwd, '.git'))
    const { code, stdout } = await place.init('--store', 'memory')
    expect(code).toBe(0)
    expect(stdout).not.toContain('cd ')
    expect(place.manifest('.').name).toBe(path.basename(place.cwd).toLowerCase())
  })

  it('--yes: asks nothing, and uses the memory store', async () => {
    using place = emptyFolder()
    const { code } = await place.init('p', '--yes')
    expect(code).toBe(0)
    expect(place.manifest('p').dependencies).toHaveProperty('@oauth2-kit/memory')
  })

  it.each([
    ['My Provider!', 'my-provider'],
    ['@', 'oauth-provider'],
    // npm refuses to install a package into one of the same name.
    ['prisma', 'prisma-provider'],
  ])('in a folder "%s": names the package "%s"', async (folder, name) => {
    using place = emptyFolder()
    await place.init(folder, '--store', 'prisma')
    expect(place.manifest(folder).name).toBe(name)
  })

  it('generates new secrets for each provider, and writes them only to .env', async () => {
    using place = emptyFolder()
    await place.init('a', '--store', 'typeorm')
    await place.init('b', '--store', 'typeorm')
    const settings = ['a', 'b'].map((folder) => {
      const lines = place.read(`${folder}/.env`).split('\n')
      return Object.fromEntries(
        lines.filter((line) => /^\w/.test(line)).map((line) => line.split('=')),
      )
    })
    const [a = {}, b = {}] = settings
    expect(a['SESSION_SECRET']).toMatch(/^[0-9a-f]{64}$/)
    expect(a['SESSION_SECRET']).not.toBe(b['SESSION_SECRET'])
    expect(a['POSTGRES_PASSWORD']).not.toBe(a['SESSION_SECRET'])
    expect(new URL(a['DATABASE_URL']).password).toBe(a['POSTGRES_PASSWORD'])
    const secrets = [a['SESSION_SECRET'], a['POSTGRES_PASSWORD']]
    const files = place.everything().filter((file) => /^a\/.*\w\.\w+$/.test(file))
    for (const file of files) {
      for (const secret of secrets)
        expect([file, place.read(file).includes(secret)]).toEqual([file, false])
    }
    expect(place.read('a/.env')).not.toMatch(/[<>]/)
  })
})

describe('oauth2-kit init, at a terminal', () => {
  it.each([
    [['2'], 'mongo'],
    [['redis'], 'redis'],
    [[' TypeORM '], 'typeorm'],
    [[''], 'memory'],
    [['9', '0', 'sqlite', '-1', '3'], 'prisma'],
  ])('%j: selects the store %s', async (lines, store) => {
    using place = emptyFolder()
    const stdin = terminal(...lines)
    const { code, stdout, stderr } = await command(['init', '--json'], { cwd: place.cwd, stdin })
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ store })
    for (const name of names) expect(stderr).toContain(`${names.indexOf(name) + 1}  ${name}`)
    expect(stderr.split('Unknown store.')).toHaveLength(lines.length)
  })

  it('writes nothing if no store is chosen', async () => {
    using place = emptyFolder()
    const { code, stderr } = await command(['init', 'p'], { cwd: place.cwd, stdin: terminal('x') })
    expect(code).toBe(2)
    expect(stderr).toContain('oauth2-kit: no store was chosen, so nothing was written')
    expect(place.everything()).toEqual([])
  })
})

const onLinux = process.platform === 'linux' ? describe : describe.skip

onLinux('oauth2-kit init, at a real terminal', () => {
  it('asks for a store, and uses the answer', async () => {
    using place = emptyFolder()
    // script(1) of util-linux runs a program in a terminal, and forwards its own input.
    const script = spawn('script', ['-qec', `"${process.execPath}" "${main}" init`, '/dev/null'], {
      cwd: place.cwd,
    })
    let output = ''
    script.stdout.on('data', (text) => {
      output += text
      if (output.endsWith('Number or name [memory]: ')) script.stdin.write('5\r')
    })
    expect(await new Promise((resolve) => script.once('close', resolve))).toBe(0)
    expect(output).toContain('A provider on PostgreSQL, through TypeORM')
    expect(place.read('src/store.ts')).toContain('typeormStore(')
  })
})

describe('oauth2-kit init, if it fails', () => {
  it.each([[['init']], [['init', 'p']]])('%j without a terminal: names --store', async (argv) => {
    using place = emptyFolder()
    const { status, stderr } = spawnSync(process.execPath, [main, ...argv], {
      cwd: place.cwd,
      encoding: 'utf8',
    })
    expect([status, stderr]).toEqual([
      2,
      `oauth2-kit: no terminal to ask on: set --store to one of ${names.join(', ')}\n`,
    ])
    expect(place.everything()).toEqual([])
  })

  it('lists the known stores', async () => {
    using place = emptyFolder()
    expect(await place.init('p', '--store', '../memory')).toEqual({
      code: 2,
      stdout: '',
      stderr: `oauth2-kit: --store: unknown store "../memory"; use one of ${names.join(', ')}\n`,
    })
    expect(place.everything()).toEqual([])
  })

  it('in a folder that is not empty: lists the files before it asks, and keeps them', async () => {
    using place = emptyFolder()
    const files = ['.env', 'package.json', ...Array.from({ length: 10 }, (_, at) => `x${at}`)]
    for (const file of files) writeFileSync(path.join(place.cwd, file), 'mine')
    const { code, stderr } = await command(['init'], { cwd: place.cwd, stdin: terminal() })
    expect(code).toBe(2)
    expect(stderr).toContain('this folder is not empty, so nothing was written; it contains')
    expect(stderr).toContain('  .env\n  package.json\n  x0\n')
    expect(stderr).toContain('  and 2 more\n')
    expect(place.everything().toSorted()).toEqual(files.toSorted())
    expect(place.read('package.json')).toBe('mine')
  })

  it.each(['file', 'file/p'])('refuses the folder "%s" if "file" is a file', async (folder) => {
    using place = emptyFolder()
    writeFileSync(path.join(place.cwd, 'file'), 'mine')
    const { code, stderr } = await place.init(folder, '--store', 'memory')
    expect(code).toBe(2)
    expect(stderr).toMatch(/^oauth2-kit: file(\/p)? (is not a folder|can't be read \(ENOTDIR\))/)
    expect(place.read('file')).toBe('mine')
  })

  it('removes the written files if it cannot finish', async () => {
    using place = emptyFolder()
    // The path leaves room for the short file names, but not for the longest one.
    const longest = 'views/partials/client-fields.ejs'.length + 1
    const most = 4096 - 1
    let folder = place.cwd
    while (folder.length < most - longest - 202) folder = path.join(folder, 'x'.repeat(200))
    folder = path.join(folder, 'x'.repeat(most - longest - folder.length))
    const { code, stderr } = await place.init(folder, '--store', 'memory')
    expect(code).toBe(2)
    expect(stderr).toMatch(/can't be (read|written) \(ENAMETOOLONG\), so nothing was written\n$/)
    expect(place.everything()).toEqual([])
  })
})

describe('the written files', () => {
  it.each(names)('--store %s: need versions that match the installed packages', async (store) => {
    using place = emptyFolder()
    await place.init('p', '--store', store)
    const { dependencies, devDependencies } = place.manifest('p')
    for (const [name, range] of Object.entries({ ...dependencies, ...devDependencies })) {
      const file = path.join(root, 'node_modules', name, 'package.json')
      const has = (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
      expect([name, has, isIn(range, has)]).toEqual([name, has, true])
      const ours = /^(@oauth2-kit\/.*|oauth2-kit)$/.test(name)
      expect([name, ours ? range : '']).toEqual([name, ours ? `^${version}` : ''])
    }
  })

  it.each(names.slice(1))(
    '--store %s: publish the port of the database only on 127.0.0.1',
    async (store) => {
      using place = emptyFolder()
      await place.init('p', '--store', store)
      const { services, volumes } = parse(place.read('p/docker-compose.yml')) as Compose
      const { ports, volumes: mounts, environment = {} } = services.database
      expect(ports).toEqual([expect.stringMatching(/^127\.0\.0\.1:(\d+):\1$/)])
      expect(mounts).toEqual([expect.stringMatching(/^database:\//)])
      expect(volumes).toHaveProperty('database')
      const [, port] = ports[0]?.split(':') ?? []
      expect(place.read('p/.env')).toMatch(
        new RegExp(`^DATABASE_URL=.*@?localhost:${port}\\b`, 'm'),
      )
      expect(environment['POSTGRES_PASSWORD'] ?? '${').toMatch(/^\$\{/)
    },
  )

  it('contain unchanged copies of the models and tables of @oauth2-kit/prisma', () => {
    const ours = path.join(root, 'adapters/prisma/prisma/postgresql')
    const theirs = path.join(root, 'cli/templates/stores/prisma/prisma')
    for (const [from, to] of [
      ['oauth.prisma', 'oauth.prisma'],
      ['oauth.sql', 'migrations/0_oauth/migration.sql'],
    ] as const) {
      const [own, copy] = [path.join(ours, from), path.join(theirs, to)]
      expect(readFileSync(copy, 'utf8')).toBe(readFileSync(own, 'utf8'))
    }
  })
})

/** Whether a range such as `^1.2.3` includes a version. The major version must not be 0. */
function isIn(range: string, has: string): boolean {
  const least = range.replace('^', '')
  return parseInt(least) === parseInt(has) && has.localeCompare(least, 'en', { numeric: true }) >= 0
}

interface Compose {
  services: {
    database: { ports: string[]; volumes: string[]; environment?: Record<string, string> }
  }
  volumes: Record<string, unknown>
}
