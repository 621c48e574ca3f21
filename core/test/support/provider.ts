import { createHash, randomBytes, randomUUID } from 'node:crypto'
import oauthserver, {
  type Check,
  type Client,
  type Hooks,
  type NewClient,
  type Options,
  type Store,
  createClient,
} from '@oauth2-kit/core'
import { type MemoryStore, memoryStore } from '@oauth2-kit/memory'
import type { ErrorRequestHandler, RequestHandler } from 'express'
import request, { type Response, type Test } from 'supertest'
import type { App, expresses } from './express'

type Express = (typeof expresses)[number]['express']

/** A client of the provider, and its secret. */
export interface TestClient extends Client {
  secret: string | null
  redirectUri: string
}

/** An OAuth 2.1 provider on a store in memory, with its clients and its user. */
export interface Provider {
  app: App
  oauth: ReturnType<typeof oauthserver>
  /** The store itself, without what `through` put before it. */
  store: MemoryStore
  clock: Clock
  /** Confidential, with Basic authentication. */
  web: TestClient
  /** Confidential, with its secret in the body. */
  post: TestClient
  /** Public. */
  spa: TestClient
  user: { id: string }
  /** The errors that nobody answered. */
  passed: unknown[]
}

/** What a provider differs in. */
export interface Differences extends Partial<Omit<Options, 'model'>> {
  decider?: Check | Hooks
  /** What the server sees of the store. */
  through?: (store: MemoryStore) => Store
  /** Middlewares before everything. */
  before?: RequestHandler[]
}

/** A form or a query; `undefined` = leave it out. */
export type Parameters = Record<string, string | undefined>

/** A code, and what its exchange needs. */
export interface Code {
  code: string
  verifier: string
  redirectUri: string
}

/** A successful answer of the token endpoint. */
export interface Tokens {
  access_token: string
  refresh_token: string
  token_type: string
  expires_in?: number
  scope: string
}

/** A clock that only a test moves. */
export class Clock {
  at = 1_800_000_000_000
  readonly now = () => this.at

  step(milliseconds: number): void {
    this.at += milliseconds
  }
}

export const issuer = 'https://auth.example'

/** The provider, with `/oauth/authorize`, `/oauth/token` and two resources. */
export async function provider(express: Express, differences: Differences = {}): Promise<Provider> {
  const { decider, through = (store) => store, before = [], ...options } = differences
  const clock = new Clock()
  const store = memoryStore({ now: clock.now })
  const user = { id: `user-${randomUUID()}` }
  const passed: unknown[] = []
  const oauth = oauthserver({ model: through(store), issuer, now: clock.now, ...options })
  const allow: Hooks = { authenticate: () => user, consent: () => true }

  const app = express()
  for (const middleware of before) app.use(middleware)
  app.all('/oauth/authorize', oauth.authCodeGrant(decider ?? allow))
  app.all('/oauth/token', oauth.grant())
  app.all('/api/me', oauth.authorise(), show)
  app.all('/api/email', oauth.authorise({ scope: 'email' }), show)
  app.use(oauth.errorHandler())
  const passOn: ErrorRequestHandler = (error, _req, res, _next) => {
    passed.push(error)
    res.status(500).send('passed on')
  }
  app.use(passOn)
  return {
    app,
    oauth,
    store,
    clock,
    user,
    passed,
    web: await register(store, { grants: [...grants, 'client_credentials'] }),
    post: await register(store, { authMethod: 'client_secret_post' }),
    spa: await register(store, { type: 'public' }),
  }
}

const show: RequestHandler = (req, res) => {
  res.json({ user: req.user, ...req.oauth })
}

const grants = ['authorization_code', 'refresh_token']

/** A client with a fresh id. */
export async function register(store: MemoryStore, given: NewClient = {}): Promise<TestClient> {
  const redirectUri = given.redirectUris?.[0] ?? `https://client.example/${randomUUID()}`
  const { client, secret } = await createClient(store, {
    redirectUris: [redirectUri],
    grants,
    scopes: ['profile', 'email'],
    ...given,
  })
  return { ...client, secret, redirectUri }
}

/** A good authorization request, and the verifier that belongs to it. */
export function authorizationRequest(
  client: TestClient,
  differences: Parameters = {},
): { verifier: string; parameters: Parameters } {
  const verifier = randomBytes(32).toString('base64url')
  const parameters = {
    response_type: 'code',
    client_id: client.id,
    redirect_uri: client.redirectUri,
    state: randomUUID(),
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...differences,
  }
  return { verifier, parameters }
}

/** Sends the browser to the authorization endpoint. */
export function authorize({ app }: Provider, parameters: Parameters): Test {
  return request(app).get('/oauth/authorize').query(withoutGaps(parameters))
}

/** The parameters that a redirect carries. */
export function redirected({ status, headers }: Response): Record<string, string> {
  if (![302, 303].includes(status)) throw new Error(`No redirect, but a ${status}`)
  return Object.fromEntries(new URL(headers['location'] as string).searchParams)
}

/** A code that the user has consented to. */
export async function getCode(
  provider: Provider,
  client: TestClient,
  differences: Parameters = {},
): Promise<Code> {
  const { verifier, parameters } = authorizationRequest(client, differences)
  const { code, error } = redirected(await authorize(provider, parameters))
  if (code === undefined) throw new Error(`No code, but ${error}`)
  return { code, verifier, redirectUri: client.redirectUri }
}

/** Asks the token endpoint for something, as this client. */
export function askForToken({ app }: Pick<Provider, 'app'>, client: TestClient, form: Parameters) {
  const { id, secret, authMethod } = client
  const asked = request(app).post('/oauth/token').type('form')
  if (authMethod === 'client_secret_basic') {
    return asked.auth(id, secret ?? '').send(withoutGaps(form))
  }
  const credentials = { client_id: id, client_secret: secret ?? undefined }
  return asked.send(withoutGaps({ ...credentials, ...form }))
}

/** Exchanges a code. */
export function exchange(
  provider: Provider,
  client: TestClient,
  { code, verifier, redirectUri }: Code,
  differences: Parameters = {},
): Test {
  return askForToken(provider, client, {
    grant_type: 'authorization_code',
    code,
    code_verifier: verifier,
    redirect_uri: redirectUri,
    ...differences,
  })
}

/** Refreshes. */
export function refresh(
  provider: Provider,
  client: TestClient,
  token: string,
  differences: Parameters = {},
): Test {
  return askForToken(provider, client, {
    grant_type: 'refresh_token',
    refresh_token: token,
    ...differences,
  })
}

/** The tokens of an answer. */
export function tokensOf({ status, body }: Response): Tokens {
  if (status !== 200) throw new Error(`No tokens, but ${status} ${JSON.stringify(body)}`)
  return body as Tokens
}

/** Tokens for the user, by code and PKCE. */
export async function signIn(
  provider: Provider,
  client: TestClient,
  differences: Parameters = {},
): Promise<Tokens> {
  const code = await getCode(provider, client, differences)
  return tokensOf(await exchange(provider, client, code))
}

/** Asks for a resource that needs a token, and no scope. */
export function me({ app }: Provider, accessToken: string): Test {
  return request(app).get('/api/me').set('Authorization', `Bearer ${accessToken}`)
}

/** What a client is told about an error. */
export function refusal({ status, body }: Response): { status: number; error: unknown } {
  return { status, error: (body as { error?: unknown }).error }
}

/** The refusal that most tests end with. */
export const invalidGrant = { status: 400, error: 'invalid_grant' }

function withoutGaps(parameters: Parameters): Record<string, string> {
  return Object.fromEntries(
    Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}
