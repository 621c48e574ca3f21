import type { Request, Response } from 'express'

/** A message that a page shows once, after a form. */
export interface Told {
  text: string
  /** A secret that is shown only once; `null` means that the client has none. */
  secret?: string | null
}

const keptMs = 60_000
// Not in the session, because a secret must not be in a session store.
const told = new Map<string, Told>()

/** Redirects to a page, which shows the message the first time that this session loads it. */
export function redirectTelling(req: Request, res: Response, path: string, what: Told): void {
  const key = keyOf(req, path)
  told.set(key, what)
  setTimeout(() => {
    if (told.get(key) === what) told.delete(key)
  }, keptMs).unref()
  res.redirect(303, path)
}

/** Returns the message for this page, and removes it. */
export function toldHere(req: Request): Told | undefined {
  const key = keyOf(req, req.originalUrl)
  const what = told.get(key)
  told.delete(key)
  return what
}

function keyOf({ sessionID }: Request, path: string): string {
  return `${sessionID} ${path}`
}
