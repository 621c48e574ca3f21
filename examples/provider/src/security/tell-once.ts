import type { Request, Response } from 'express'

/** What a page tells once, after a form. */
export interface Told {
  text: string
  /** Shown this once; `null` = there is none. */
  secret?: string | null
}

const keptMs = 60_000
// Not the session's: a secret must not lie in a store of sessions.
const told = new Map<string, Told>()

/** Leads to a page which tells that, the first time that it is shown in this session. */
export function redirectTelling(req: Request, res: Response, path: string, what: Told): void {
  const key = keyOf(req, path)
  told.set(key, what)
  setTimeout(() => {
    if (told.get(key) === what) told.delete(key)
  }, keptMs).unref()
  res.redirect(303, path)
}

/** What this page has to tell now. */
export function toldHere(req: Request): Told | undefined {
  const key = keyOf(req, req.originalUrl)
  const what = told.get(key)
  told.delete(key)
  return what
}

function keyOf({ sessionID }: Request, path: string): string {
  return `${sessionID} ${path}`
}
