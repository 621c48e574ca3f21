import { createHash } from 'node:crypto'
import { type OAuthResponse, noStore } from '../http/response'
import { escapeHtml } from './html'

const script = 'document.forms[0].submit()'
const scriptHash = createHash('sha256').update(script).digest('base64')

/**
 * Returns a page that posts the parameters to the redirect URI (OAuth 2.0 Form Post Response Mode 2).
 * Without scripts, it has a button.
 */
export function formPostResponse(
  redirectUri: string,
  parameters: Readonly<Record<string, string | undefined>>,
): OAuthResponse {
  const fields = Object.entries(parameters)
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
    .map(([name, value]) => `<input type="hidden" name="${name}" value="${escaped(value)}">\n`)
  return {
    status: 200,
    headers: {
      ...noStore,
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': [
        "default-src 'none'",
        `script-src 'sha256-${scriptHash}'`,
        `form-action ${targetsOf(redirectUri)}`,
        "base-uri 'none'",
        "frame-ancestors 'none'",
      ].join('; '),
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
      'X-Frame-Options': 'DENY',
    },
    body: `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Back to the application</title>
<form method="post" action="${escaped(redirectUri)}">
${fields.join('')}<noscript><button>Continue</button></noscript>
</form>
<script>${script}</script>
</html>
`,
  }
}

/**
 * Returns where the form may go. Chromium applies `form-action` to redirects too, and a client may
 * redirect from its redirect URI to another of its hosts. So all of https is allowed, or the origin
 * of a loopback URI. CSP cannot express an IPv6 address.
 */
function targetsOf(redirectUri: string): string {
  const { protocol, hostname, origin } = new URL(redirectUri)
  if (protocol === 'https:') return 'https:'
  return hostname.startsWith('[') ? 'http:' : origin
}

function escaped(text: string): string {
  return escapeHtml(text.toWellFormed())
}
