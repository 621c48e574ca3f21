import { createHash, randomBytes } from 'node:crypto'
import { ada, album } from './plain-model'

// The requests that a client and the user's browser send. Each of the servers has the same routes.

type Form = Record<string, string> | string

const redirectUri = album.redirectUris[0]!

/** The form that gets tokens for the user's password. */
export const password = {
  grant_type: 'password',
  username: ada.username,
  password: ada.password,
}

/** A token response. */
export interface Issued {
  access_token: string
  refresh_token: string
  scope: string
}

/** Returns the header that authenticates a client. */
export function basic({ id, secret }: { id: string; secret: string }) {
  return { Authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` }
}

/** Sends a form to the token endpoint. */
export function token(url: string, form: Form, headers: Record<string, string> = basic(album)) {
  const body = new URLSearchParams(form)
  return fetch(`${url}/oauth/token`, { method: 'POST', headers, body })
}

/** Calls the API with an access token. */
export function api(url: string, accessToken: string, path = '/api') {
  return fetch(url + path, { headers: { Authorization: `Bearer ${accessToken}` } })
}

/** Gets tokens with the scope `profile`. */
export async function issued(url: string): Promise<Issued> {
  const response = await token(url, { ...password, scope: 'profile' })
  return (await response.json()) as Issued
}

/** Sends an authorization request. A parameter whose value is empty is left out. */
export function authorize(
  url: string,
  changes: Record<string, string>,
  method = 'GET',
): Promise<Response> {
  const parameters = {
    response_type: 'code',
    client_id: album.id,
    redirect_uri: redirectUri,
    scope: 'profile',
    state: 'xyz',
    code_challenge: randomBytes(32).toString('base64url'),
    code_challenge_method: 'S256',
    ...changes,
  }
  const present = Object.entries(parameters).filter(([, value]) => value !== '')
  const query = new URLSearchParams(present).toString()
  return fetch(`${url}/oauth/authorize?${query}`, { method, redirect: 'manual' })
}

/** Gets a code, and returns the form that redeems it. */
export async function code(url: string) {
  const verifier = randomBytes(32).toString('base64url')
  const challenge = createHash('sha256').update(verifier).digest('base64url')
  const response = await authorize(url, { code_challenge: challenge })
  const { searchParams } = new URL(response.headers.get('location') ?? '')
  return {
    grant_type: 'authorization_code',
    code: searchParams.get('code') ?? '',
    redirect_uri: redirectUri,
    code_verifier: verifier,
  }
}
