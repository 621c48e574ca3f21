import { createHash, randomBytes } from 'node:crypto'
import type { Store, User } from '@oauth2-kit/core'
import cookieSession from 'cookie-session'
import { csrfSync } from 'csrf-sync'
import { type Request, type RequestHandler, urlencoded } from 'express'
import { behindProxy, issuer, setting } from './config.js'

/** Who is signed in, and since when, in milliseconds since the epoch. */
export interface SignedIn {
  id: string
  username: string
  at: number
}

const hoursSignedIn = 8
const lifetimeMs = hoursSignedIn * 3_600_000
/** How long an answer may take before who was to sign in anew does so again. */
const answerMs = 600_000

const secret = setting('SESSION_SECRET', '')
if (secret.length < 32) {
  throw new Error('SESSION_SECRET must have 32 characters at least: see .env.example')
}

const noStore: RequestHandler = (_req, res, next) => {
  res.set('Cache-Control', 'no-store')
  next()
}

// The cookie, signed, has the CSRF token and the id of the session. The session is a record of the
// store, from signing in to signing out: it outlives a restart, any number of processes share it,
// and a copy of the cookie ends with it.
const cookie = cookieSession({
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
  cookie,
  urlencoded({ extended: false, limit: '20kb' }),
  csrfSynchronisedProtection,
]

/** What a form has as `_csrf`. */
export function csrfToken(req: Request): string {
  return generateToken(req)
}

/** Who is signed in, or `null`. */
export async function signedIn(store: Store, req: Request): Promise<SignedIn | null> {
  const id = sessionId(req)
  const record = id === null ? null : await store.getRecord(sessionKey(id))
  if (!record || record.expiresAt <= Date.now()) return null
  return JSON.parse(record.data) as SignedIn
}

/**
 * Signs in with a new session and a new CSRF token, so that nobody can have planted them. `url` is
 * the request that this is for.
 */
export async function signIn(
  store: Store,
  req: Request,
  { id, username }: User,
  url: string,
): Promise<void> {
  const session = randomBytes(32).toString('base64url')
  const at = Date.now()
  const data = JSON.stringify({ id, username, at } satisfies SignedIn)
  await store.addRecord({ key: sessionKey(session), data, expiresAt: at + lifetimeMs })
  await store.addRecord({ key: signInKey(session, url), data: '{}', expiresAt: at + answerMs })
  req.session = { id: session }
}

/** Whether the user has signed in for this very request, which is not answered yet. */
export async function signedInForThis(store: Store, req: Request): Promise<boolean> {
  const record = await store.getRecord(signInKey(sessionId(req) ?? '', req.originalUrl))
  return record !== null && record.expiresAt > Date.now()
}

/** This request is answered: for another one like it, the user has to sign in again. */
export async function requestAnswered(store: Store, req: Request): Promise<void> {
  await store.takeRecord(signInKey(sessionId(req) ?? '', req.originalUrl))
}

/** Signs out, also whoever has a copy of the cookie. */
export async function signOut(store: Store, req: Request): Promise<void> {
  const id = sessionId(req)
  if (id !== null) await store.takeRecord(sessionKey(id))
  req.session = null
}

function sessionId(req: Request): string | null {
  const id: unknown = req.session?.id
  return typeof id === 'string' ? id : null
}

// Hashes, so that whoever reads the database has no session.
function sessionKey(id: string): string {
  return `session:${hash(id)}`
}

function signInKey(id: string, url: string): string {
  const { pathname, search } = new URL(url, issuer)
  return `sign-in:${hash([id, pathname, search].join(' '))}`
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
