import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { Entry, Issued, Operation } from '../log'
import { type Account, basic, demo, redirectUri } from './account'
import { type Answer, type RequestOptions, sendRequest } from './agent'
import { Session, locationOf } from './session'

/** The default lifetime of a code, in milliseconds. */
const codeLifetimeMs = 30_000

/** The tokens in a response of the token endpoint. */
export interface Tokens {
  access: string
  refresh: string
}

/** A request of the client and its result. */
export interface Attempt {
  /** `null` means that the request could not be sent. */
  entry: Entry | null
  code?: string
  tokens?: Tokens
  /** How long a 503 asks the client to wait, in milliseconds. */
  retryAfterMs?: number
}

/** What is recorded about a request, in addition to its response. */
type About = Pick<Entry, 'operation' | 'grant' | 'secret'> & { token?: string; provider: number }

/**
 * A client with its user. It sends requests to any of the providers, and records each of them
 * without its tokens.
 */
export class Client {
  /** Whether its account was deleted. */
  isGone = false
  private readonly sessions: Session[]
  private secret: { number: number; text: string }

  constructor(
    private readonly origins: readonly string[],
    private readonly note: (entry: Entry) => void,
    readonly account: Account = demo,
  ) {
    this.secret = { number: 0, text: account.clientSecret }
    this.sessions = origins.map(
      (origin, provider) =>
        new Session(origin, account, (answer) => {
          const about = { operation: 'sign-in' as const, grant: null, provider }
          this.record(about, answer, answer.broke)
        }),
    )
  }

  /** Tries the old secret at every provider, and then uses the new one. */
  async takeSecret(secret: { number: number; text: string }): Promise<void> {
    for (const provider of this.origins.keys()) {
      await this.revoke(provider, null, 'unknown')
    }
    this.secret = secret
  }

  /** The number of provider processes. */
  get providers(): number {
    return this.origins.length
  }

  /**
   * Signs the user in and authenticates the client once at every process. Each of these hashes a
   * secret that a person chose, which takes seconds on a busy machine.
   */
  async begin(): Promise<void> {
    for (const [provider, session] of this.sessions.entries()) {
      for (let n = 0; n < 5 && (await session.open()) === null; n++);
      await this.post(provider, '/oauth/revoke', { token: 'unknown' })
    }
  }

  /** Allows a new grant, as its user. Resolves with the code. */
  async authorize(provider: number, grant: string, verifier: string): Promise<Attempt> {
    const url = new URL('/oauth/authorize', this.origins[provider])
    url.search = new URLSearchParams({
      response_type: 'code',
      client_id: this.account.clientId,
      redirect_uri: redirectUri,
      scope: 'profile',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    }).toString()
    const answer = await this.sessions[provider]!.allow(url, randomUUID())
    if (!answer) return { entry: null }
    const location = locationOf(answer)
    const code = location?.searchParams.get('code') ?? undefined
    const error = location?.searchParams.get('error') ?? answer.broke
    const issued = code === undefined ? [] : [issuedAs('code', code, codeLifetimeMs)]
    const entry = this.record({ operation: 'authorize', grant, provider }, answer, error, issued)
    return { entry, code }
  }

  /** RFC 6749 4.1.3 */
  redeemCode(provider: number, grant: string, code: string, verifier: string): Promise<Attempt> {
    return this.tokenRequest(
      { operation: 'code', grant, token: code, provider, secret: this.secret.number },
      {
        grant_type: 'authorization_code',
        code,
        redirect_uri: redirectUri,
        code_verifier: verifier,
      },
    )
  }

  /** RFC 6749 6 */
  refresh(provider: number, grant: string, token: string): Promise<Attempt> {
    return this.tokenRequest(
      { operation: 'refresh', grant, token, provider, secret: this.secret.number },
      {
        grant_type: 'refresh_token',
        refresh_token: token,
      },
    )
  }

