import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { type IncomingMessage, get } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Visitor } from '../../examples/provider/test/support/visitor'
import { root } from '../../test/support/programs'
import { WrittenProvider, issuer, user } from './support/written-provider'

let written: WrittenProvider

beforeAll(() => {
  written = new WrittenProvider('--yes')
  written.npm('build', {})
})
afterAll(() => written?.[Symbol.dispose]())

/** Settings for a process that keeps its data in a file of its own. */
const own = (name: string) => ({ DATABASE_URL: `file:${path.join(written.folder, `${name}.db`)}` })

/** Sends a request with a whole URL in its first line, as to a proxy. */
async function absolute(url: string, target: string): Promise<void> {
  const request = get(url, { path: target })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  response.resume()
  await once(response, 'end')
}

describe('a provider that init has written', () => {
  it('npm test: signs in, gets a token, and calls the API', () => {
    const { status, stdout } = spawnSync('npm', ['test'], { cwd: written.folder, encoding: 'utf8' })
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^# pass 4$/m)])
  })

  it('npm test, with --mcp: a client registers itself, and calls a tool', () => {
    using own = new WrittenProvider('--yes', '--mcp')
    own.npm('build', {})
    const { status, stdout } = spawnSync('npm', ['test'], { cwd: own.folder, encoding: 'utf8' })
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^# pass 6$/m)])
  })

  it('npm run dev: runs the TypeScript sources', async () => {
    const env = { ...process.env, PORT: '0', ISSUER: issuer, ...own('dev') }
    const dev = spawn('npm', ['run', 'dev'], { cwd: written.folder, env, detached: true })
    const closed = once(dev, 'close')
    let output = ''
    dev.stdout.on('data', (text) => (output += String(text)))
    while (!output.includes('Listening on ')) await once(dev.stdout, 'data')
    // Ends all processes that it has started.
    if (dev.pid !== undefined) process.kill(-dev.pid)
    await closed
    expect(output).toContain('Listening on http://localhost:')
  })

  it('logs requests and errors without secrets', async () => {
    await using running = written.start({ NODE_ENV: 'production', ...own('log') })
    const url = await running.url()
    const visitor = new Visitor(url)
    const secret = 'a-secret-value'
    const form = await visitor.get(`/sign-in?return=${secret}`)
    await visitor.submit(form, { username: secret, password: secret })
    await fetch(`${url}/api/me?access_token=${secret}`, {
      headers: { Authorization: `Bearer ${secret}`, Cookie: secret, Referer: `https://${secret}/` },
    })
    await fetch(`${url}/healthz`)
    await absolute(url, `http://u:${secret}@a.example/nowhere?${secret}`)
    await running.stop()
    const entries = running.output
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as { req: object; res: object })
    expect(entries.map(({ req, res }) => ({ ...req, ...res }))).toEqual([
      expect.objectContaining({ method: 'GET', path: '/sign-in', status: 200 }),
      expect.objectContaining({ method: 'POST', path: '/sign-in', status: 422 }),
      expect.objectContaining({ method: 'GET', path: '/api/me', status: 400 }),
      expect.objectContaining({ method: 'GET', path: '/nowhere', status: 404 }),
    ])
    expect(running.output).not.toContain(secret)
  })

  it('opens /admin to the user ADMIN_USERNAME only', async () => {
    const environment = { ...own('admin'), ADMIN_USERNAME: user.username }
    for (const name of [user.username, 'eve']) {
      written.kit(['user', 'create', name], environment, user.password)
    }
    await using running = written.start(environment)
    const url = await running.url()
    const statusFor = async (username: string) => {
      const visitor = new Visitor(url)
      await visitor.submit(await visitor.get('/sign-in'), { ...user, username })
      return (await visitor.get('/admin')).status
    }
    expect([await statusFor(user.username), await statusFor('eve')]).toEqual([200, 403])
  })

  it.each([
    [{ PORT: 'abc' }, 'PORT is "abc": use a number from 0 (any free port) to 65535'],
    [{ ISSUER: 'auth.example.com' }, 'ISSUER is "auth.example.com": use the https origin'],
    [{ ISSUER: 'https://example.com/auth' }, 'ISSUER is "https://example.com/auth": use'],
    [{ ISSUER: '', NODE_ENV: 'production' }, 'ISSUER must be set in production'],
    [{ SESSION_SECRET: '<session-secret>' }, 'SESSION_SECRET must have at least 32 random'],
    [{ SESSION_SECRET_PREVIOUS: 'x' }, 'SESSION_SECRET_PREVIOUS must have at least 32 random'],
    [{ BROWSER_ORIGINS: 'foo' }, 'BROWSER_ORIGINS has "foo": use origins such as'],
    [{ BROWSER_ORIGINS: 'https://*.example' }, 'without a path or a wildcard'],
    [{ DATABASE_URL: 'file:/proc/none/oauth.db' }, 'ENOENT'],
    [{ BROWSER_ORIGINS: 'https://a.example/x' }, 'BROWSER_ORIGINS has "https://a.example/x"'],
    [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL is "loud": use one of trace, debug'],
    [{ DATABASE_URL: 'file:src' }, "src can't be used ("],
    [{ DATABASE_URL: 'oauth.db' }, 'DATABASE_URL must be "file:" and a path'],
  ])('with %j: does not start, and says why in one line', async (environment, message) => {
    const running = written.start({ ...own('wrong'), ...(environment as Record<string, string>) })
    expect(await running.ended()).toBe(1)
    expect(running.output).toContain(message)
    expect(running.output.trim().split('\n')).toHaveLength(1)
  })

  it('says in one line that its port is taken', async () => {
    await using first = written.start(own('first'))
    const PORT = new URL(await first.url()).port
    const main = path.join(written.folder, 'dist/server.js')
    const env = { ...process.env, PORT, ISSUER: issuer, ...own('second') }
    const second = spawnSync(process.execPath, [main], {
      cwd: written.folder,
      env,
      encoding: 'utf8',
    })
    expect([second.status, second.stderr]).toEqual([
      1,
      `PORT ${PORT} can't be used: another program listens on it. Set PORT to another one\n`,
    ])
  })

  it('has an .env that only its owner may read, and that git and images ignore', () => {
    const { mode } = statSync(path.join(written.folder, '.env'))
    expect(mode & 0o777).toBe(0o600)
    for (const file of ['.gitignore', '.dockerignore']) {
      expect(written.read(file).split('\n')).toEqual(expect.arrayContaining(['.env', '*.env']))
    }
  })

  it('keeps its data in a folder that only its owner may open, and that git and images ignore', () => {
    written.kit(['check'], {})
    const data = path.join(written.folder, 'data')
    expect(statSync(data).mode & 0o777).toBe(0o700)
    expect(statSync(path.join(data, 'oauth.db')).mode & 0o777).toBe(0o600)
    expect(written.read('.gitignore').split('\n')).toContain('data/')
    expect(written.read('.dockerignore').split('\n')).toContain('data')
  })

  it('reads its settings and its data from its own folder, wherever it is started', async () => {
    const elsewhere = mkdtempSync(path.join(tmpdir(), 'elsewhere-'))
    try {
      const store = path.join(written.folder, 'dist/store.js')
      const main = path.join(root, 'cli/dist/main.js')
      const argv = [main, 'user', 'create', 'carl', '--store', store]
      const made = spawnSync(process.execPath, argv, { cwd: elsewhere, input: user.password })
      expect(made.status).toBe(0)
      expect(readdirSync(elsewhere)).toEqual([])
      expect(written.kit(['user', 'show', 'carl'], {})).toMatchObject({ username: 'carl' })
    } finally {
      rmSync(elsewhere, { recursive: true })
    }
  })
})

describe('a provider that init has written with --store memory', () => {
  it('keeps users in its file, and says why it cannot use it', async () => {
    using memory = new WrittenProvider('--store', 'memory')
    memory.npm('build', {})
    const made = memory.kit(['user', 'create', 'ada'], {}, user.password)
    expect(memory.kit(['user', 'show', 'ada'], {})).toEqual(made)
    const running = memory.start({ STORE_FILE: 'src' })
    expect(await running.ended()).toBe(1)
    expect(running.output).toMatch(/^.*EISDIR.*\n$/)
  })
})
