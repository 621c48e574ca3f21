import { csrfSync } from 'csrf-sync'
import { type Request, type RequestHandler, urlencoded } from 'express'

// The token is in the session cookie, which is signed: another site can neither read nor set it.
const { csrfSynchronisedProtection, generateToken } = csrfSync({
  size: 32,
  getTokenFromRequest: (req) => (req.body as { _csrf?: string } | undefined)?._csrf,
})

/** Parses a posted form. */
export const readForm: RequestHandler = urlencoded({ extended: false, limit: '20kb' })

/** Rejects a posted form unless one of our pages sent it: see above. */
export const checkCsrf: RequestHandler = csrfSynchronisedProtection

/** Returns the token for the `_csrf` field of a page's forms. */
export function csrfToken(req: Request): string {
  return generateToken(req)
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
