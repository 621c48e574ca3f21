import type { RequestListener } from 'node:http'

/** A middleware, as every contender is one. */
export type Handler = (
  request: Parameters<RequestListener>[0],
  response: Parameters<RequestListener>[1],
  next: (error?: unknown) => void,
) => void

/** The parameters of a token request. */
export type Form = Readonly<Record<string, string>>

/** One library on one storage, with a client and a user in it. */
export interface Contender {
  /** The bearer check. */
  authorise: Handler
  /** The token endpoint. */
  grant: Handler
  /** Its endpoints on bare node:http, with the token endpoint at `/oauth/token`. */
  listener?: () => RequestListener
  /** The `Authorization` header of the client. */
  basic: string
  /** Makes access tokens, beforehand. */
  accessTokens(count: number): Promise<string[]>
  /** Makes codes, beforehand, and gives the forms that redeem them. */
  codes(count: number): Promise<Form[]>
  /** Makes refresh tokens, beforehand, and gives the forms that redeem them. */
  refreshTokens(count: number): Promise<Form[]>
}

/** What every contender is set up with. Lifetimes are in seconds. */
export const setup = {
  clientId: 'bench-client',
  userId: '4711',
  redirectUri: 'https://client.example.com/callback',
  scopes: ['profile', 'email'],
  accessTokenLifetime: 3600,
  refreshTokenLifetime: 1_209_600,
  authCodeLifetime: 600,
} as const

/** The `Authorization` header of the client with that secret. */
export function basicHeader(secret: string): string {
  return `Basic ${Buffer.from(`${setup.clientId}:${secret}`).toString('base64')}`
}

/** So many of what is made one after the other. */
export async function times<T>(count: number, make: () => Promise<T>): Promise<T[]> {
  const made: T[] = []
  while (made.length < count) made.push(await make())
  return made
}

/** The form of a code that was made. */
export function codeForm(code: string, rest: Form = {}): Form {
  return { grant_type: 'authorization_code', code, redirect_uri: setup.redirectUri, ...rest }
}

/** The form of a refresh token that was made. */
export function refreshForm(token: string): Form {
  return { grant_type: 'refresh_token', refresh_token: token }
}
