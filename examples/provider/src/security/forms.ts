import { csrfSync } from 'csrf-sync'
import { type Request, type RequestHandler, urlencoded } from 'express'
import { clearCookie, cookieOf, setCookie } from './cookies'

/** The cookie of a visitor without a session. It contains the token that the forms must repeat. */
const formCookie = 'provider.form'
const tokenForm = /^[0-9a-f]{64}$/

const { csrfSynchronisedProtection, generateToken } = csrfSync({
  size: 32,
  getTokenFromRequest: (req) => (req.body as { _csrf?: string } | undefined)?._csrf,
  // A signed-in user has the token in the session. Other visitors have no session, so that viewing
  // pages uses no memory here. They have it in a cookie, which another site can neither read nor
  // set.
  getTokenFromState: (req) => (req.session.user ? req.session.csrfToken : tokenInCookie(req)),
  storeTokenInState(req, token) {
    if (req.session.user) req.session.csrfToken = token
    else if (typeof token === 'string') setFormCookie(req, token)
  },
})

/** Parses a posted form. */
export const readForm: RequestHandler = urlencoded({ extended: false, limit: '20kb' })

/** Rejects a posted form unless one of our pages sent it: see above. */
export const checkCsrf: RequestHandler = csrfSynchronisedProtection

/** Returns the token for the `_csrf` field of a page's forms. */
export function csrfToken(req: Request): string {
  return generateToken(req)
}

/** Invalidates forms from before the sign-in, because an attacker may have planted them. */
export function forgetForms(req: Request): void {
  clearCookie(req, formCookie)
}

/** Returns a field of a posted form, or undefined unless it is a single text. */
export function field(req: Request, name: string): string | undefined {
  const value = (req.body as Record<string, unknown> | undefined)?.[name]
  return typeof value === 'string' ? value : undefined
}

/** Returns the values of a field that may be repeated, such as a group of checkboxes. */
export function fields(req: Request, name: string): unknown[] {
  return [(req.body as Record<string, unknown> | undefined)?.[name]].flat()
}

function tokenInCookie(req: Request): string | undefined {
  const token = req.res?.locals['formToken'] ?? cookieOf(req, formCookie)
  return typeof token === 'string' && tokenForm.test(token) ? token : undefined
}

function setFormCookie(req: Request, token: string): void {
  setCookie(req, formCookie, token)
  // For other forms on the same page.
  if (req.res) req.res.locals['formToken'] = token
}
