import { createHash, randomBytes, randomUUID } from 'node:crypto'
import oauthserver, {
  type Check,
  type Client,
  type DeviceHooks,
  type Hooks,
  type NewClient,
  type Options,
  type Passwords,
  type RouteOptions,
  type Store,
  createClient,
} from '@oauth2-kit/core'
import { type MemoryStore, memoryStore } from '@oauth2-kit/memory'
import type { ErrorRequestHandler, RequestHandler } from 'express'
import request, { type Response, type Test } from 'supertest'
import type { RequestListener } from 'node:http'
import type { App, expresses } from './express'
import type { Layer, Resources } from './layers'

type Express = (typeof expresses)[number]['express']

/** A client of the provider, and its secret. */
export interface TestClient extends Client {
  secret: string | null
  redirectUri: string
}

/** An OAuth 2.1 provider on a store in memory, with its clients and its user. */
export interface Provider {
  /** On a layer, only a request listener. */
  app: App
  oauth: ReturnType<typeof oauthserver>
  /** The store itself, without the wrapper of `through`. */
  store: MemoryStore
  clock: Clock
  /** Confidential. It may send its secret in either way, and uses Basic. */
  web: TestClient
  /** Confidential, with its secret in the body. */
  post: TestClient
  /** Public. */
  spa: TestClient
  user: { id: string }
  /** The errors that were passed on to the application. */
  passed: unknown[]
}

/** How a provider differs from the default. */
export interface Differences extends Partial<Omit<Options, 'model'>> {
  /** How a layer serves all endpoints. */
  routes?: RouteOptions
  decider?: Check | (Hooks & Partial<DeviceHooks>)
  /** Wraps the store that the server uses. */
  through?: (store: MemoryStore) => Store
  /** A chosen secret for the client `web`, which can be guessed. */
  webSecret?: string
  /** Middleware that runs first. */
  before?: RequestHandler[]
}

/** A form or a query. `undefined` omits a parameter, an array repeats it. */
export type Parameters = Record<string, string | string[] | undefined>

/** A code, and what its exchange needs. */
export interface Code {
  code: string
  verifier: string
  redirectUri: string
}

/** A successful response of the token endpoint. */
export interface Tokens {
  access_token: string
  refresh_token: string
  token_type: string
  expires_in?: number
  scope: string
}

/** A clock that only the test moves. */
export class Clock {
  at = 1_800_000_000_000
  readonly now = () => this.at

  step(milliseconds: number): void {
    this.at += milliseconds
  }
}

export const issuer = 'https://auth.example'

/**
 * The provider, with all endpoints below `/oauth` and some resources. On Express, each endpoint is
 * mounted separately. A layer serves all of them at once.
 */
export async function provider(
  on: Express | { layer: Layer },
  differences: Differences = {},
): Promise<Provider> {
  const { decider, routes = {}, through = (store) => store, before = [], ...rest } = differences
  const { webSecret, ...options } = rest
  const clock = new Clock()
  const store = memoryStore({ now: clock.now })
  const user = { id: `user-${randomUUID()}` }
  const passed: unknown[] = []
  const oauth = oauthserver({
    store: through(store),
    issuer,
    now: clock.now,
    // Long enough that no test times out by accident on a busy machine.
    storeTimeout: 60_000,
    ...options,
  })
  const allow: Hooks & Partial<DeviceHooks> = { authenticate: () => user, consent: () => true }
  const [first] = options.resources ?? []
  const resource = typeof first === 'object' ? first.resource : first
  const resources: Resources = {
    '/api/me': {},
    '/api/email': { scope: 'email' },
    '/api/resource': { ...(resource !== undefined && { resource }) },
    ...(options.keys && offline(resource)),
  }

  function onExpress(express: Express): App {
    const app = express()
    for (const middleware of before) app.use(middleware)
    app.all('/oauth/authorize', oauth.authCodeGrant(decider ?? allow))
    if (options.profile !== 'v2') app.all('/oauth/par', oauth.par())
    app.all('/oauth/token', oauth.grant())
    app.all('/oauth/revoke', oauth.revoke())
    app.all('/oauth/introspect', oauth.introspect())
    if (options.keys) app.all('/oauth/jwks', oauth.jwks())
    if (options.registration) app.all('/oauth/register', oauth.register())
    for (const [path, needs] of Object.entries(resources)) {
      app.all(path, oauth.authorise(needs), show)
    }
    app.use(oauth.errorHandler(), passOnTo(passed))
    return app
  }

  function onLayer(layer: Layer): RequestListener {
    if (typeof decider === 'function' || before.length > 0) {
      throw new Error('A layer takes hooks only, and no middlewares')
    }
    return layer(oauth, { ...(decider ?? allow), ...routes }, resources)
  }

  return {
    app: typeof on === 'function' ? onExpress(on) : (onLayer(on.layer) as App),
    oauth,
    store,
    clock,
    user,
    passed,
    web: await register(
      store,
      { grantTypes: [...grants, 'client_credentials'], ...(webSecret && { secret: webSecret }) },
      options.passwords,
    ),
    post: await register(store, { authMethod: 'client_secret_post' }),
    spa: await register(store, { type: 'public' }),
  }
}

