/** A client and a user of its own, whose grants the load asks for. */
export interface Account {
  name: string
  clientId: string
  clientSecret: string
  username: string
  password: string
}

/** What the harness has changed: a secret, by its number, or, without one, the account is gone. */
export interface Change {
  account: string
  secret?: { number: number; text: string }
}

/** The account that the example provider registers: nobody changes it. */
export const demo: Account = {
  name: 'demo',
  clientId: 'demo-web',
  clientSecret: 'demo-web-secret',
  username: 'demo',
  password: 'demo-password',
}

/** Of every account: the clients of the load have no server that anybody is sent back to. */
export const redirectUri = 'http://localhost:4000/callback'

/** How a client authenticates (RFC 6749 2.3.1). */
export function basic(clientId: string, secret: string): string {
  return `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`
}
