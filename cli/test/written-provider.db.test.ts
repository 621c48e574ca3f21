import type * as oauth4webapi from 'oauth4webapi'
import { describeDatabase, startDatabase } from '@oauth2-kit/conformance/databases'
import { Client } from 'pg'
import { esModule } from '../../examples/provider/test/support/es-module'
import { Visitor } from '../../examples/provider/test/support/visitor'
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

/** Runs the main steps on a database. Returns the exit code of the provider. */
async function smokeOn(store: string, environment: Environment, makeTables: MakeTables) {
  const { written, client } = await prepare(store, environment, makeTables)
  using _written = written
  const { running, url } = await started(written, { ...environment, LOG_LEVEL: 'warn' })
  await using _running = running
  expect(await smoke(client, url)).toEqual({ active: false })
  // The test's URL is not the issuer of a developer, which the provider warns about.
  const lines = running.output.trim().split('\n')
  expect(lines.filter((line) => !/OAUTH2_KIT_ISSUER|--trace-warnings/.test(line))).toHaveLength(2)
  const code = await running.stop()
  return code
}

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
      expect((await other.get('/')).html).toContain('Signed in as <strong>ada</strong>')
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
