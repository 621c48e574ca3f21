import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { PassThrough } from 'node:stream'
import { parse } from 'yaml'
import { version } from '../package.json'
import { choosePort } from '../src/init/ports'
import { root } from '../../test/support/programs'
import { command } from './support/command-line'
import type { Manifest } from './support/written-provider'

const names = ['sql', 'memory', 'mongo', 'prisma', 'redis', 'typeorm']
const databases = ['postgres', 'mariadb', 'sqlite']

/** The options of every provider that can be written, without its ports. */
const everyProvider = [
  ['memory'],
  ['mongo'],
  ['redis'],
  ...['sql', 'prisma', 'typeorm'].flatMap((store) =>
    databases.map((database) => [store, '--database', database]),
  ),
].flatMap(([store = '', ...rest]) => {
  const options = ['--store', store, ...rest]
  return [options, [...options, '--mcp']]
})

/** Those with a database server, and its port. */
const withServer = [
  [['--store', 'mongo'], 27017],
  [['--store', 'redis'], 6379],
  [['--store', 'prisma'], 5432],
  [['--store', 'prisma', '--database', 'mariadb'], 3306],
  [['--store', 'typeorm'], 5432],
  [['--store', 'typeorm', '--database', 'mariadb'], 3306],
  [['--store', 'sql', '--database', 'postgres'], 5432],
  [['--store', 'sql', '--database', 'mariadb'], 3306],
] as const
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
  it.each(everyProvider.map((options) => [options]))(
    '%j: writes a provider, and prints the next steps',
    async (options) => {
      using place = emptyFolder()
      const { code, stdout, stderr } = await place.init('my-provider', ...options)
      expect([code, stderr]).toEqual([0, ''])
      const files = ['src/server.ts', 'src/store.ts', 'README.md', '.gitignore', '.env']
      if (options.includes('--mcp')) files.push('src/mcp/mcp.ts', 'test/mcp.test.ts')
      for (const file of files) {
        expect(stdout).toContain(`\n  ${file}\n`)
        expect(existsSync(path.join(place.cwd, 'my-provider', file))).toBe(true)
      }
      const { scripts } = place.manifest('my-provider')
      expect(scripts).toMatchObject({
        start: 'node dist/server.js',
        dev: expect.stringMatching(/^tsx watch --include .env src\/server.ts \|/),
      })
      const [, next = ''] = stdout.split('Next steps:\n')
      expect(next).toMatch(/^ {2}cd my-provider\n/)
      expect(next).toContain('  npm install\n')
      expect(next.includes('npm run build\n  npm run migrate')).toBe('migrate' in scripts)
      const readme = place.read('my-provider/README.md')
      expect(readme).toMatch(/^# my-provider\n/)
      const usesDocker = existsSync(path.join(place.cwd, 'my-provider/docker-compose.yml'))
      for (const text of [next, readme])
        expect(text.includes('docker compose up -d --wait')).toBe(usesDocker)
      for (const file of place.everything().filter((file) => /\.\w+$/.test(file)))
        expect([file, place.read(file).includes('{{')]).toEqual([file, false])
    },
  )

  it('--json: prints the same as JSON', async () => {
    using place = emptyFolder()
    const ports = ['--port', '4100', '--database-port', '4101']
    const { stdout } = await place.init('p', '--store', 'mongo', '--json', ...ports)
    expect(JSON.parse(stdout)).toEqual({
      folder: path.join(place.cwd, 'p'),
      store: 'mongo',
      database: 'mongodb',
      port: 4100,
      databasePort: 4101,
      mcp: false,
      notes: [],
      files: expect.arrayContaining(['.env', 'docker-compose.yml', 'src/store.ts']),
      next: ['cd p', 'npm install', 'docker compose up -d --wait', 'npm run build'],
    })
  })

  it("prints a folder's name as an argument for a shell", async () => {
    using place = emptyFolder()
    const { stdout } = await place.init("Ada's provider", '--store', 'memory')
    expect(stdout).toContain("\n  cd 'Ada'\\''s provider'\n")
  })

  it('writes into the current folder by default, even if it contains .git', async () => {
    using place = emptyFolder()
    mkdirSync(path.join(place.cwd, '.git'))
    const { code, stdout } = await place.init('--store', 'memory')
    expect(code).toBe(0)
    expect(stdout).not.toContain('cd ')
    expect(place.manifest('.').name).toBe(path.basename(place.cwd).toLowerCase())
  })

  it.each([
    [[], 'sql', 'sqlite'],
    [['--store', 'memory'], 'memory', undefined],
    [['--database', 'mariadb'], 'sql', 'mariadb'],
    [['--store', 'typeorm'], 'typeorm', 'postgres'],
    [['--store', 'prisma', '--database', 'sqlite'], 'prisma', 'sqlite'],
  ])('--yes %j: asks nothing, and uses %s on %s', async (options, store, database) => {
    using place = emptyFolder()
    const around = { cwd: place.cwd, stdin: terminal() }
    const { stdout, stderr } = await command(['init', '--yes', '--json', ...options], around)
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toMatchObject({ store, ...(database && { database }) })
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
    for (const folder of ['a', 'b']) await place.init(folder, '--store', 'typeorm')
    const settings = ['a', 'b'].map((folder) => {
      const lines = place.read(`${folder}/.env`).split('\n')
      return Object.fromEntries(
        lines.filter((line) => /^\w/.test(line)).map((line) => line.split('=')),
      )
    })
    const [a = {}, b = {}] = settings
    expect(a['SESSION_SECRET']).toMatch(/^[0-9a-f]{64}$/)
    expect(a['SESSION_SECRET']).not.toBe(b['SESSION_SECRET'])
    expect(a['DATABASE_PASSWORD']).not.toBe(a['SESSION_SECRET'])
    expect(new URL(a['DATABASE_URL']).password).toBe(a['DATABASE_PASSWORD'])
    const secrets = [a['SESSION_SECRET'], a['DATABASE_PASSWORD']]
    const files = place.everything().filter((file) => /^a\/.*\w\.\w+$/.test(file))
    for (const file of files) {
      for (const secret of secrets)
        expect([file, place.read(file).includes(secret)]).toEqual([file, false])
    }
    expect(place.read('a/.env')).not.toMatch(/[<>]/)
    // A folder made anew under the same name must not meet the volume of the old one.
    const projects = settings.map(({ COMPOSE_PROJECT_NAME = '' }) => COMPOSE_PROJECT_NAME)
    expect(projects).toEqual([
      expect.stringMatching(/^a-\w{6}$/),
      expect.stringMatching(/^b-\w{6}$/),
    ])
    expect(projects[0]?.slice(1)).not.toBe(projects[1]?.slice(1))
  })
})

