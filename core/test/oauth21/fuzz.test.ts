import { once } from 'node:events'
import { Agent, type IncomingMessage, type Server, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { OAuth2Error, type Options } from '@oauth2-kit/core'
import * as fc from 'fast-check'
import post from 'supertest'
import { deviceGrant } from '../support/devices'
import { layers } from '../support/layers'
import {
  type Provider,
  type Tokens,
  authorizationRequest,
  getCode,
  provider,
  register,
  signIn,
} from '../support/provider'
import { push } from '../support/pushed'
import { untilSettled } from '../support/unhandled'

// Sends malformed requests to an application whose functions return invalid values. The process
// must not crash (Jest fails on an unhandled rejection), every request must get a response, and
// every 5xx must be reported. FUZZ_SEED replays a run, FUZZ_RUNS sets its length.

const seed =
  process.env['FUZZ_SEED'] === undefined ? Date.now() % 2 ** 31 : Number(process.env['FUZZ_SEED'])
const numRuns = Number(process.env['FUZZ_RUNS'] ?? 100)

const host = '127.0.0.1'

/** What a function of the application does when it is called. */
interface Behaviour {
  how: 'returns' | 'throws' | 'resolves' | 'rejects'
  value: unknown
}

interface Behaviours {
  authenticate: Behaviour
  consent: Behaviour
  find: Behaviour
  password: Behaviour
  extendedGrant: Behaviour
  clientAddress: Behaviour
  generateToken: Behaviour
  listener: Behaviour
  debug: Behaviour
}

interface Sent {
  method: string
  path: string
  query: string
  headers: Record<string, string>
  body: string | undefined
}

interface Answer {
  status: number
  location: string
  challenge: string
}

const oneOf = <T>(...values: T[]) => fc.constantFrom(...values)

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  oneOf('', 'a\r\nX-B: c', '\0', '\ud800', '\u202e', '"\\', '__proto__', 'constructor', '\u20ac'),
)

const oauthError = fc
  .record({
    error: fc.oneof(oneOf('invalid_token', 'invalid_client', 'access_denied', ''), text),
    error_description: fc.oneof(text, fc.anything()),
    code: fc.oneof(oneOf(400, 401, 500, 503, 200, 204, 304, 0, -1, 99, 1e9), fc.anything()),
    headers: fc.oneof(fc.dictionary(text, fc.oneof(text, fc.anything())), fc.anything()),
  })
  .map((members) => Object.assign(new OAuth2Error('server_error'), members))

const failure = fc.oneof(
  { weight: 3, arbitrary: oauthError },
  { weight: 1, arbitrary: oneOf<unknown>(new Error('away'), new TypeError('x'), null, undefined) },
  { weight: 1, arbitrary: fc.anything() },
)

/** A function that mostly behaves correctly, and sometimes returns or throws anything. */
function behaviour(good: fc.Arbitrary<unknown>): fc.Arbitrary<Behaviour> {
  const returning = (value: fc.Arbitrary<unknown>) =>
    fc.record({ how: oneOf<Behaviour['how']>('returns', 'resolves'), value })
  return fc.oneof(
    { weight: 6, arbitrary: returning(good) },
    { weight: 2, arbitrary: returning(fc.anything({ withBigInt: true, withDate: true })) },
    {
      weight: 2,
      arbitrary: fc.record({ how: oneOf<Behaviour['how']>('throws', 'rejects'), value: failure }),
    },
  )
}

const user = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ id: 'ada' }) },
  { weight: 1, arbitrary: fc.record({ id: fc.anything() }) },
  { weight: 1, arbitrary: oneOf<unknown>(null, undefined, 'ada', true, 7n) },
)

