import type { Client, OAuth2Server } from '@oauth2-kit/core'
import { createHash, randomBytes } from 'node:crypto'

export interface Tokens {
  access_token: string
  refresh_token: string
}

const pages = { authenticate: () => ({ id: 'ann' }), consent: () => true as const }

/** Signs a user in at a public client, in this process, and returns its tokens. */
export async function signIn(
  oauth: OAuth2Server,
  { id, redirectUris }: Client,
  request: { scope?: string; resource?: string; headers?: Record<string, string> } = {},
): Promise<Tokens> {
  const { headers = {}, ...asked } = request
  const verifier = randomBytes(32).toString('base64url')
  const own = { client_id: id, redirect_uri: redirectUris[0]! }
  const query = new URLSearchParams({
    ...own,
    ...asked,
    response_type: 'code',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  })
  const url = `${oauth.issuer}/oauth`
  const redirected = await oauth.fetch(new Request(`${url}/authorize?${query.toString()}`), pages)
  const location = redirected.headers.get('location')
  const code = location && new URL(location).searchParams.get('code')
  if (!code) throw new Error(`No code: ${redirected.status} ${location}`)
  const form = { ...own, code, code_verifier: verifier, grant_type: 'authorization_code' }
  const body = new URLSearchParams(form)
  const answer = await oauth.fetch(
    new Request(`${url}/token`, { method: 'POST', headers, body }),
    pages,
  )
  if (!answer.ok) throw new Error(await answer.text())
  return (await answer.json()) as Tokens
}
