import type { User } from '@oauth2-kit/core'
import cookieSession from 'cookie-session'
import { csrfSync } from 'csrf-sync'
import { type Request, type RequestHandler, urlencoded } from 'express'
import { behindProxy, setting } from './config.js'

/** Who is signed in, and since when, in milliseconds since the epoch. */
export interface SignedIn {
  id: string
  username: string
  at: number
}

const hoursSignedIn = 8
const lifetimeMs = hoursSignedIn * 3_600_000

const secret = setting('SESSION_SECRET', '')
if (secret.length < 32) {
  throw new Error('SESSION_SECRET must have 32 characters at least: see .env.example')
}

const noStore: RequestHandler = (_req, res, next) => {
  res.set('Cache-Control', 'no-store')
  next()
}

// The session is its cookie, signed: it outlives a restart, and any number of processes share it.
const session = cookieSession({
  // With this prefix, no other host can set it.
  name: behindProxy ? '__Host-session' : 'session',
  keys: [secret],
  maxAge: lifetimeMs,
  httpOnly: true,
  sameSite: 'lax',
  secure: behindProxy,
})

const { csrfSynchronisedProtection, generateToken } = csrfSync({
  getTokenFromRequest: (req) => (req.body as { _csrf?: string } | undefined)?._csrf,
})

/** What stands before every page: its session, and for a posted form the check that we sent it. */
export const forPeople: RequestHandler[] = [
  noStore,
  session,
  urlencoded({ extended: false, limit: '20kb' }),
  csrfSynchronisedProtection,
]

/** What a form has as `_csrf`. */
export function csrfToken(req: Request): string {
  return generateToken(req)
}

/** Who is signed in, or `null`. The browser's word for how long is not taken. */
export function signedIn(req: Request): SignedIn | null {
  const user = req.session?.user as SignedIn | undefined
  return user && Date.now() - user.at < lifetimeMs ? user : null
}

/** Signs in with a new session and a new CSRF token, so that nobody can have planted them. */
export function signIn(req: Request, { id, username }: User): void {
  req.session = { user: { id, username, at: Date.now() } satisfies SignedIn }
}

/** Signs this browser out. Where a copy of its cookie must end too, keep sessions in a database. */
export function signOut(req: Request): void {
  req.session = null
}
