import type { Request, RequestHandler } from 'express'
import session from 'express-session'
import type { Setting } from '../setting'
import { clearCookie, cookieName } from './cookies'
import { forgetForms } from './forms'
import { BoundedSessions } from './session-store'

/** The user who is signed in. */
export interface SessionUser {
  id: string
  username: string
}

declare module 'express-session' {
  interface SessionData {
    user: SessionUser
    /** Milliseconds since the epoch. */
    signedInAt: number
    /** The request that the user signed in for, until it is answered. */
    signedInFor: string
  }
}

const sessionCookie = 'provider.sid'
const lifetimeMs = 8 * 3_600_000
const mostSessions = 10_000
/** How long an answer may take, in milliseconds, before who was to sign in anew does so again. */
const answerMs = 600_000

/** Sessions in the memory of this process. Only who is signed in has one. */
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
 * Signs the user in, in a new session whose id nobody else can know. `signedInFor` is the request
 * that this is for.
 */
export async function signIn(req: Request, user: SessionUser, signedInFor: string): Promise<void> {
  await settled((done) => req.session.regenerate(done))
  Object.assign(req.session, { user, signedInAt: Date.now(), signedInFor })
  forgetForms(req)
}

/** Whether the user has signed in for that request, which is not answered yet. */
export function isSignedInFor({ session }: Request, wanted: string): boolean {
  const isRecent = (session.signedInAt ?? 0) > Date.now() - answerMs
  return session.user !== undefined && session.signedInFor === wanted && isRecent
}

/** The request is answered: for another one like it, the user has to sign in again. */
export function requestAnswered({ session }: Request): void {
  delete session.signedInFor
}

/** Whether somebody has signed in here, at that time or later (milliseconds since the epoch). */
export function isSignedInSince({ session }: Request, since: number): boolean {
  return session.user !== undefined && (session.signedInAt ?? 0) >= since
}

/** Signs the user out: nothing of the session is left. */
export async function signOut(req: Request): Promise<void> {
  await settled((done) => req.session.destroy(done))
  clearCookie(req, sessionCookie)
}

function settled(start: (done: (error: unknown) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => (error ? reject(error) : resolve()))
  })
}