const behaviours: fc.Arbitrary<Behaviours> = fc.record({
  authenticate: behaviour(user),
  consent: behaviour(
    fc.oneof(
      oneOf<unknown>(true, false, null, { scope: 'profile' }, 'deny', {}),
      fc.record({ scope: text }),
    ),
  ),
  // The test application sends the user as JSON, so the user must be serializable.
  find: behaviour(user).map(({ how, value }) => ({
    how,
    value: how === 'returns' || how === 'resolves' ? asJson(value) : value,
  })),
  password: behaviour(user),
  extendedGrant: behaviour(user),
  clientAddress: behaviour(fc.ipV4()),
  generateToken: behaviour(fc.oneof(fc.uuid(), text)),
  listener: behaviour(fc.constant(undefined)),
  debug: behaviour(fc.constant(undefined)),
})

function asJson(value: unknown): unknown {
  try {
    const written = JSON.stringify(value) as string | undefined
    return written === undefined ? value : (JSON.parse(written) as unknown)
  } catch {
    return null
  }
}

function run({ how, value }: Behaviour): unknown {
  if (how === 'throws') throw value
  if (how === 'rejects') return Promise.reject(value)
  return how === 'resolves' ? Promise.resolve(value) : value
}

const paths = oneOf(
  ...'authorize authorize authorize par par token token token revoke introspect device_authorization device unknown'
    .split(' ')
    .map((name) => `/oauth/${name}`),
  '/.well-known/oauth-authorization-server',
  '/.well-known/oauth-protected-resource/photos',
  '/api/me',
  '/api/me',
  '/api/email',
)

const names = `grant_type response_type client_id client_secret redirect_uri scope state code
  code_verifier code_challenge code_challenge_method refresh_token token token_type_hint resource
  prompt max_age response_mode request request_uri dpop_jkt username password access_token device_code user_code decision
  __proto__ constructor`.split(/\s+/)

/** Values that the server knows: clients, tokens, parameter values. */
type Known = readonly string[]

const encoded = (known: Known) =>
  fc.oneof(
    { weight: 5, arbitrary: oneOf(...known).map(encodeURIComponent) },
    { weight: 2, arbitrary: text.map((value) => encodeURIComponent(value.toWellFormed())) },
    { weight: 1, arbitrary: oneOf('%', '%zz', '%E4', '%ED%A0%80', '%00') },
    { weight: 1, arbitrary: fc.stringMatching(/^[\x21-\x22\x24\x27-\x7e]{0,20}$/) },
  )

const pairs = (known: Known) =>
  fc
    .array(
      fc
        .tuple(
          oneOf(...names),
          oneOf('', '', '', '', '[]', '[a]', '[$ne]', '[__proto__]'),
          encoded(known),
        )
        .map(([name, nested, value]) => `${name}${nested}=${value}`),
      { maxLength: 8 },
    )
    .map((all) => all.join('&'))

/** A valid request. */
interface Good {
  authorization: string
  /** The query of a GET request, or the form of a POST request. */
  parameters: string[]
}

function isPosted(path: string): boolean {
  return /token|revoke|introspect|device_authorization|par$/.test(path)
}

function requests(known: Known, good: Readonly<Record<string, Good>>): fc.Arbitrary<Sent> {
  const right = (path: string): fc.Arbitrary<Sent> => {
    const { authorization, parameters } = good[path] ?? {
      authorization: known[0]!,
      parameters: [''],
    }
    const type = { 'content-type': 'application/x-www-form-urlencoded' }
    return oneOf(...parameters).map((own) => ({
      method: isPosted(path) ? 'POST' : 'GET',
      path,
      query: isPosted(path) ? '' : own,
      headers: { authorization, ...type },
      body: isPosted(path) ? own : undefined,
    }))
  }
  const wrong = (path: string): fc.Arbitrary<Sent> => {
    const own = oneOf(...(good[path]?.parameters ?? ['']))
    const parameters = fc.oneof(
      own,
      fc.tuple(own, pairs(known)).map((all) => all.join('&')),
      pairs(known),
    )
    return fc.record({
      method: isPosted(path)
        ? oneOf('POST', 'POST', 'POST', 'GET')
        : oneOf('GET', 'GET', 'POST', 'HEAD', 'OPTIONS', 'PUT'),
      path: fc.constant(path),
      query: isPosted(path) ? oneOf('', '', '', 'access_token=x') : parameters,
      headers: headers(known),
      body: isPosted(path) ? parameters : fc.oneof(fc.constant(undefined), pairs(known)),
    })
  }
  return paths.chain((path) => fc.oneof(right(path), wrong(path)))
}