describe('oauth2-kit init, at a terminal', () => {
  it.each([
    [['3'], 'mongo', 'mongodb'],
    [['2'], 'memory', undefined],
    [['redis'], 'redis', 'redis'],
    [[' TypeORM ', ' SQLite '], 'typeorm', 'sqlite'],
    [['typeorm', ''], 'typeorm', 'postgres'],
    [['prisma', '2'], 'prisma', 'mariadb'],
    [['', ''], 'sql', 'sqlite'],
    [['9', '0', 'sqlite', '-1', '4', 'mongodb', '1'], 'prisma', 'postgres'],
  ])('%j: selects %s on %s', async (lines, store, database) => {
    using place = emptyFolder()
    const stdin = terminal(...lines)
    const { code, stdout, stderr } = await command(['init', '--json'], { cwd: place.cwd, stdin })
    expect(code).toBe(0)
    const chosen = JSON.parse(stdout) as Record<string, unknown>
    expect([chosen['store'], chosen['database']]).toEqual([store, database])
    for (const name of names) expect(stderr).toContain(`${names.indexOf(name) + 1}  ${name}`)
    const prompts = stderr.split('Number or name [')
    expect(prompts).toHaveLength(lines.length + 1)
  })

  it('asks only for what the options do not name', async () => {
    using place = emptyFolder()
    const around = { cwd: place.cwd, stdin: terminal('mariadb') }
    const { stderr } = await command(['init', '--store', 'typeorm'], around)
    expect(stderr).toMatch(/^In which database\?\n/)
    expect(place.manifest('.').dependencies).toHaveProperty('mysql2')
  })

  it.each([[['x']], [['typeorm']]])('writes nothing if the input ends after %j', async (lines) => {
    using place = emptyFolder()
    const around = { cwd: place.cwd, stdin: terminal(...lines) }
    const { code, stderr } = await command(['init', 'p'], around)
    expect(code).toBe(2)
    expect(stderr).toContain('oauth2-kit: a question has no answer, so nothing was written')
    expect(place.everything()).toEqual([])
  })
})

