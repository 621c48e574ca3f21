import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net'
import path from 'node:path'
import { parseAllDocuments } from 'yaml'
import { programFolder, root } from '../../test/support/programs'

// `check` and `purge` as the only command of a container: no terminal, an end in any case.

const program = path.join(root, 'cli/bin/oauth2-kit.js')
const memory = "import { memoryStore } from '@oauth2-kit/memory'\n"

/** Stores on a database at `DATABASE_URL`, as the READMEs of the stores write them. */
const stores: Record<string, { scheme: string; commands: string[]; module: string }> = {
  redis: {
    scheme: 'redis',
    // Redis removes expired keys itself, so `purge` does not use the connection.
    commands: ['check'],
    module: `import { redisStore } from '@oauth2-kit/redis'
import { Redis } from 'ioredis'
const client = new Redis(process.env.DATABASE_URL, { connectTimeout: 500, maxRetriesPerRequest: 1 })
client.on('error', () => {})
export default { store: redisStore(client), close: () => client.disconnect() }`,
  },
  mongo: {
    scheme: 'mongodb',
    commands: ['check', 'purge'],
    module: `import { mongoStore } from '@oauth2-kit/mongo'
import { MongoClient } from 'mongodb'
const client = new MongoClient(process.env.DATABASE_URL, { serverSelectionTimeoutMS: 500 })
export default { store: mongoStore(client.db('oauth')), close: () => client.close() }`,
  },
  typeorm: {
    scheme: 'postgres',
    commands: ['check', 'purge'],
    module: `import { oauthTables, typeormStore } from '@oauth2-kit/typeorm'
import { DataSource } from 'typeorm'
const url = process.env.DATABASE_URL
const dataSource = new DataSource({ type: 'postgres', url, ...oauthTables('postgres') })
export default async () => {
  await dataSource.initialize()
  return { store: typeormStore(dataSource), close: () => dataSource.destroy() }
}`,
  },
}

interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

/** A running `oauth2-kit` without a terminal or standard input. */
class Running {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  stdout = ''
  stderr = ''

