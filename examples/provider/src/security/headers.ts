import type { RequestHandler, Response } from 'express'
import helmet from 'helmet'

/** Everything comes from here, nothing runs, and nothing can be framed (RFC 9700 4.16). */
const policy = {
  'default-src': "'none'",
  'style-src': "'self'",
  'img-src': "'self'",
  'form-action': "'self'",
  'frame-ancestors': "'none'",
  'base-uri': "'none'",
}

/** The headers of every answer. */
export function securityHeaders(overHttps: boolean): RequestHandler {
  return helmet({
    contentSecurityPolicy: { useDefaults: false, directives: directivesOf(policy) },
    xFrameOptions: { action: 'deny' },
    strictTransportSecurity: overHttps,
  })
}

/** Keeps the answers out of every cache: they are for one person. */
export const noStore: RequestHandler = (_req, res, next) => {
  res.set('Cache-Control', 'no-store')
  next()
}

/**
 * Lets the forms of the page lead to that URI as well: Chromium applies `form-action` to the
 * redirect that answers a form too.
 */
export function allowFormsTo(res: Response, uri: string): void {
  setPolicy(res, { ...policy, 'form-action': `${policy['form-action']} ${sourceOf(uri)}` })
}

/** Lets the forms of the page lead on to a client, whichever it is. */
export function allowFormsAnywhere(res: Response): void {
  const { 'form-action': _, ...others } = policy
  setPolicy(res, others)
}

function setPolicy(res: Response, directives: Record<string, string>): void {
  const texts = Object.entries(directives).map((directive) => directive.join(' '))
  res.set('Content-Security-Policy', texts.join(';'))
}

/** The URI's origin as a source of CSP, which knows no IPv6 address and no origin of other schemes. */
function sourceOf(uri: string): string {
  const { protocol, hostname, origin } = new URL(uri)
  const isHttp = protocol === 'https:' || protocol === 'http:'
  return isHttp && !hostname.startsWith('[') ? origin : protocol
}

function directivesOf(policy: Record<string, string>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(policy).map(([name, source]) => [name, [source]]))
}
