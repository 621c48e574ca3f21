import { createHash, randomBytes } from 'node:crypto'
import { type Page, Visitor } from './visitor'

/** What the provider registers unless it is told otherwise. */
export const demo = {
  username: 'demo',
  password: 'demo-password',
  clientId: 'demo-web',
  clientSecret: 'demo-web-secret',
  publicClientId: 'demo-spa',
  redirectUri: 'http://localhost:4000/callback',
  scope: 'profile email offline_access',
}

/** An authorization request of a client: its URL, and what belongs to it. */
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

/** Signs the visitor in and goes back: to the consent page, for an authorization request. */
export async function signIn(visitor: Visitor, returnTo: URL | string = '/'): Promise<Page> {
  const asked = await visitor.get(returnTo)
  const form = await visitor.get(asked.location ?? '/sign-in')
  const { username, password } = demo
  const signedIn = await visitor.submit(form, { username, password })
  return visitor.get(signedIn.location ?? '')
}

/** Answers the consent page as a browser does when nothing is changed, or with these scopes. */
export function allow(visitor: Visitor, consent: Page, scopes = scopesOf(consent)): Promise<Page> {
  return visitor.submit(consent, { granted: scopes, decision: 'allow' })
}

/** The scopes that a consent page asks for. */
export function scopesOf({ html }: Page): string[] {
  return [...html.matchAll(/name="granted" value="(.*?)"/g)].map(([, scope = '']) => scope)
}

/** Lets somebody sign in and allow all that is asked for: where the browser is sent to. */
export async function authorize(issuer: string, url: URL): Promise<URL> {
  const visitor = new Visitor(issuer)
  const { location } = await allow(visitor, await signIn(visitor, url))
  if (!location) throw new Error('The consent was not answered with a redirect')
  return location
}
