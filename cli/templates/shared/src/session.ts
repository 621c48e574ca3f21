import { createHash, randomBytes } from 'node:crypto'
import type { Store, User } from '@oauth2-kit/core'
import cookieSession from 'cookie-session'
import { csrfSync } from 'csrf-sync'
import { type Request, type RequestHandler, urlencoded } from 'express'
import { behindProxy, issuer, setting } from './config.js'

/** The signed-in user, and the time of the sign-in, in milliseconds since the epoch. */
export interface SignedIn {
  id: string
  username: string
  at: number
}

const hoursSignedIn = 8
const lifetimeMs = hoursSignedIn * 3_600_000
/** How long a sign-in for one request stays valid until the user answers it, in milliseconds. */
const answerMs = 600_000

const secret = setting('SESSION_SECRET', '')
if (secret.length < 32) {
  throw new Error('SESSION_SECRET must have at least 32 characters: see .env.example')
}

const noStore: RequestHandler = (_req, res, next) => {
  res.set('Cache-Control', 'no-store')
  next()
}

// The signed cookie contains the CSRF token and the session's id. The session itself is a record in
// the store, from sign-in to sign-out: it survives a restart, all processes share it, and after
// sign-out a copied cookie is worthless.
const cookie = cookieSession({
  // With this prefix, no other host can set the cookie.
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

/** The middlewares before every page: the session, and for a posted form the CSRF check. */
export const forPeople: RequestHandler[] = [
  noStore,
  cookie,
  urlencoded({ extended: false, limit: '20kb' }),
  csrfSynchronisedProtection,
]

/** Returns the value for a form's `_csrf` field. */
export function csrfToken(req: Request): string {
  return generateToken(req)
}

/** Resolves with the signed-in user, or `null`. */
export async function signedIn(store: Store, req: Request): Promise<SignedIn | null> {
  const id = sessionId(req)
  const record = id === null ? null : await store.getRecord(sessionKey(id))
  if (!record || record.expiresAt <= Date.now()) return null
  return JSON.parse(record.data) as SignedIn
}

/**
 * Signs in with a new session and a new CSRF token, so that an attacker can't have planted either.
 * `url` is the request that this sign-in is for.
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

/**
 * Resolves with whether the user signed in for exactly this request and has not answered it yet.
 */
export async function signedInForThis(store: Store, req: Request): Promise<boolean> {
  const record = await store.getRecord(signInKey(sessionId(req) ?? '', req.originalUrl))
  return record !== null && record.expiresAt > Date.now()
}

/** Marks this request as answered: to repeat it, the user must sign in again. */
export async function requestAnswered(store: Store, req: Request): Promise<void> {
  await store.takeRecord(signInKey(sessionId(req) ?? '', req.originalUrl))
}

/** Signs out, and ends the session for copies of the cookie too. */
export async function signOut(store: Store, req: Request): Promise<void> {
  const id = sessionId(req)
  if (id !== null) await store.takeRecord(sessionKey(id))
  req.session = null
}

function sessionId(req: Request): string | null {
  const id: unknown = req.session?.id
  return typeof id === 'string' ? id : null
}

// Keys are hashes, so that read access to the database doesn't reveal sessions.
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