describe('oauth2-kit init, about ports', () => {
  it.each(withServer)('%j: writes them into every file', async (options, standard) => {
    using place = emptyFolder()
    const ports = ['--port', '4100', '--database-port', '4101']
    const { code, stdout } = await place.init('p', ...options, ...ports)
    expect([code, stdout.includes('in use')]).toEqual([0, false])
    expect(place.read('p/src/config.ts')).toContain("'PORT', '4100'")
    expect(place.read('p/README.md')).toContain('http://localhost:4100/oauth/')
    for (const file of ['.env', '.env.example'])
      expect(place.read(`p/${file}`)).toMatch(/^DATABASE_URL=.*localhost:4101\b/m)
    const { services } = parse(place.read('p/docker-compose.yml')) as Compose
    expect(services.database.ports).toEqual([`127.0.0.1:4101:${standard}`])
    for (const file of place.everything().filter((file) => /\.\w+$/.test(file)))
      expect([file, /\b3000\b/.test(place.read(file))]).toEqual([file, false])
  })

  it('keeps a port that was set, and says that it is in use', async () => {
    using place = emptyFolder()
    await using listener = await listening()
    const { port } = listener
    const { code, stdout } = await place.init('p', '--store', 'memory', '--port', String(port))
    expect(code).toBe(0)
    expect(stdout).toContain(`Port ${port} is in use: `)
    expect(place.read('p/src/config.ts')).toContain(`'PORT', '${port}'`)
  })

  it('chooses the next free port if the standard one is in use, and says so', async () => {
    await using listener = await listening()
    const { port: standard } = listener
    const { port, notes } = await choosePort('port', undefined, standard)
    expect(port).toBeGreaterThan(standard)
    expect(notes).toEqual([
      `Port ${standard} is in use, so ${port} was chosen; --port sets another.`,
    ])
    // Nor does it choose the port of the provider for the database.
    const other = await choosePort('database-port', undefined, standard, [port])
    expect(other.port).toBeGreaterThan(port)
  })

  it.each([
    [['--port', '0'], '--port must be a port, from 1 to 65535'],
    [['--port', '65536'], '--port must be a port, from 1 to 65535'],
    [['--database-port', '5432x'], '--database-port must be a port, from 1 to 65535'],
    [['--port', '4100', '--database-port', '4100'], '--database-port: the provider uses 4100'],
  ])('refuses %j', async (options, message) => {
    using place = emptyFolder()
    const { code, stderr } = await place.init('p', '--store', 'mongo', ...options)
    expect([code, stderr]).toEqual([2, `oauth2-kit: ${message}\n`])
    expect(place.everything()).toEqual([])
  })

  it.each([[['memory']], [['typeorm', '--database', 'sqlite']]])(
    '%j: refuses a port of the database',
    async (options) => {
      using place = emptyFolder()
      const { stderr } = await place.init('p', '--database-port', '1', '--store', ...options)
      expect(stderr).toBe(
        'oauth2-kit: --database-port: the data is stored in a file, without a port\n',
      )
    },
  )
})

/** A server on a free port. */
async function listening() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.close()
      await once(server, 'close')
    },
  }
}

/** Runs `init`, and types an answer after each prompt. */
async function typed(cwd: string, answers: Readonly<Record<string, string>>) {
  // script(1) of util-linux runs a program in a terminal, and forwards its own input.
  const argv = ['-qec', `"${process.execPath}" "${main}" init`, '/dev/null']
  const script = spawn('script', argv, { cwd })
  let output = ''
  script.stdout.on('data', (text) => {
    output += text
    for (const [prompt, answer] of Object.entries(answers)) {
      if (output.endsWith(prompt)) script.stdin.write(answer)
    }
  })
  const code = await new Promise((resolve) => script.once('close', resolve))
  return { code, output }
}

const onLinux = process.platform === 'linux' ? describe : describe.skip

