import type { OAuth2Error } from '../errors'
import type { Profile } from '../profile'
import { type OAuthResponse, jsonResponse } from './response'

/**
 * What a client is told about an error (RFC 6749 5.2): its code and description, never its cause.
 */
export function errorResponse(error: OAuth2Error, profile: Profile): OAuthResponse {
  return jsonResponse(error.code, profile.errorBody(error), error.headers)
}

/** The same at the authorization endpoint, where it is a user who is told: a page for a browser. */
export function errorPage(
  error: OAuth2Error,
  profile: Profile,
  accept: string | undefined,
): OAuthResponse {
  return accept?.includes('text/html') ? page(error) : errorResponse(error, profile)
}

function page({ code, error, error_description, headers }: OAuth2Error): OAuthResponse {
  const title =
    code < 500 ? 'This sign-in request is not valid' : 'Signing in is not possible right now'
  const advice = code < 500 ? 'Go back to the application and try again.' : 'Try again in a moment.'
  return {
    status: code,
    headers: {
      ...headers,
      'Content-Type': 'text/html; charset=utf-8',
      // RFC 9700 4.16: nothing on this page may be framed, and nothing on it runs.
      'Content-Security-Policy':
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
      'X-Frame-Options': 'DENY',
      'X-Content-Type-Options': 'nosniff',
    },
    body: `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>:root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem}</style>
<h1>${title}</h1>
<p>${advice}</p>
<p><code>${escapeHtml(error)}</code>: ${escapeHtml(error_description)}</p>
</html>
`,
  }
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
