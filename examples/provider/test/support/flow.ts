import { createHash, randomBytes } from 'node:crypto'
import { type Page, Visitor } from './visitor'

/** What the provider registers by default. */
export const demo = {
  username: 'demo',
  password: 'demo-password',
  clientId: 'demo-web',
  clientSecret: 'demo-web-secret',
  publicClientId: 'demo-spa',
  deviceClientId: 'demo-device',
  redirectUri: 'http://localhost:4000/callback',
  scope: 'profile email offline_access',
}

/** An authorization request of a client: its URL, code verifier and state. */
export function authorizationRequest(issuer: string, changes: Record<string, string> = {}) {
  const verifier = randomBytes(32).toString('base64url')
  const state = randomBytes(8).toString('hex')
  const url = new URL('/oauth/authorize', issuer)
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: demo.clientId,
    redirect_uri: demo.redirectUri,
    state,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...changes,
  }).toString()
  return { url, verifier, state }
}

/** Signs the visitor in and returns the target page: the consent page of a request. */
export async function signIn(visitor: Visitor, returnTo: URL | string = '/'): Promise<Page> {
  const first = await visitor.get(returnTo)
  const form = await visitor.get(first.location ?? '/sign-in')
  const { username, password } = demo
  const signedIn = await visitor.submit(form, { username, password })
  return visitor.get(signedIn.location ?? '')
}

/** Allows these scopes on the consent page: by default, all that it asks for. */
export function allow(visitor: Visitor, consent: Page, scopes = scopesOf(consent)): Promise<Page> {
  return visitor.submit(consent, { granted: scopes, decision: 'allow' })
}

/** The scopes that a consent page asks for. */
export function scopesOf({ html }: Page): string[] {
  return [...html.matchAll(/name="granted" value="(.*?)"/g)].map(([, scope = '']) => scope)
}

/** Signs a user in, allows everything, and returns the URL of the redirect to the client. */
export async function authorize(issuer: string, url: URL): Promise<URL> {
  const visitor = new Visitor(issuer)
  const { location } = await allow(visitor, await signIn(visitor, url))
  if (!location) throw new Error('The consent was not answered with a redirect')
  return location
}
