import { csrfSync } from 'csrf-sync'
import { type Request, type RequestHandler, urlencoded } from 'express'
import { clearCookie, cookieOf, setCookie } from './cookies'

/** The cookie of a visitor without a session: its token is the one that the forms must repeat. */
const formCookie = 'provider.form'
const tokenForm = /^[0-9a-f]{64}$/

const { csrfSynchronisedProtection, generateToken } = csrfSync({
  size: 32,
  getTokenFromRequest: (req) => (req.body as { _csrf?: string } | undefined)?._csrf,
  // Who is signed in has it in the session. Nobody else has a session, so that looking at pages
  // takes no memory here: they have it in a cookie, which another site can neither read nor set.
  getTokenFromState: (req) => (req.session.user ? req.session.csrfToken : tokenInCookie(req)),
  storeTokenInState(req, token) {
    if (req.session.user) req.session.csrfToken = token
    else if (typeof token === 'string') setFormCookie(req, token)
  },
})

/** Reads a posted form. */
export const readForm: RequestHandler = urlencoded({ extended: false, limit: '20kb' })

/** Lets a posted form pass only if one of our pages sent it: see above. */
export const checkCsrf: RequestHandler = csrfSynchronisedProtection

/** The token that a page puts into its forms, as `_csrf`. */
export function csrfToken(req: Request): string {
  return generateToken(req)
}

/** Makes the forms invalid that the visitor got before signing in: somebody may have planted them. */
export function forgetForms(req: Request): void {
  clearCookie(req, formCookie)
}

/** A field of a posted form: one text, or nothing. */
export function field(req: Request, name: string): string | undefined {
  const value = (req.body as Record<string, unknown> | undefined)?.[name]
  return typeof value === 'string' ? value : undefined
}

/** The values of a field that may be there several times, such as a group of checkboxes. */
export function fields(req: Request, name: string): unknown[] {
  return [(req.body as Record<string, unknown> | undefined)?.[name]].flat()
}

function tokenInCookie(req: Request): string | undefined {
  const token = req.res?.locals['formToken'] ?? cookieOf(req, formCookie)
  return typeof token === 'string' && tokenForm.test(token) ? token : undefined
}

function setFormCookie(req: Request, token: string): void {
  setCookie(req, formCookie, token)
  // For another form on the same page.
  if (req.res) req.res.locals['formToken'] = token
}
