import type { Request, RequestHandler } from 'express'
import session from 'express-session'
import type { Setting } from '../setting'
import { clearCookie, cookieName } from './cookies'
import { forgetForms } from './forms'
import { BoundedSessions } from './session-store'

/** The signed-in user. */
export interface SessionUser {
  id: string
  username: string
}

declare module 'express-session' {
  interface SessionData {
    user: SessionUser
    /** Milliseconds since the epoch. */
    signedInAt: number
    /** The authorization request for which the user signed in, until it is answered. */
    signedInFor: string
  }
}

const sessionCookie = 'provider.sid'
const lifetimeMs = 8 * 3_600_000
const mostSessions = 10_000
/** How long a sign-in for one request stays valid until the user answers it, in milliseconds. */
const answerMs = 600_000

/**
 * Returns the middleware for sessions in the memory of this process. Only signed-in users have one.
 */
export function sessions({ config, issuer }: Pick<Setting, 'config' | 'issuer'>): RequestHandler {
  const overHttps = issuer.startsWith('https:')
  return session({
    name: cookieName(sessionCookie, overHttps),
    secret: config.sessionSecret,
    store: new BoundedSessions(mostSessions, lifetimeMs),
    resave: false,
    saveUninitialized: false,
    cookie: { httpOnly: true, sameSite: 'lax', secure: overHttps, maxAge: lifetimeMs },
  })
}

/**
 * Signs the user in with a new session, whose id is unknown to anyone else. `signedInFor` is the
 * request that this sign-in is for.
 */
export async function signIn(req: Request, user: SessionUser, signedInFor: string): Promise<void> {
  await settled((done) => req.session.regenerate(done))
  Object.assign(req.session, { user, signedInAt: Date.now(), signedInFor })
  forgetForms(req)
}

/** Returns whether the user signed in for that request and has not answered it yet. */
export function isSignedInFor({ session }: Request, wanted: string): boolean {
  const isRecent = (session.signedInAt ?? 0) > Date.now() - answerMs
  return session.user !== undefined && session.signedInFor === wanted && isRecent
}

/** Marks the request as answered: to repeat it, the user must sign in again. */
export function requestAnswered({ session }: Request): void {
  delete session.signedInFor
}

/**
 * Returns whether a user has signed in here at that time or later (milliseconds since the epoch).
 */
export function isSignedInSince({ session }: Request, since: number): boolean {
  return session.user !== undefined && (session.signedInAt ?? 0) >= since
}

/** Signs the user out and destroys the session. */
export async function signOut(req: Request): Promise<void> {
  await settled((done) => req.session.destroy(done))
  clearCookie(req, sessionCookie)
}

function settled(start: (done: (error: unknown) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => (error ? reject(error) : resolve()))
  })
}
