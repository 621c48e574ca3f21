import type { Request, RequestHandler } from 'express'
import session from 'express-session'
import type { Setting } from '../setting'

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
  }
}

const cookieName = 'provider.sid'
const hourMs = 3_600_000

/** Sessions in the memory of this process; nobody has one before there is something to keep. */
export function sessions({ config, issuer }: Pick<Setting, 'config' | 'issuer'>): RequestHandler {
  return session({
    name: cookieName,
    secret: config.sessionSecret,
    resave: false,
    saveUninitialized: false,
    cookie: {
      httpOnly: true,
      sameSite: 'lax',
      secure: issuer.startsWith('https:'),
      maxAge: 8 * hourMs,
    },
  })
}

/** Signs the user in, in a new session: nobody else can know its id. */
export async function signIn(req: Request, user: SessionUser): Promise<void> {
  await settled((done) => req.session.regenerate(done))
  req.session.user = user
  req.session.signedInAt = Date.now()
}

/** Whether somebody has signed in here, at that time or later (milliseconds since the epoch). */
export function isSignedInSince({ session }: Request, since: number): boolean {
  return session.user !== undefined && (session.signedInAt ?? 0) >= since
}

/** Signs the user out: nothing of the session is left. */
export async function signOut(req: Request): Promise<void> {
  await settled((done) => req.session.destroy(done))
  req.res?.clearCookie(cookieName)
}

function settled(start: (done: (error: unknown) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => (error ? reject(error) : resolve()))
  })
}
