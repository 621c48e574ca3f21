import type * as oauth4webapi from 'oauth4webapi'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import {
  type TestDatabase,
  describeDatabase,
  startDatabase,
} from '@oauth2-kit/conformance/databases'
import { esModule } from '../../examples/provider/test/support/es-module'
import { Visitor } from '../../examples/provider/test/support/visitor'
import { allRun } from '../../test/support/growth'
import { Line } from './support/line'
import { WrittenProvider, issuer, redirectUri, user } from './support/written-provider'

const oauth = esModule<typeof oauth4webapi>('oauth4webapi')
const grants = ['authorization_code', 'refresh_token', 'client_credentials']

type Environment = Record<string, string>
/** Builds a provider, adds a user and a client, as its README says, and returns the client. */
function prepare(written: WrittenProvider, environment: Environment): Registered {
  written.npm('build', environment)
  return register(written, environment)
}

/** Adds a user and a client. */
function register(written: WrittenProvider, environment: Environment): Registered {
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
  return { id: String(id), secret: String(secret) }
}

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
  const { location } = await visitor.submit(consent, { granted: 'profile', decision: 'allow' })
  const first = await client.exchange(answer(location!), verifier)
  expect(first).toMatchObject({ token_type: 'bearer', scope: 'profile' })

  const again = await client.request()
  const remembered = await visitor.get(again.path)
  expect(again.answer(remembered.location!).get('code')).toMatch(/^[0-9a-f]{40}$/)

  const second = await client.refresh(first.refresh_token)
  const { status, body } = await client.me(second.access_token)
  expect([status, body['client_id'], body['scope']]).toEqual([200, 'demo', 'profile'])
  expect(body['id']).toMatch(/^[0-9a-f]{32}$/)
  expect(await client.introspect(second.access_token)).toMatchObject({
    active: true,
    sub: body['id'],
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

/** Runs the main steps. Returns the exit code of the provider. */
async function smokeOn(written: WrittenProvider, client: Registered, environment: Environment) {
  const { running, url } = await started(written, { ...environment, LOG_LEVEL: 'warn' })
  await using _running = running
  expect(await smoke(client, url)).toEqual({ active: false })
  const { status } = await fetch(`${url}/mcp`, { method: 'POST' })
  expect(status).toBe('@oauth2-kit/mcp' in written.manifest.dependencies ? 401 : 404)
  // The test's URL is not the issuer of a developer, which the provider warns about.
  const lines = running.output.trim().split('\n')
  expect(lines.filter((line) => !/OAUTH2_KIT_ISSUER|--trace-warnings/.test(line))).toHaveLength(2)
  return await running.stop()
}

/** Starts a provider that must fail. Returns the line that it prints. */
async function refusal(written: WrittenProvider, environment: Environment): Promise<string> {
  await using running = written.start(environment)
  const outcome = running.printed(/^Listening on /m).then(
    () => 'listens',
    () => running.ended(),
  )
  expect(await outcome).toBe(1)
  const lines = running.output.trim().split('\n')
  expect(lines).toHaveLength(1)
  return lines[0] ?? ''
}

const wrongUrl = /^DATABASE_URL must be [^%]*$/

/** A URL where nothing listens. */
async function urlOfNothing(url: string): Promise<string> {
  const line = await Line.to(url)
  await line[Symbol.asyncDispose]()
  return line.url
}

describeDatabase('mongodb', (database) => {
  if (!allRun) return
  it('a provider written with --store mongo passes the main steps', async () => {
    const mine = await database.isolated()
    const { url } = mine
    try {
      using written = new WrittenProvider('--store', 'mongo', '--mcp')
      const client = prepare(written, { DATABASE_URL: url })
      written.installForProduction()
      expect(await smokeOn(written, client, { DATABASE_URL: url })).toBe(0)
      expect(await refusalWithoutServer(written, url)).toMatch(withoutServer)
      expect(await refusal(written, { DATABASE_URL: 'localhost' })).toMatch(wrongUrl)
    } finally {
      await mine?.drop()
    }
  })
})

describeDatabase('redis', () => {
  it('a provider written with --store redis passes the main steps', async () => {
    const { url, ...server } = await startDatabase('redis')
    try {
      using written = new WrittenProvider('--store', 'redis', '--mcp')
      const client = prepare(written, { DATABASE_URL: url })
      written.installForProduction()
      expect(await smokeOn(written, client, { DATABASE_URL: url })).toBe(0)
      expect(await refusalWithoutServer(written, url)).toMatch(withoutServer)
      expect(await refusal(written, { DATABASE_URL: 'localhost' })).toMatch(wrongUrl)
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
      // prepare() blocks this process, and so the line.
      using written = new WrittenProvider('--store', 'redis')
      prepare(written, { DATABASE_URL: database.url })
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
      expect((await other.get('/')).html).toContain('Signed in as <strong>ada</strong>')
    } finally {
      await database.stop()
    }
  })
})

/** Starts a provider whose server is away. Returns the line that it prints, with HOST as its host. */
async function refusalWithoutServer(written: WrittenProvider, url: string): Promise<string> {
  const nowhere = new URL(await urlOfNothing(url))
  if (nowhere.username) nowhere.password = 'secret-password'
  const line = await refusal(written, { DATABASE_URL: nowhere.href })
  return line.replace(nowhere.host, 'HOST')
}

const withoutServer = /The database at HOST can't be used \((?!.*secret-password)/

/** A database for one provider. */
type Mine = Pick<Awaited<ReturnType<TestDatabase['isolated']>>, 'url' | 'drop'>

/** The steps from the first build to the first token, on a database with tables. */
function passesTheMainSteps(store: string, database: string, isolated: () => Promise<Mine>) {
  describe(`a provider written with --store ${store} --database ${database}`, () => {
    let written: WrittenProvider
    let mine: Mine
    let environment: Environment

    beforeAll(async () => {
      mine = await isolated()
      environment = { DATABASE_URL: mine.url }
      const mcp = database === 'postgres' ? ['--mcp'] : []
      written = new WrittenProvider('--store', store, '--database', database, ...mcp)
      written.npm('build', environment)
      written.installForProduction()
    })
    afterAll(async () => {
      written?.[Symbol.dispose]()
      await mine?.drop()
    })

    const createsTables = store === 'sql' && database === 'sqlite'

    if (createsTables) {
      it('creates its tables when it starts, even if two start at once', async () => {
        await using first = written.start(environment)
        await using second = written.start(environment)
        for (const url of await Promise.all([first.url(), second.url()]))
          expect((await fetch(`${url}/readyz`)).status).toBe(200)
      })
    } else {
      it('does not start on a database without tables', async () => {
        expect(await refusal(written, environment)).toMatch(
          /^The database lacks a table \(.*oauth_\w+.*\): run "npm run migrate"$/,
        )
      })

      it('migrates once, even if two start to do so at once', async () => {
        const runs = await Promise.all([1, 2].map(() => written.migrate(environment)))
        expect(runs.map(({ code }) => code)).toEqual([0, 0])
        const printed = runs.map(({ output }) => output.replace(/^Applied .*\n/m, 'Applied\n'))
        const [one, other] = printed.toSorted()
        expect(one).toBe('Applied\n')
        // SQL that skips what is there may be applied by both.
        const all = 'The database has all migrations\n'
        expect(store === 'sql' ? ['Applied\n', all] : [all]).toContain(other)
      })
    }

    it('passes the main steps', async () => {
      const client = register(written, environment)
      expect(await smokeOn(written, client, environment)).toBe(0)
      expect(written.kit(['check'], environment)).toEqual([])
    })

    if (store === 'prisma') {
      it('does not start if one table is missing', async () => {
        written.write('prisma/migrations/1_records/migration.sql', 'DROP TABLE oauth_records;')
        expect(await written.migrate(environment)).toMatchObject({ code: 0 })
        expect(await refusal(written, environment)).toMatch(
          /^The database lacks a table \(.*oauth_records.*\): run/,
        )
      })

      it('applies your own migrations, and none after one that has failed', async () => {
        written.write(
          'prisma/migrations/2_albums/migration.sql',
          "CREATE TABLE albums (title VARCHAR(9));\nINSERT INTO albums VALUES (';');\n",
        )
        expect(await written.migrate(environment)).toEqual({
          code: 0,
          output: 'Applied 2_albums\n',
        })

        written.write('prisma/migrations/3_broken/migration.sql', 'CREATE TABLE albums (id INT);')
        written.write('prisma/migrations/4_later/migration.sql', 'CREATE TABLE later (id INT);')
        const failed = await written.migrate(environment)
        expect(failed.code).toBe(1)
        expect(failed.output).toMatch(/^The migration 3_broken failed: .*albums.*exists/)
        const { code, output } = await written.migrate(environment)
        expect(code).toBe(1)
        expect(output).toMatch(/^The migration 3_broken has failed before: repair the database/)
      })
    }

    it('says how to write DATABASE_URL if it is no URL', async () => {
      const wrong = { DATABASE_URL: 'localhost' }
      expect(await refusal(written, wrong)).toMatch(wrongUrl)
      if (createsTables) return
      const { code, output } = await written.migrate(wrong)
      expect([code, output]).toEqual([1, expect.stringMatching(/^DATABASE_URL must be /)])
    })

    if (database === 'sqlite') return

    it('names the server that does not answer, but not the password', async () => {
      expect(await refusalWithoutServer(written, mine.url)).toMatch(withoutServer)
    })

    it('says how to write the password if it has a percent sign', async () => {
      const { protocol, host } = new URL(mine.url)
      const DATABASE_URL = `${protocol}//oauth:50%@${host}/oauth`
      expect(await refusal(written, { DATABASE_URL })).toMatch(wrongUrl)
    })

    it.each([
      ['a wrong password', { password: 'wrong' }, 'refuses the account in DATABASE_URL'],
      ['a database that does not exist', { pathname: '/missing' }, 'no database "missing"'],
    ])('says what to do about %s', async (_what, changes, message) => {
      const wrong = Object.assign(new URL(mine.url), changes).href
      expect(await refusal(written, { DATABASE_URL: wrong })).toContain(message)
      const { code, output } = await written.migrate({ DATABASE_URL: wrong })
      expect([code, output]).toEqual([1, expect.stringContaining(message)])
    })
  })
}

/** Two of these stores, on one database each. `npm run test:all` takes every database of each store. */
function isWritten(store: string, database: string): boolean {
  return allRun || ['sql sqlite', 'prisma mariadb'].includes(`${store} ${database}`)
}

for (const store of ['sql', 'typeorm', 'prisma']) {
  for (const name of ['postgres', 'mariadb'] as const) {
    if (!isWritten(store, name)) continue
    describeDatabase(name, (database) => {
      passesTheMainSteps(store, name, () => database.isolated())
    })
  }
  if (!isWritten(store, 'sqlite')) continue
  passesTheMainSteps(store, 'sqlite', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'oauth2-kit-written-'))
    const url = `file:${path.join(folder, 'oauth.db')}`
    return { url, drop: async () => rmSync(folder, { recursive: true }) }
  })
}
