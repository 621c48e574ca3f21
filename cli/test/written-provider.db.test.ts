import type * as oauth4webapi from 'oauth4webapi'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import path from 'node:path'
import { describeDatabase, startDatabase } from '@oauth2-kit/conformance/databases'
import { Client } from 'pg'
import { esModule } from '../../examples/provider/test/support/es-module'
import { Visitor } from '../../examples/provider/test/support/visitor'
import type { Running } from '../../test/support/programs'
import { Line } from './support/line'
import { WrittenProvider, issuer, redirectUri, user } from './support/written-provider'

const oauth = esModule<typeof oauth4webapi>('oauth4webapi')
const grants = ['authorization_code', 'refresh_token', 'client_credentials']

// Every test here starts processes, which are slow on a busy machine.
jest.setTimeout(180_000)

type Environment = Record<string, string>
type MakeTables = (written: WrittenProvider, environment: Environment) => void | Promise<void>

/** Writes and builds a provider, and adds a user and a client, as its README says. */
async function prepare(store: string, environment: Environment, makeTables: MakeTables) {
  const written = new WrittenProvider(store)
  await makeTables(written, environment)
  written.kit(['user', 'create', user.username], environment, user.password)
  const options = [
    '--id',
    'demo',
    '--name',
    'Demo',
    '--scope',
    'profile',
    '--redirect-uri',
    redirectUri,
  ]
  const types = grants.flatMap((grant) => ['--grant', grant])
  const { id, secret } = written.kit(['client', 'create', ...options, ...types], environment)
  return { written, client: { id: String(id), secret: String(secret) } }
}

/** For stores without tables. */
const build: MakeTables = (written, environment) => written.npm('build', environment)

interface Registered {
  id: string
  secret: string
}

/** Returns a client based on oauth4webapi that reaches the issuer at `url`. */
async function clientOf(registered: Registered, url: string) {
  const options = {
    [oauth.allowInsecureRequests]: true,
    [oauth.customFetch]: (input: string, init: object) => fetch(input.replace(issuer, url), init),
  }
  const discovered = await oauth.discoveryRequest(new URL(issuer), {
    algorithm: 'oauth2',
    ...options,
  })
  const server = await oauth.processDiscoveryResponse(new URL(issuer), discovered)
  const client = { client_id: registered.id }
  const secret = oauth.ClientSecretBasic(registered.secret)
  const common = [server, client, secret] as const
  return {
    async request() {
      const [verifier, state] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomState()]
      const target = new URL(server.authorization_endpoint ?? '')
      target.search = new URLSearchParams({
        response_type: 'code',
        client_id: registered.id,
        redirect_uri: redirectUri,
        scope: 'profile',
        state,
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      }).toString()
      const path = target.pathname + target.search
      return { path, verifier, answer: (callback: URL) => validated(callback, state) }
    },
    async exchange(parameters: URLSearchParams, verifier: string) {
      const args = [...common, parameters, redirectUri, verifier, options] as const
      const response = await oauth.authorizationCodeGrantRequest(...args)
      return oauth.processAuthorizationCodeResponse(server, client, response)
    },
    async refresh(token = '') {
      const response = await oauth.refreshTokenGrantRequest(...common, token, options)
      return oauth.processRefreshTokenResponse(server, client, response)
    },
    async introspect(token: string) {
      const response = await oauth.introspectionRequest(...common, token, options)
      return oauth.processIntrospectionResponse(server, client, response)
    },
    async revoke(token = '') {
      return oauth.processRevocationResponse(
        await oauth.revocationRequest(...common, token, options),
      )
    },
    async me(token: string) {
      const headers = { Authorization: `Bearer ${token}` }
      const response = await fetch(`${url}/api/me`, { headers })
      return { status: response.status, body: (await response.json()) as Record<string, unknown> }
    },
  }

  function validated(callback: URL, state: string) {
    return oauth.validateAuthResponse(server, client, callback, state)
  }
}

