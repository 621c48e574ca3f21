import { createHash, randomBytes } from 'node:crypto'
import type { RequestListener } from 'node:http'

/** A middleware. Every contender provides one. */
export type Handler = (
  request: Parameters<RequestListener>[0],
  response: Parameters<RequestListener>[1],
  next: (error?: unknown) => void,
) => void

/** The parameters of a token request. */
export type Form = Readonly<Record<string, string>>

/** One library with its storage, which contains one client and one user. */
export interface Contender {
  /** The bearer check. */
  authorise: Handler
  /** The token endpoint. */
  grant: Handler
  /** Its endpoints on bare node:http, with the token endpoint at `/oauth/token`. */
  listener?: () => RequestListener
  /** What its token endpoint is compared with, for the same requests. @default a bare route */
  baseline?: { grant: Handler; listener: () => RequestListener }
  /** The client's `Authorization` header. */
  basic: string
  /** Creates access tokens before the measurement. */
  accessTokens(count: number): Promise<string[]>
  /** Creates codes before the measurement, and resolves with the forms that redeem them. */
  codes(count: number): Promise<Form[]>
  /**
   * Creates refresh tokens before the measurement, and resolves with the forms that redeem them.
   */
  refreshTokens(count: number): Promise<Form[]>
  /** Removes what has expired that many seconds from now, if its storage does not by itself. */
  purge?(seconds: number): Promise<unknown>
}

/** Sets a contender up for these grant types. */
export type MakeContender = (grants: readonly string[]) => Promise<Contender>

/** The set-up of every contender. Lifetimes are in seconds. */
export const setup = {
  clientId: 'bench-client',
  userId: '4711',
  redirectUri: 'https://client.example.com/callback',
  scopes: ['profile', 'email'],
  accessTokenLifetime: 3600,
  refreshTokenLifetime: 1_209_600,
  authCodeLifetime: 600,
} as const

/** The issuer of every contender that has one. */
export const issuer = 'https://auth.example.com'

const verifier = randomBytes(32).toString('base64url')

/** The code verifier and challenge of every code with PKCE (RFC 7636). */
export const pkce = {
  verifier,
  challenge: createHash('sha256').update(verifier).digest('base64url'),
} as const

/** The codes or refresh tokens of a contender that is never asked for them. */
export async function notMeasured(): Promise<never> {
  throw new Error('This contender is not measured with them')
}

/** Returns the `Authorization` header of the client with that secret. */
export function basicHeader(secret: string): string {
  return `Basic ${Buffer.from(`${setup.clientId}:${secret}`).toString('base64')}`
}

/** Calls `make` `count` times in sequence, and resolves with the results. */
export async function times<T>(count: number, make: () => Promise<T>): Promise<T[]> {
  const made: T[] = []
  while (made.length < count) made.push(await make())
  return made
}

/** Returns the form that redeems a code. */
export function codeForm(code: string, rest: Form = {}): Form {
  return { grant_type: 'authorization_code', code, redirect_uri: setup.redirectUri, ...rest }
}

/** Returns the form that redeems a refresh token. */
export function refreshForm(token: string): Form {
  return { grant_type: 'refresh_token', refresh_token: token }
}
