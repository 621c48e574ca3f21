import type { RequestHandler, Response } from 'express'
import helmet from 'helmet'

/** Loads resources only from here, runs no scripts, and can't be framed (RFC 9700 4.16). */
const policy = {
  'default-src': "'none'",
  'style-src': "'self'",
  'img-src': "'self'",
  'form-action': "'self'",
  'frame-ancestors': "'none'",
  'base-uri': "'none'",
}

/** Sets the security headers of every response. */
export function securityHeaders(overHttps: boolean): RequestHandler {
  return helmet({
    contentSecurityPolicy: { useDefaults: false, directives: directivesOf(policy) },
    xFrameOptions: { action: 'deny' },
    strictTransportSecurity: overHttps,
  })
}

/** Keeps responses out of every cache, because each is for one person. */
export const noStore: RequestHandler = (_req, res, next) => {
  res.set('Cache-Control', 'no-store')
  next()
}

/**
 * Also allows the forms of the page to redirect to that URI, because Chromium applies `form-action`
 * to the redirect after a form was posted.
 */
export function allowFormsTo(res: Response, uri: string): void {
  setPolicy(res, { ...policy, 'form-action': `${policy['form-action']} ${sourceOf(uri)}` })
}

/** Allows the forms of the page to redirect to any client. */
export function allowFormsAnywhere(res: Response): void {
  const { 'form-action': _, ...others } = policy
  setPolicy(res, others)
}

function setPolicy(res: Response, directives: Record<string, string>): void {
  const texts = Object.entries(directives).map((directive) => directive.join(' '))
  res.set('Content-Security-Policy', texts.join(';'))
}

/**
 * Returns the URI's origin as a CSP source. CSP can't express an IPv6 address or an origin of
 * another scheme, so these return the scheme.
 */
function sourceOf(uri: string): string {
  const { protocol, hostname, origin } = new URL(uri)
  const isHttp = protocol === 'https:' || protocol === 'http:'
  return isHttp && !hostname.startsWith('[') ? origin : protocol
}

function directivesOf(policy: Record<string, string>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(policy).map(([name, source]) => [name, [source]]))
}