/** Signs in, and returns the consent page. */
async function consentPage(visitor: Visitor, target: string) {
  const { location: signIn } = await visitor.get(target)
  const { location: back } = await visitor.submit(await visitor.get(signIn ?? ''), user)
  return visitor.get(back ?? '')
}

/** Runs the main steps of a user and a client. Returns the introspection of a revoked token. */
async function smoke(registered: Registered, url: string): Promise<unknown> {
  const client = await clientOf(registered, url)
  const visitor = new Visitor(url)
  const { path, verifier, answer } = await client.request()
  const consent = await consentPage(visitor, path)
  expect(consent.html).toContain('Allow Demo to use your account?')
  const { location } = await visitor.submit(consent, { decision: 'allow' })
  const first = await client.exchange(answer(location!), verifier)
  expect(first).toMatchObject({ token_type: 'bearer', scope: 'profile' })

  const again = await client.request()
  const remembered = await visitor.get(again.path)
  expect(again.answer(remembered.location!).get('code')).toMatch(/^[0-9a-f]{40}$/)

  const second = await client.refresh(first.refresh_token)
  const { status, body } = await client.me(second.access_token)
  expect([status, body['client_id'], body['scope']]).toEqual([200, 'demo', 'profile'])
  expect(body['user_id']).toMatch(/^[0-9a-f]{32}$/)
  expect(await client.introspect(second.access_token)).toMatchObject({
    active: true,
    sub: body['user_id'],
  })

  await client.revoke(second.refresh_token)
  expect((await client.me(second.access_token)).status).toBe(401)
  return client.introspect(second.access_token)
}

/** Starts a provider, and waits until it listens. */
async function started(written: WrittenProvider, environment: Environment) {
  const running = written.start(environment)
  await running.printed(/^Listening on http:\/\/localhost:\d+$/m)
  return { running, url: await running.url() }
}

/** Runs the main steps on a database. Returns the exit code of the provider. */
async function smokeOn(store: string, environment: Environment, makeTables: MakeTables) {
  const { written, client } = await prepare(store, environment, makeTables)
  using _written = written
  const { running, url } = await started(written, environment)
  await using _running = running
  expect(await smoke(client, url)).toEqual({ active: false })
  // The test's URL is not the issuer of a developer, which the provider warns about.
  const lines = running.output.trim().split('\n')
  expect(lines.filter((line) => !/OAUTH2_KIT_ISSUER|--trace-warnings/.test(line))).toHaveLength(2)
  const code = await running.stop()
  return code
}

