import { csrfSync } from 'csrf-sync'
import { type Request, type RequestHandler, urlencoded } from 'express'

const { csrfSynchronisedProtection, generateToken } = csrfSync({
  getTokenFromRequest: (req) => (req.body as { _csrf?: string } | undefined)?._csrf,
})

/** Reads a posted form. */
export const readForm: RequestHandler = urlencoded({ extended: false, limit: '20kb' })

/** Lets a posted form pass only if one of our pages sent it: the token is the session's. */
export const checkCsrf: RequestHandler = csrfSynchronisedProtection

/** The token that a page puts into its forms, as `_csrf`. */
export function csrfToken(req: Request): string {
  return generateToken(req)
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