/** Resources that check signed tokens without the store. */
function offline(resource: string | undefined): Resources {
  const verify = 'signature'
  return {
    '/api/offline/me': { verify },
    '/api/offline/email': { verify, scope: 'email' },
    '/api/offline/resource': { verify, ...(resource !== undefined && { resource }) },
  }
}

function passOnTo(passed: unknown[]): ErrorRequestHandler {
  return (error, _req, res, _next) => {
    passed.push(error)
    res.status(500).send('passed on')
  }
}

const show: RequestHandler = (req, res) => {
  res.json({ user: req.user, ...req.oauth })
}

const grants = ['authorization_code', 'refresh_token']

/** Registers a client with a new id. */
export async function register(
  store: MemoryStore,
  options: NewClient = {},
  passwords?: Passwords,
): Promise<TestClient> {
  const redirectUri = options.redirectUris?.[0] ?? `https://client.example/${randomUUID()}`
  const { client, secret } = await createClient(
    store,
    { redirectUris: [redirectUri], grantTypes: grants, scopes: ['profile', 'email'], ...options },
    { ...(passwords && { passwords }) },
  )
  return { ...client, secret, redirectUri }
}

/** A valid authorization request, and its verifier. */
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

/** The query parameters of a redirect. */
export function redirected({ status, headers }: Response): Record<string, string> {
  if (![302, 303].includes(status)) throw new Error(`No redirect, but a ${status}`)
  return Object.fromEntries(new URL(headers['location'] as string).searchParams)
}

/** Gets a code with the consent of the user. */
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

/** Sends a form to the token endpoint, as this client. */
export function askForToken(
  { app }: Pick<Provider, 'app'>,
  client: TestClient,
  form: Parameters,
): Test {
  return formOf(request(app).post('/oauth/token'), client, form)
}

/** Sends a form as this client, with the credentials that it uses. */
export function formOf(post: Test, { id, secret, authMethod }: TestClient, form: Parameters): Test {
  const pending = post.type('form')
  if (authMethod === undefined || authMethod === 'client_secret_basic') {
    return pending.auth(id, secret ?? '').send(withoutGaps(form))
  }
  const credentials = { client_id: id, client_secret: secret ?? undefined }
  return pending.send(withoutGaps({ ...credentials, ...form }))
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

/** Redeems a refresh token. */
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

/** The tokens of a response. */
export function tokensOf({ status, body }: Response): Tokens {
  if (status !== 200) throw new Error(`No tokens, but ${status} ${JSON.stringify(body)}`)
  return body as Tokens
}

/** Gets tokens for the user, with a code and PKCE. */
export async function signIn(
  provider: Provider,
  client: TestClient,
  differences: Parameters = {},
): Promise<Tokens> {
  const code = await getCode(provider, client, differences)
  return tokensOf(await exchange(provider, client, code))
}

/** Requests a resource that needs a token, but no scope. */
export function me({ app }: Provider, accessToken: string): Test {
  return request(app).get('/api/me').set('Authorization', `Bearer ${accessToken}`)
}

/** Requests a resource that checks the signature of the token, but not the store. */
export function meOffline({ app }: Provider, accessToken: string): Test {
  return request(app).get('/api/offline/me').set('Authorization', `Bearer ${accessToken}`)
}

/** Introspects or revokes a token, as this client. */
export function about(
  endpoint: 'revoke' | 'introspect',
  { app }: Pick<Provider, 'app'>,
  client: TestClient,
  token: string,
  differences: Parameters = {},
): Test {
  return formOf(request(app).post(`/oauth/${endpoint}`), client, { token, ...differences })
}

/** The status and the error code of a response. */
export function refusal({ status, body }: Response): { status: number; error: unknown } {
  return { status, error: (body as { error?: unknown }).error }
}

/** The refusal that most tests expect. */
export const invalidGrant = { status: 400, error: 'invalid_grant' }

/** Encodes parameters as text, because supertest would encode arrays differently. */
function withoutGaps(parameters: Parameters): string {
  const pairs = Object.entries(parameters).flatMap(([name, values]) =>
    [values ?? []].flat().map((value): [string, string] => [name, value]),
  )
  return new URLSearchParams(pairs).toString()
}