describe('a provider written with --store memory', () => {
  let written: WrittenProvider
  let client: Registered
  let running: Running
  let url: string

  beforeAll(async () => {
    ;({ written, client } = await prepare('memory', {}, build))
    ;({ running, url } = await started(written, {}))
  })
  afterAll(async () => {
    await running?.stop()
    written?.[Symbol.dispose]()
  })

  /** Returns an authorization request of the client. */
  async function newRequest() {
    return (await clientOf(client, url)).request()
  }

  it('signs users in, and issues, refreshes, introspects and revokes tokens', async () => {
    expect(await smoke(client, url)).toEqual({ active: false })
  })

  it('redirects to the client with access_denied if the user denies', async () => {
    const { path, answer } = await newRequest()
    const visitor = new Visitor(url)
    // Another test may have allowed this client, and the consent is remembered.
    const consent = await consentPage(visitor, `${path}&prompt=consent`)
    const { location } = await visitor.submit(consent, { decision: 'deny' })
    expect(() => answer(location!)).toThrow(expect.objectContaining({ error: 'access_denied' }))
  })

  it('asks for the password again, once, if the client sends prompt=login', async () => {
    const { path } = await newRequest()
    const visitor = new Visitor(url)
    await consentPage(visitor, path)
    const { location } = await visitor.get(`${path}&prompt=login+consent`)
    expect(location?.pathname).toBe('/sign-in')
    const signedIn = await visitor.submit(await visitor.get(location!), user)
    const { html } = await visitor.get(signedIn.location!)
    expect(html).toContain('Allow Demo')
  })

  it.each(['prompt=login', 'max_age=0', 'prompt=login&max_age=3600'])(
    'F36: neither the return URL nor a sign-in for another request skips %s',
    async (parameter) => {
      const visitor = new Visitor(url)
      const target = `${(await newRequest()).path}&${parameter}`
      await consentPage(visitor, `${(await newRequest()).path}&prompt=login`)
      const { location } = await visitor.get(target)
      expect(location?.pathname).toBe('/sign-in')
      const back = location?.searchParams.get('return') ?? ''
      expect((await visitor.get(back)).location?.pathname).toBe('/sign-in')
    },
  )

  it('F36: asks for the password again after the request has been answered', async () => {
    const { path, answer } = await newRequest()
    const visitor = new Visitor(url)
    const request = `${path}&prompt=login+consent&max_age=0`
    await consentPage(visitor, request)
    // The consent page can be reloaded.
    const consent = await visitor.get(request)
    expect(consent.html).toContain('Allow Demo')
    const { location } = await visitor.submit(consent, { decision: 'allow' })
    expect(answer(location!).get('code')).not.toBeNull()
    expect((await visitor.get(request)).location?.pathname).toBe('/sign-in')
  })

  it('returns login_required for prompt=none', async () => {
    const { path, answer } = await newRequest()
    const { location } = await new Visitor(url).get(`${path}&prompt=none`)
    expect(() => answer(location!)).toThrow(expect.objectContaining({ error: 'login_required' }))
  })

  it.each([
    ['a wrong password', { ...user, password: 'wrong' }],
    ['an unknown user', { ...user, username: 'nobody' }],
    ['an empty name', { ...user, username: '' }],
    ['a name that no user can have', { ...user, username: 'a'.repeat(256) }],
  ])('refuses %s, and does not show the password on the page', async (_what, input) => {
    const visitor = new Visitor(url)
    const password = `${input.password}<b>`
    const answer = await visitor.submit(await visitor.get('/sign-in'), { ...input, password })
    expect(answer.status).toBe(422)
    expect(answer.html).toContain('The username or the password is wrong.')
    expect(answer.html).not.toContain(password)
  })

  it('escapes the username on the page', async () => {
    const visitor = new Visitor(url)
    const username = '"><script>'
    const answer = await visitor.submit(await visitor.get('/sign-in'), { ...user, username })
    expect(answer.html).toContain('value="&#34;&gt;&lt;script&gt;"')
  })

  it('limits the number of wrong passwords', async () => {
    const visitor = new Visitor(url)
    const form = await visitor.get('/sign-in')
    const statuses: number[] = []
    for (let guess = 0; guess < 11; guess++) {
      const { status } = await visitor.submit(form, { username: '\0', password: 'wrong' })
      statuses.push(status)
    }
    expect(statuses.slice(-2)).toEqual([422, 429])
  })

  it('never redirects to another site after a sign-in or sign-out', async () => {
    const visitor = new Visitor(url)
    const form = await visitor.get('/sign-in?return=%2F%2Fevil.example')
    const signedIn = await visitor.submit(form, user)
    expect(signedIn.location?.href).toBe(`${url}/`)
    for (const target of ['https://evil.example/', '//evil.example', '/oauth/authorize.evil']) {
      const query = new URLSearchParams({ return: target })
      const form = await visitor.get('/sign-in')
      const { location } = await visitor.submit(form, {}, `/sign-out?${query.toString()}`)
      expect(location?.href).toBe(`${url}/`)
    }
  })

  it('refuses a form sent by another site', async () => {
    const visitor = new Visitor(url)
    const { path } = await newRequest()
    await consentPage(visitor, `${path}&prompt=consent`)
    for (const target of ['/sign-in', '/sign-out', path]) {
      const fields = { ...user, decision: 'allow', _csrf: 'wrong' }
      const answer = await visitor.post(target, fields)
      expect([target, answer.status, answer.location]).toEqual([target, 403, undefined])
    }
    expect((await visitor.get('/')).html).toContain('You are signed in as <strong>ada</strong>')
  })

  it('protects the session cookie from scripts, other sites and forgery', async () => {
    const visitor = new Visitor(url)
    const form = await visitor.get('/sign-in')
    for (const cookie of form.headers.getSetCookie()) {
      expect(cookie).toMatch(/; path=\/; expires=.*; samesite=lax; httponly$/i)
    }
    const at = Date.now()
    const forged = { user: { id: '1', username: 'ada', at } }
    visitor.cookies.set('session', Buffer.from(JSON.stringify(forged)).toString('base64'))
    expect((await visitor.get('/')).html).toContain('You are not signed in')
  })

  it('starts a new session on sign-in, and ends it on sign-out', async () => {
    const visitor = new Visitor(url)
    const before = await visitor.get('/sign-in')
    await visitor.submit(before, user)
    expect((await visitor.submit(before, user)).status).toBe(403)
    await visitor.submit(await visitor.get('/'), {}, '/sign-out')
    expect((await visitor.get('/')).html).toContain('You are not signed in')
  })

  it('F36: on sign-out ends the session also for a copy of its cookies', async () => {
    const visitor = new Visitor(url)
    await visitor.submit(await visitor.get('/sign-in'), user)
    const copy = visitor.copy()
    expect((await copy.get('/')).html).toContain('You are signed in as <strong>ada</strong>')
    await visitor.submit(await visitor.get('/'), {}, '/sign-out')
    expect((await copy.get('/')).html).toContain('You are not signed in')
    const { path } = await newRequest()
    expect((await copy.get(path)).location?.pathname).toBe('/sign-in')
  })

  it('refuses the session of a deleted user, even if a new user has the same name', async () => {
    const { path } = await newRequest()
    const visitor = new Visitor(url)
    await consentPage(visitor, path)
    expect(await running.stop()).toBe(0)
    written.kit(['user', 'delete', user.username], {})
    written.kit(['user', 'create', user.username], {}, user.password)
    ;({ running, url } = await started(written, {}))
    const later = new Visitor(url)
    for (const [name, value] of visitor.cookies) later.cookies.set(name, value)
    const { location } = await later.get(path)
    expect(location?.pathname).toBe('/sign-in')
  })

  it('behind https: sets a Secure cookie with the __Host- prefix', async () => {
    const environment = { ISSUER: 'https://auth.example.com', STORE_FILE: 'other.snapshot' }
    const { running, url } = await started(written, environment)
    await using _running = running
    const headers = { 'X-Forwarded-Proto': 'https' }
    const answer = await fetch(`${url}/sign-in`, { headers })
    expect(answer.headers.getSetCookie()[0]).toMatch(/^__Host-session=.*; secure; httponly$/i)
    expect(answer.headers.get('strict-transport-security')).toContain('max-age=')
  })

  it('npm run dev: runs the TypeScript sources', async () => {
    const env = { ...process.env, PORT: '0', ISSUER: issuer, STORE_FILE: 'other.snapshot' }
    const dev = spawn('npm', ['run', 'dev'], { cwd: written.folder, env, detached: true })
    const ended = once(dev, 'exit')
    let output = ''
    for await (const text of dev.stdout) {
      output += String(text)
      if (output.includes('Listening on ')) break
    }
    // Ends all processes that it has started.
    if (dev.pid !== undefined) process.kill(-dev.pid)
    await ended
    expect(output).toContain('Listening on http://localhost:')
  })

  it.each([
    [{ SESSION_SECRET: '<session-secret>' }, 'SESSION_SECRET must have at least 32 characters'],
    [{ ISSUER: 'https://example.com/auth' }, 'ISSUER must have no path'],
  ])('does not start with %j', async (environment, message) => {
    const running = written.start({ ...environment, STORE_FILE: 'other.snapshot' })
    expect(await running.ended()).toBe(1)
    expect(running.output).toContain(message)
  })

  it('prints one line and exits with 1 if its store is unavailable', async () => {
    const running = written.start({ STORE_FILE: 'src' })
    expect(await running.ended()).toBe(1)
    expect(running.output).toMatch(/^The store does not answer: .*EISDIR.*\n$/)
  })

  it('makes .env readable only by its owner, and ignored by git', () => {
    const { mode } = statSync(path.join(written.folder, '.env'))
    expect(mode & 0o777).toBe(0o600)
    expect(written.read('.gitignore').split('\n')).toContain('.env')
  })
})

