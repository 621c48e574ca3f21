/** A client and its own user, for whose grants the load sends requests. */
export interface Account {
  name: string
  clientId: string
  clientSecret: string
  username: string
  password: string
}

/**
 * A change by the harness: a new secret with its number, or, without one, the deletion of the
 * account.
 */
export interface Change {
  account: string
  secret?: { number: number; text: string }
}

/** The account that the example provider registers. It never changes. */
export const demo: Account = {
  name: 'demo',
  clientId: 'demo-web',
  clientSecret: 'demo-web-secret',
  username: 'demo',
  password: 'demo-password',
}

/** The redirect URI of every account. The clients of the load have no server there. */
export const redirectUri = 'http://localhost:4000/callback'

/** Returns the header with which a client authenticates (RFC 6749 2.3.1). */
export function basic(clientId: string, secret: string): string {
  return `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`
}