onLinux('oauth2-kit init, at a real terminal', () => {
  it('asks for a store and a database, and uses the answers', async () => {
    using place = emptyFolder()
    const { code, output } = await typed(place.cwd, {
      'Number or name [sql]: ': '6\r',
      'Number or name [postgres]: ': 'sqlite\r',
    })
    expect(code).toBe(0)
    expect(output).toContain('A provider on SQLite, in one file, through TypeORM')
    expect(place.read('src/store.ts')).toContain('typeormStore(')
  })

  it('Ctrl-C at a question: writes nothing, and exits with 130', async () => {
    using place = emptyFolder()
    const { code } = await typed(place.cwd, { 'Number or name [sql]: ': '\u0003' })
    expect(code).toBe(130)
    expect(place.everything()).toEqual([])
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
      `oauth2-kit: no terminal to ask on: set --store to one of ${names.join(', ')}, or use --yes for SQLite, in one file\n`,
    ])
    expect(place.everything()).toEqual([])
  })

  it.each([
    [
      ['--store', '../memory'],
      `--store: unknown store "../memory"; use one of ${names.join(', ')}`,
    ],
    [
      ['--store', 'typeorm', '--database', 'mysql'],
      `--database: unknown database "mysql"; use one of ${databases.join(', ')}`,
    ],
    [
      ['--store', 'redis', '--database', 'redis'],
      '--database: the store redis has no choice of databases; sql, prisma and typeorm have',
    ],
    [
      ['--store', 'memory', '--database', 'postgres'],
      '--database: the store memory has no choice of databases; sql, prisma and typeorm have',
    ],
  ])('%j: says which values are possible', async (options, message) => {
    using place = emptyFolder()
    expect(await place.init('p', ...options)).toEqual({
      code: 2,
      stdout: '',
      stderr: `oauth2-kit: ${message}\n`,
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
  it.each(everyProvider.map((options) => [options]))(
    '%j: need versions that match the installed packages',
    async (options) => {
      using place = emptyFolder()
      await place.init('p', ...options)
      const { dependencies, devDependencies } = place.manifest('p')
      for (const [name, range] of Object.entries({ ...dependencies, ...devDependencies })) {
        const file = path.join(root, 'node_modules', name, 'package.json')
        const has = (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
        expect([name, has, isIn(range, has)]).toEqual([name, has, true])
        const ours = /^(@oauth2-kit\/.*|oauth2-kit)$/.test(name)
        expect([name, ours ? range : '']).toEqual([name, ours ? `^${version}` : ''])
      }
    },
  )

  it.each(withServer)(
    '%j: let only this machine reach the database, and wait until it answers',
    async (options) => {
      using place = emptyFolder()
      await place.init('p', ...options)
      const { services, volumes } = parse(place.read('p/docker-compose.yml')) as Compose
      const { ports, volumes: mounts, environment = {}, healthcheck } = services.database
      expect(ports).toEqual([expect.stringMatching(/^127\.0\.0\.1:/)])
      expect(mounts).toEqual([expect.stringMatching(/^database:\//)])
      expect(volumes).toHaveProperty('database')
      expect(healthcheck.test.length).toBeGreaterThan(0)
      const passwords = Object.keys(environment).filter((name) => /(?<!ROOT)_PASSWORD$/.test(name))
      for (const name of passwords) expect(environment[name]).toMatch(/^\$\{DATABASE_PASSWORD:\?/)
    },
  )

  it.each([
    ['postgres', 'postgresql'],
    ['mariadb', 'mysql'],
    ['sqlite', 'sqlite'],
  ])('on %s contain the models and tables of @oauth2-kit/prisma', async (database, provider) => {
    using place = emptyFolder()
    await place.init('p', '--store', 'prisma', '--database', database)
    const ours = path.join(root, 'adapters/prisma/prisma', provider)
    for (const [from, to] of [
      ['oauth.prisma', 'oauth.prisma'],
      ['oauth.sql', 'migrations/0_oauth/migration.sql'],
    ] as const) {
      expect(place.read(`p/prisma/${to}`)).toBe(readFileSync(path.join(ours, from), 'utf8'))
    }
    for (const file of ['schema.prisma', 'migrations/migration_lock.toml'])
      expect(place.read(`p/prisma/${file}`)).toContain(`provider = "${provider}"`)
  })
})

/** Whether a range such as `^1.2.3` includes a version. The major version must not be 0. */
function isIn(range: string, has: string): boolean {
  const least = range.replace('^', '')
  return parseInt(least) === parseInt(has) && has.localeCompare(least, 'en', { numeric: true }) >= 0
}

interface Compose {
  services: {
    database: {
      ports: string[]
      volumes: string[]
      environment?: Record<string, string>
      healthcheck: { test: string[] }
    }
  }
  volumes: Record<string, unknown>
}