  constructor(folder: string, argv: readonly string[], env: Record<string, string>) {
    this.child = spawn(process.execPath, [program, ...argv], {
      cwd: folder,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.child.stdout?.on('data', (text) => (this.stdout += text))
    this.child.stderr?.on('data', (text) => (this.stderr += text))
    this.ended = once(this.child, 'close').then(([code]) => ({
      code: code as number | null,
      stdout: this.stdout,
      stderr: this.stderr,
    }))
  }

  async printed(text: string): Promise<void> {
    while (!this.stderr.includes(text)) await once(this.child.stderr!, 'data')
  }
}

function run(module: string, argv: readonly string[], env: Record<string, string> = {}) {
  const place = programFolder()
  writeFileSync(path.join(place.folder, 'store.mjs'), module)
  const running = new Running(place.folder, argv, { OAUTH2_KIT_STORE: './store.mjs', ...env })
  void running.ended.then(() => place[Symbol.dispose]())
  return running
}

/** A server that accepts connections and never answers. */
async function silentServer(): Promise<{ port: number } & AsyncDisposable> {
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Returns a port at which nothing listens. */
async function closedPort(): Promise<number> {
  await using server = await silentServer()
  return server.port
}

describe('check and purge as the only command of a container', () => {
  it('end with 0 and print JSON', async () => {
    const module = `${memory}export default memoryStore()`
    expect(await run(module, ['check', '--json']).ended).toEqual({
      code: 0,
      stdout: '[]\n',
      stderr: '',
    })
    expect(await run(module, ['purge', '--json']).ended).toEqual({
      code: 0,
      stdout: '{\n  "deleted": 0\n}\n',
      stderr: '',
    })
  })

  it('check ends with 1 if it finds something, which only stdout says', async () => {
    const finding = { problem: 'An index is missing', fix: 'Run the migration' }
    const found = `check: async () => [${JSON.stringify(finding)}]`
    const module = `${memory}export default { ...memoryStore(), ${found} }`
    const { code, stdout, stderr } = await run(module, ['check', '--json']).ended
    expect([code, JSON.parse(stdout), stderr]).toEqual([1, [finding], ''])
  })

  describe.each(Object.entries(stores))('on %s, while the database is away', (_name, store) => {
    it.each(store.commands)('%s ends with 3 and one line if nothing listens', async (command) => {
      const DATABASE_URL = `${store.scheme}://127.0.0.1:${await closedPort()}/oauth`
      const argv = [command, '--json', '--timeout', '20']
      expect(await run(store.module, argv, { DATABASE_URL }).ended).toEqual({
        code: 3,
        stdout: '',
        stderr: expect.stringMatching(/^oauth2-kit: the database is away: [^\n]+\n$/),
      })
    })

    it('check ends with 3 and one line if the server accepts and never answers', async () => {
      await using server = await silentServer()
      const DATABASE_URL = `${store.scheme}://127.0.0.1:${server.port}/oauth`
      const argv = ['check', '--timeout', '2']
      expect(await run(store.module, argv, { DATABASE_URL }).ended).toEqual({
        code: 3,
        stdout: '',
        stderr: expect.stringMatching(/^oauth2-kit: the database is away: [^\n]+\n$/),
      })
    })
  })

  const never = 'new Promise(() => setInterval(() => {}, 1000))'
  it.each([
    ['a call', `{ ...memoryStore(), check: () => ${never} }`, "The store's check"],
    ['the module', `() => ${never}`, './store.mjs'],
    ['closing', `{ store: memoryStore(), close: () => ${never} }`, 'Closing the store'],
  ])('check ends with 3 and names what hangs: %s', async (_what, exported, what) => {
    const argv = ['check', '--timeout', '0.5']
    expect(await run(`${memory}export default ${exported}`, argv).ended).toEqual({
      code: 3,
      stdout: '',
      stderr: `oauth2-kit: the database is away: ${what} did not answer within 0.5 seconds; --timeout sets this limit\n`,
    })
  })

  it('ends with 3 and one line if a connection of the store fails outside of any call', async () => {
    const refused = "Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })"
    const module = `${memory}
const check = () => new Promise(() => setImmediate(() => { throw ${refused} }))
export default { ...memoryStore(), check }`
    expect(await run(module, ['check']).ended).toEqual({
      code: 3,
      stdout: '',
      stderr: 'oauth2-kit: the database is away: connect ECONNREFUSED\n',
    })
  })

  it('ends with 1 if the store fails for another reason', async () => {
    const module = `${memory}
const purge = async () => { throw new Error('The disk is full') }
export default { ...memoryStore(), purge }`
    const { code, stderr } = await run(module, ['purge']).ended
    expect([code, stderr]).toEqual([1, 'oauth2-kit: The disk is full\n'])
  })

  it.each<['SIGTERM' | 'SIGINT', number]>([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ])('%s ends a purge with %d, and closes the store', async (signal, code) => {
    const module = `${memory}
const store = {
  ...memoryStore(),
  purge: () => (process.stderr.write('purging\\n'), ${never}),
}
export default { store, close: () => void process.stderr.write('closed\\n') }`
    const running = run(module, ['purge'])
    await running.printed('purging')
    running.child.kill(signal)
    expect(await running.ended).toEqual({
      code,
      stdout: '',
      stderr: `purging\nclosed\noauth2-kit: interrupted by ${signal}\n`,
    })
  })

  it('SIGTERM also ends a purge of many batches, and what it removed stays removed', async () => {
    const module = `${memory}
let batches = 0
const purge = async () => {
  if (++batches === 3) process.stderr.write('third batch\\n')
  return { deleted: 1, more: true }
}
export default { ...memoryStore(), purge }`
    const running = run(module, ['purge'])
    await running.printed('third batch')
    running.child.kill('SIGTERM')
    expect(await running.ended).toMatchObject({ code: 143, stdout: '' })
  })

  it.each([
    ['0', '--timeout must be above 0, and at most 2147483 seconds'],
    ['9999999', '--timeout must be above 0, and at most 2147483 seconds'],
    ['soon', '--timeout must be a number'],
  ])('--timeout %s: ends with 2', async (seconds, message) => {
    const module = `${memory}export default memoryStore()`
    const { code, stderr } = await run(module, ['check', '--timeout', seconds]).ended
    expect([code, stderr]).toEqual([2, `oauth2-kit: ${message}\n`])
  })
})

interface Container {
  command: string[]
  env?: { name: string; value?: string }[]
  environment?: Record<string, string>
}

/** Returns every container of the examples of the README that runs oauth2-kit. */
function examples(): Container[] {
  const text = readFileSync(path.join(root, 'cli/README.md'), 'utf8')
  const blocks = [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, yaml = '']) => yaml)
  const all: unknown[] = blocks.flatMap((yaml) =>
    parseAllDocuments(yaml).map((document) => document.toJS() as unknown),
  )
  return containersIn(all).filter(({ command }) => command.join(' ').includes('oauth2-kit'))
}

function containersIn(value: unknown): Container[] {
  if (typeof value !== 'object' || value === null) return []
  const own = 'command' in value && Array.isArray(value.command) ? [value as Container] : []
  return [...own, ...Object.values(value).flatMap(containersIn)]
}

describe('the examples for Compose and Kubernetes', () => {
  it('are commands that run in the folder of a provider', () => {
    using place = programFolder()
    mkdirSync(path.join(place.folder, 'dist'))
    writeFileSync(path.join(place.folder, 'package.json'), '{"type":"module"}')
    writeFileSync(path.join(place.folder, 'dist/store.js'), `${memory}export default memoryStore`)
    // As `npm install` links the package's program.
    mkdirSync(path.join(place.folder, 'node_modules/.bin'), { recursive: true })
    symlinkSync(program, path.join(place.folder, 'node_modules/.bin/oauth2-kit'))
    const found = examples()
    expect(found.map(({ command }) => command[1])).toEqual(
      expect.arrayContaining(['check', 'purge']),
    )
    expect(found.length).toBeGreaterThanOrEqual(4)
    for (const { command, env = [], environment = {} } of found) {
      const [file = '', ...argv] = command
      const { status, stderr } = spawnSync(path.join(place.folder, file), argv, {
        cwd: place.folder,
        encoding: 'utf8',
        env: {
          PATH: process.env['PATH'],
          ...environment,
          ...Object.fromEntries(env.map(({ name, value }) => [name, value ?? ''])),
        },
      })
      expect([command, status, stderr]).toEqual([command, 0, ''])
    }
  })
})
