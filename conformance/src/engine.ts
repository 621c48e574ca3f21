import oauthserver, {
  type Client,
  type NewClient,
  type Store,
  type WebRouterOptions,
  createClient,
} from '@oauth2-kit/core'
import { Failure } from './expect'
import { anId } from './given'
import { quickPasswords } from './passwords'

/** Overrides of the engine's defaults, in seconds. */
export interface EngineOptions {
  accessTokenLifetime?: number | null
  refreshTokenLifetime?: number | null
  authCodeLifetime?: number
  grantLifetime?: number | null
  refreshGrace?: number
}

/** A response of the engine. */
export interface Answer {
  status: number
  headers: Record<string, string>
  body: Record<string, unknown>
}

/** A registered client with its secret. */
export interface EngineClient extends Client {
  secret: string
}

/** The body of a successful token response. */
export interface Tokens {
  access_token: string
  refresh_token: string
  expires_in: number
}

const passwords = quickPasswords()
const issuer = 'https://issuer.example'
const redirectUri = 'https://client.example/callback'
const userHeader = 'x-user'

/** Signs in the user whom the request's header names, and consents to everything. */
const pages: WebRouterOptions = {
  authenticate: ({ headers }) => ({ id: headers.get(userHeader) ?? '' }),
  consent: () => true,
}

/**
 * The core's own engine over the store under test. Its clock moves only when a case moves it.
 * Requests are passed directly, without a server.
 */
export class Engine {
  /** Milliseconds since the epoch. */
  now: number
  private readonly oauth: ReturnType<typeof oauthserver>

  constructor(
    private readonly store: Store,
    startsAt: number,
    options: EngineOptions = {},
  ) {
    this.now = startsAt
    this.oauth = oauthserver({
      store,
      issuer,
      requirePkce: false,
      storeTimeout: 20_000,
      passwords,
      now: () => this.now,
      ...options,
    })
  }

  async client(differences: NewClient = {}): Promise<EngineClient> {
    const { client, secret } = await createClient(
      this.store,
      {
        redirectUris: [redirectUri],
        scopes: ['profile'],
        ...differences,
      },
      { passwords },
    )
    return { ...client, secret: secret ?? '' }
  }

  /** Resolves with an authorization code for the user. */
  async code(client: Client, user = anId('user')): Promise<string> {
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: client.id,
      redirect_uri: redirectUri,
      scope: 'profile',
    })
    const headers = { [userHeader]: user }
    const answer = await this.ask(`/oauth/authorize?${query.toString()}`, { headers })
    const code = new URL(answer.headers['location'] ?? 'about:blank').searchParams.get('code')
    if (code === null) throw failureOf('The authorization endpoint returned no code', answer)
    return code
  }

  exchange(client: EngineClient, code: string): Promise<Answer> {
    return this.token(client, { grant_type: 'authorization_code', code, redirect_uri: redirectUri })
  }

  refresh(client: EngineClient, token: string): Promise<Answer> {
    return this.token(client, { grant_type: 'refresh_token', refresh_token: token })
  }

  token(client: { id: string; secret: string }, body: Record<string, string>): Promise<Answer> {
    return this.post('/oauth/token', client, body)
  }

  /** Resolves with tokens for a new code. */
  async signIn(client: EngineClient, user?: string): Promise<Tokens> {
    return tokensOf(await this.exchange(client, await this.code(client, user)))
  }

  /** Resolves with tokens for a refresh token. */
  async refreshed(client: EngineClient, token: string): Promise<Tokens> {
    return tokensOf(await this.refresh(client, token))
  }

  /** Resolves with `active` of the token's introspection by that client (RFC 7662). */
  async isActive(client: EngineClient, token: string): Promise<unknown> {
    const answer = await this.post('/oauth/introspect', client, { token })
    return answer.body['active']
  }

  /** Resolves with the status that a resource returns for the access token. */
  async access(token: string): Promise<number> {
    const headers = { authorization: `Bearer ${token}` }
    const { response } = await this.oauth.authenticate(new Request(issuer, { headers }))
    return response?.status ?? 200
  }

  private post(
    path: string,
    { id, secret }: { id: string; secret: string },
    body: Record<string, string>,
  ): Promise<Answer> {
    const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
    return this.ask(path, {
      method: 'POST',
      headers: { authorization },
      body: new URLSearchParams({ ...body }),
    })
  }

  private async ask(path: string, init: RequestInit): Promise<Answer> {
    return answerOf(await this.oauth.fetch(new Request(issuer + path, init), pages))
  }
}

/** Returns the tokens of a response. Throws a Failure if it has none. */
export function tokensOf(answer: Answer): Tokens {
  if (answer.status !== 200) throw failureOf('The token endpoint returned no tokens', answer)
  return answer.body as unknown as Tokens
}

/** Returns the result that the client sees: `HTTP 200`, or the error code. */
export function outcomeOf({ status, body }: Answer): string {
  return status === 200
    ? 'HTTP 200'
    : typeof body['error'] === 'string'
      ? body['error']
      : `HTTP ${status}`
}

function failureOf(what: string, { status, body }: Answer): Failure {
  return new Failure(`${what}; it answered ${status} ${JSON.stringify(body)}`)
}

function parsed(text: string): Record<string, unknown> {
  return text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {}
}

async function answerOf(response: Response): Promise<Answer> {
  const headers = Object.fromEntries(response.headers)
  return { status: response.status, headers, body: parsed(await response.text()) }
}