const headers = (known: Known) =>
  fc
    .record({
      authorization: fc.oneof(
        { weight: 2, arbitrary: fc.constant(undefined) },
        { weight: 2, arbitrary: oneOf(...known).map((value) => `Bearer ${value}`) },
        { weight: 2, arbitrary: fc.constant(known[0]) },
        { weight: 1, arbitrary: fc.base64String().map((value) => `Basic ${value}`) },
        { weight: 1, arbitrary: fc.stringMatching(/^[\x20-\x7e\x80-\xff]{0,40}$/) },
      ),
      'content-type': oneOf(
        ...Array<string>(6).fill('application/x-www-form-urlencoded'),
        'application/x-www-form-urlencoded; charset=utf-16',
        'application/json',
        ';',
        undefined,
      ),
      'content-encoding': oneOf(...Array<undefined>(8), 'gzip', 'identity'),
      accept: oneOf(undefined, 'text/html', 'application/json'),
      origin: oneOf(undefined, 'https://app.example', 'null'),
      'access-control-request-method': oneOf(undefined, undefined, 'POST'),
    })
    .map(
      (all) =>
        Object.fromEntries(
          Object.entries(all).filter(([, value]) => value !== undefined),
        ) as Record<string, string>,
    )

describe.each(layers)(`fuzz on $version (seed ${seed})`, ({ layer }) => {
  const grants = [
    'authorization_code',
    'refresh_token',
    'client_credentials',
    'password',
    'urn:a:b',
    deviceGrant,
  ]
  let at: Provider
  let server: Server
  let tokens: Tokens
  let known: Known
  let good: Record<string, Good>
  let now: Behaviours | undefined
  let reports: unknown[] = []
  const agent = new Agent({ keepAlive: true })

  beforeAll(async () => {
    jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    jest.spyOn(console, 'error').mockImplementation(() => {})
    // oxlint-disable-next-line unicorn/consistent-function-scoping -- `now` changes with each step
    const act = (name: keyof Behaviours, otherwise: unknown) => (now ? run(now[name]) : otherwise)
    const options: Partial<Options> = {
      grants,
      resources: ['https://auth.example/photos'],
      users: {
        find: async (id) => act('find', { id }),
        authenticate: async () => act('password', null) as never,
      },
      extendedGrant: () => act('extendedGrant', null) as never,
      clientAddress: () => act('clientAddress', undefined) as never,
      generateToken: () => act('generateToken', null) as never,
      debug: (error) => {
        reports.push(error)
        return act('debug', undefined) as never
      },
    }
    /** A hook that returns null sends a page first, if it has a response to send it with. */
    const shown = async (name: 'authenticate' | 'consent', otherwise: unknown, page: object) => {
      const answer = await act(name, otherwise)
      if (answer === null && 'end' in page) (page as { end: (body: string) => void }).end('page')
      return answer as never
    }
    at = await provider(
      { layer },
      {
        ...options,
        routes: { cors: ['https://app.example'] },
        decider: {
          authenticate: (_req: object, res: object) => shown('authenticate', { id: 'ada' }, res),
          consent: (_req: object, res: object) => shown('consent', true, res),
          device(_req: object, res: object) {
            if ('end' in res) (res as { end: (body: string) => void }).end('page')
            return null
          },
        },
      },
    )
    for (const name of ['token.issued', 'client.authentication_failed', 'store.failed'] as const) {
      at.oauth.events.on(name, () => act('listener', undefined) as void)
    }
    const client = await register(at.store, { grantTypes: grants })
    tokens = await signIn(at, client)
    const { code } = await getCode(at, client)
    const pushed = await push(at, client)
    const basic = `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}`
    const begin = async () => {
      const { body } = await post(at.app)
        .post('/oauth/device_authorization')
        .type('form')
        .send({ client_id: client.id, client_secret: client.secret })
      return body as { device_code: string; user_code: string }
    }
    const device = await begin()
    const { user_code, device_code } = await begin()
    known = [
      basic,
      client.id,
      client.secret!,
      client.redirectUri,
      at.spa.id,
      tokens.access_token,
      tokens.refresh_token,
      code,
      device.device_code,
      device.user_code,
      pushed.requestUri,
      ...'code query form_post token S256 none login consent 0 60 profile email bogus'.split(' '),
      ...grants,
      'https://auth.example/photos',
    ]
    const { parameters } = authorizationRequest(client)
    const query = new URLSearchParams(parameters as Record<string, string>).toString()
    // A separate token, because the others get revoked.
    const mine = await signIn(at, at.spa)
    const bearer = { authorization: `Bearer ${mine.access_token}`, parameters: [''] }
    const authenticated = (...forms: string[]) => ({ authorization: basic, parameters: forms })
    good = {
      '/oauth/authorize': authenticated(
        query,
        query,
        `${query}&response_mode=form_post`,
        `client_id=${client.id}&request_uri=${pushed.requestUri}`,
        `${query}&prompt=none`,
        `${query}&scope=x`,
      ),
      '/oauth/token': authenticated(
        'grant_type=client_credentials',
        'grant_type=password&username=ada&password=x',
        'grant_type=urn:a:b',
        `grant_type=${deviceGrant}&device_code=${device_code}`,
        `grant_type=refresh_token&refresh_token=${tokens.refresh_token}`,
      ),
      '/oauth/par': authenticated(query, `${query}&prompt=login`),
      '/oauth/revoke': authenticated('token=x'),
      '/oauth/device_authorization': authenticated('scope=profile', ''),
      '/oauth/device': authenticated('', `user_code=${user_code}`),
      '/oauth/introspect': authenticated(`token=${tokens.access_token}`),
      '/api/me': bearer,
      '/api/email': bearer,
    }
    server = createServer(at.app).listen(0, host)
    await once(server, 'listening')
  })

  afterAll(() => {
    agent.destroy()
    server.closeAllConnections()
    server.close()
    jest.restoreAllMocks()
  })

  async function send({ method, path, query, headers: sent, body }: Sent): Promise<Answer> {
    const { port } = server.address() as AddressInfo
    const url = `${path}${query === '' ? '' : `?${query}`}`
    const outgoing = request({
      host,
      port,
      agent,
      method,
      path: url,
      headers: sent,
      signal: AbortSignal.timeout(20_000),
    })
    outgoing.end(body)
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]
    answer.resume()
    await once(answer, 'end')
    const { location = '', 'www-authenticate': challenge = '' } = answer.headers
    return { status: answer.statusCode ?? 0, location, challenge }
  }

  function allows({ consent: { how, value } }: Behaviours): boolean {
    if (how !== 'returns' && how !== 'resolves') return false
    return value === true || typeof (value as { scope?: unknown } | null)?.scope === 'string'
  }

  it(
    'responds to every request, reports every 5xx and does not crash',
    async () => {
      const property = fc.asyncProperty(
        fc.array(fc.tuple(behaviours, requests(known, good)), { minLength: 1, maxLength: 4 }),
        async (steps) => {
          for (const [behaving, sent] of steps) {
            now = behaving
            reports = []
            const { status, location, challenge } = await send(sent)
            expect(status).toBeGreaterThanOrEqual(200)
            expect(status < 500 || reports.length > 0).toBe(true)
            // RFC 6749 5.2 and RFC 6750 3.
            expect(challenge).toMatch(/^[\x20-\x5b\x5d-\x7e]*$/)
            const description =
              location === '' ? null : new URL(location).searchParams.get('error_description')
            expect(description ?? '').toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/)
            const isCode = /[?&]code=/.test(location)
            expect(!isCode || allows(behaving)).toBe(true)
            await untilSettled()
          }
        },
      )
      await fc.assert(property, { seed, numRuns })
    },
    // The timeout grows with the number of runs.
    120_000 + numRuns * 1000,
  )
})
