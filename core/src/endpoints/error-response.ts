import { headersOf } from '../errors/amend-error'
import { descriptionOf } from '../errors/descriptions'
import type { OAuth2Error } from '../errors/errors'
import type { Profile } from '../profile'
import { type OAuthResponse, jsonResponse } from '../http/response'
import { safeHeaders } from '../http/safe-headers'
import { escapeHtml } from './html'

/**
 * Returns the error response for a client (RFC 6749 5.2). It contains the code and the description,
 * never the cause.
 */
export function errorResponse(error: OAuth2Error, profile: Profile): OAuthResponse {
  return jsonResponse(statusOf(error), profile.errorBody(error), safeHeaders(headersOf(error)))
}

/** Returns an HTML page if the request accepts HTML, otherwise the same as `errorResponse`. */
export function errorPage(
  error: OAuth2Error,
  profile: Profile,
  accept: string | undefined,
): OAuthResponse {
  return accept?.includes('text/html') ? page(error) : errorResponse(error, profile)
}

function page(error: OAuth2Error): OAuthResponse {
  const code = statusOf(error)
  const { title, advice } = textOf(code)
  return {
    status: code,
    headers: {
      ...safeHeaders(headersOf(error)),
      'Content-Type': 'text/html; charset=utf-8',
      // RFC 9700 4.16: the page must not be framed. It also must not run scripts.
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
<p><code>${escapeHtml(error.error)}</code>: ${escapeHtml(descriptionOf(error))}</p>
</html>
`,
  }
}

function textOf(status: number): { title: string; advice: string } {
  if (status === 429)
    return { title: 'Too many attempts', advice: 'Wait a minute, then try again.' }
  return status < 500
    ? {
        title: 'This sign-in request is not valid',
        advice: 'Go back to the application and try again.',
      }
    : { title: 'Signing in is not possible right now', advice: 'Try again in a moment.' }
}

/** Returns the status of an error. An error of the application may have an invalid one. */
function statusOf({ code }: OAuth2Error): number {
  return Number.isInteger(code) && code >= 300 && code <= 599 && code !== 304 ? code : 500
}