  /** Uses an access token at the protected resource. */
  async bearer(provider: number, grant: string, token: string): Promise<Attempt> {
    const about = { operation: 'bearer' as const, grant, token, provider }
    const answer = await this.send(provider, '/api/me', {
      headers: { authorization: `Bearer ${token}` },
    })
    const challenge = answer.headers['www-authenticate'] ?? ''
    const error = /error="([^"]*)"/.exec(challenge)?.[1] ?? errorIn(answer)
    return { entry: this.record(about, answer, error) }
  }

  /** RFC 7009 2.1 */
  async revoke(provider: number, grant: string | null, token: string): Promise<Attempt> {
    const secret = this.secret.number
    const about = { operation: 'revoke' as const, grant, token, provider, secret }
    const answer = await this.post(provider, '/oauth/revoke', { token })
    return { entry: this.record(about, answer, errorIn(answer)) }
  }

  /**
   * RFC 7662 2.1. If this client was deleted, the demo client sends the request, because it may
   * introspect all tokens.
   */
  async introspect(provider: number, grant: string, token: string): Promise<Attempt> {
    const secret = this.secret.number
    const about = { operation: 'introspect' as const, grant, token, provider, secret }
    const by = this.isGone ? basic(demo.clientId, demo.clientSecret) : undefined
    const answer = await this.post(provider, '/oauth/introspect', { token }, by)
    const active = answer.status === 200 ? jsonOf(answer).active === true : undefined
    return { entry: this.record(about, answer, errorIn(answer), [], active) }
  }

  private async tokenRequest(about: About, form: Record<string, string>): Promise<Attempt> {
    const answer = await this.post(about.provider, '/oauth/token', form)
    if (answer.status !== 200) {
      const entry = this.record(about, answer, errorIn(answer))
      return { entry, retryAfterMs: Number(answer.headers['retry-after'] ?? 0) * 1000 }
    }
    const { access_token: access, refresh_token: refresh, expires_in: seconds } = jsonOf(answer)
    const tokens = { access: String(access), refresh: String(refresh) }
    const entry = this.record(about, answer, null, [
      issuedAs('access', tokens.access, Number(seconds) * 1000),
      issuedAs('refresh', tokens.refresh, null),
    ])
    return { entry, tokens }
  }

  private post(
    provider: number,
    path: string,
    form: Record<string, string>,
    authorization = basic(this.account.clientId, this.secret.text),
  ): Promise<Answer> {
    return this.send(provider, path, { form, headers: { authorization } })
  }

  private send(provider: number, path: string, options: RequestOptions): Promise<Answer> {
    return sendRequest(new URL(path, this.origins[provider]), options)
  }

  private record(
    { operation, grant, token, provider, secret }: About & { operation: Operation },
    { start, end, status }: Answer,
    error: string | null,
    issued: Issued[] = [],
    active?: boolean,
  ): Entry {
    const presented = token === undefined ? null : hashOf(token)
    const entry: Entry = {
      operation,
      start,
      end,
      provider,
      grant,
      ...(this.account !== demo && { account: this.account.name, secret }),
      presented,
      status,
      error,
      issued,
      ...(active !== undefined && { active }),
    }
    this.note(entry)
    return entry
  }
}

/** Returns a PKCE verifier (RFC 7636 4.1). */
export function newVerifier(): string {
  return randomBytes(32).toString('base64url')
}

function issuedAs(kind: Issued['kind'], token: string, lifetimeMs: number | null): Issued {
  return { kind, hash: hashOf(token), lifetimeMs }
}

/** Returns the hash that a store has of the token. */
function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

function errorIn(answer: Answer): string | null {
  if (answer.broke !== null) return answer.broke
  if (answer.status === 200) return null
  const { error } = jsonOf(answer)
  return typeof error === 'string' ? error : 'no OAuth error'
}

function jsonOf({ body }: Answer): Record<string, unknown> {
  try {
    return JSON.parse(body) as Record<string, unknown>
  } catch {
    return {}
  }
}