describeDatabase('mongodb', (database) => {
  it('a provider written with --store mongo passes the main steps', async () => {
    const mine = await database.isolated()
    try {
      expect(await smokeOn('mongo', { DATABASE_URL: mine.url }, build)).toBe(0)
    } finally {
      await mine.drop()
    }
  })
})

describeDatabase('redis', () => {
  it('a provider written with --store redis passes the main steps', async () => {
    const { url, ...server } = await startDatabase('redis')
    try {
      expect(await smokeOn('redis', { DATABASE_URL: url }, build)).toBe(0)
    } finally {
      await server.stop()
    }
  })
})

describeDatabase('redis', () => {
  it('F36: while the database is down, returns 503, and counts no sign-in as failed', async () => {
    const database = await startDatabase('redis')
    await using line = await Line.to(database.url)
    try {
      // The commands in prepare() block this process, and so the line.
      const { written } = await prepare('redis', { DATABASE_URL: database.url }, build)
      using _written = written
      const { running, url } = await started(written, { DATABASE_URL: line.url })
      await using _running = running
      const [visitor, other] = [new Visitor(url), new Visitor(url)]
      await other.submit(await other.get('/sign-in'), user)
      const form = await visitor.get('/sign-in')

      line.cut()
      // More attempts than the limit in total, but fewer at the same time.
      for (const attempts of [6, 6]) {
        const answers = await Promise.all(
          Array.from({ length: attempts }, () => visitor.submit(form, user)),
        )
        for (const { status, headers, html } of answers) {
          expect([status, headers.get('retry-after')]).toEqual([503, '5'])
          expect(html).toContain('Not possible right now')
        }
      }
      expect((await other.get('/')).status).toBe(503)

      line.rejoin()
      let { status } = await visitor.submit(form, user)
      while (status === 503) ({ status } = await visitor.submit(form, user))
      expect(status).toBe(303)
      expect((await other.get('/')).html).toContain('You are signed in as <strong>ada</strong>')
    } finally {
      await database.stop()
    }
  })
})

const byScript: MakeTables = (written, environment) => written.npm('migrate', environment)

/** Runs the migration file directly, because `prisma migrate deploy` downloads an engine. */
const byDdl: MakeTables = async (written, environment) => {
  const client = new Client({ connectionString: environment['DATABASE_URL'] })
  await client.connect()
  await client
    .query(written.read('prisma/migrations/0_oauth/migration.sql'))
    .finally(() => client.end())
  written.npm('build', environment)
}

describeDatabase('postgres', (database) => {
  it.each([
    ['typeorm', byScript],
    ['prisma', byDdl],
  ])('a provider written with --store %s passes the main steps', async (store, makeTables) => {
    const mine = await database.isolated()
    try {
      expect(await smokeOn(store, { DATABASE_URL: mine.url }, makeTables)).toBe(0)
    } finally {
      await mine.drop()
    }
  })
})
