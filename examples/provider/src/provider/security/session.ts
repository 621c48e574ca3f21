import { createHash, randomBytes } from 'node:crypto'
import type { User } from '@oauth2-kit/core'
import cookieSession from 'cookie-session'
import type { Request, RequestHandler } from 'express'
import type { Setting, UserStore } from '../setting.js'

/** A signed-in user. */
export interface SignedIn {
  id: string
  username: string
  /** When the user signed in, in milliseconds since the epoch. */
  at: number
}

/** The data of a session. It ends when the user's record changes, such as the password. */
interface Session extends SignedIn {
  version: string
}

/** Everything about sessions that pages need. */
type Sessions = Pick<Setting, 'issuer' | 'sessionSecrets' | 'store'>

const lifetimeMs = 8 * 3_600_000
/** How long a sign-in for one request stays valid until the user answers it, in milliseconds. */
const answerMs = 600_000

/**
 * Returns the middlewares for sessions. The signed cookie contains the token of the forms and the id
 * of the session. The session itself is a record in the store, from sign-in to sign-out: it survives
 * a restart, all processes share it, and after sign-out a copied cookie is worthless.
 */
export function sessions({ issuer, sessionSecrets, store }: Sessions): RequestHandler[] {
  const overHttps = issuer.startsWith('https:')
  const cookie = cookieSession({
    // With this prefix, no other host can set the cookie.
    name: overHttps ? '__Host-session' : 'session',
    keys: sessionSecrets,
    maxAge: lifetimeMs,
    httpOnly: true,
    sameSite: 'lax',
    secure: overHttps,
  })
  return [cookie, loadUser(store)]
}

/** Returns the user who is signed in, or `undefined`. */
export function signedIn({ res }: Request): SignedIn | undefined {
  return res?.locals['signedIn'] as SignedIn | undefined
}

/** Returns the id of the session, or `undefined` if no user is signed in. */
export function sessionId(req: Request): string | undefined {
  const id: unknown = req.session?.id
  return typeof id === 'string' ? id : undefined
}

/**
 * Signs the user in with a new session, whose id is unknown to anyone else, and invalidates forms
 * from before. `signedInFor` is the request that this sign-in is for.
 */
export async function signIn(
  store: UserStore,
  req: Request,
  { id, username, version }: User,
  signedInFor: string,
): Promise<void> {
  const before = sessionId(req)
  const session = randomBytes(32).toString('base64url')
  const at = Date.now()
  const data = JSON.stringify({ id, username, at, version } satisfies Session)
  await store.addRecord({ key: sessionKey(session), data, expiresAt: at + lifetimeMs })
  const key = signInKey(session, signedInFor)
  await store.addRecord({ key, data: '{}', expiresAt: at + answerMs })
  // A copy of the previous cookie becomes worthless, too.
  if (before !== undefined) await store.takeRecord(sessionKey(before))
  setSession(req, { id: session })
}

/** Resolves with whether the user signed in for that request and has not answered it yet. */
export async function isSignedInFor(
  store: UserStore,
  req: Request,
  wanted: string,
): Promise<boolean> {
  const id = sessionId(req)
  const record = id === undefined ? null : await store.getRecord(signInKey(id, wanted))
  return record !== null && record.expiresAt > Date.now()
}

/** Notes that the user has chosen this account for a request. */
export async function accountChosen(
  store: UserStore,
  req: Request,
  chosenFor: string,
): Promise<void> {
  const id = sessionId(req)
  if (id === undefined) return
  const key = choiceKey(id, chosenFor)
  // A choice that is too old may still be there.
  await store.takeRecord(key)
  await store.addRecord({ key, data: '{}', expiresAt: Date.now() + answerMs })
}

/**
 * Resolves with whether the user has chosen this account for that request, or signed in for it, and
 * has not answered it yet.
 */
export async function isChosenFor(
  store: UserStore,
  req: Request,
  wanted: string,
): Promise<boolean> {
  const id = sessionId(req)
  const record = id === undefined ? null : await store.getRecord(choiceKey(id, wanted))
  if (record !== null && record.expiresAt > Date.now()) return true
  return isSignedInFor(store, req, wanted)
}

/** Marks the request as answered: to repeat it, the user must sign in or choose again. */
export async function requestAnswered(
  store: UserStore,
  req: Request,
  answered: string,
): Promise<void> {
  const id = sessionId(req)
  if (id === undefined) return
  await store.takeRecord(signInKey(id, answered))
  await store.takeRecord(choiceKey(id, answered))
}

/**
 * Returns whether a user has signed in here at that time or later (milliseconds since the epoch).
 */
export function isSignedInSince(req: Request, since: number): boolean {
  const user = signedIn(req)
  return user !== undefined && user.at >= since
}

/** Signs the user out, and ends the session for copies of the cookie too. */
export async function signOut(store: UserStore, req: Request): Promise<void> {
  const id = sessionId(req)
  if (id !== undefined) await store.takeRecord(sessionKey(id))
  setSession(req, null)
}

/** Replaces all that the cookie contains. */
function setSession(req: { session?: object | null }, session: { id: string } | null): void {
  req.session = session
}

function loadUser(store: UserStore): RequestHandler {
  return async (req, res, next) => {
    const id = sessionId(req)
    if (id !== undefined) res.locals['signedIn'] = await userOf(store, id)
    next()
  }
}

async function userOf(store: UserStore, session: string): Promise<SignedIn | undefined> {
  const record = await store.getRecord(sessionKey(session))
  if (!record || record.expiresAt <= Date.now()) return undefined
  const { version, ...user } = JSON.parse(record.data) as Session
  // The user may have been deleted or changed since.
  return (await store.getUser(user.id))?.version === version ? user : undefined
}

// Keys are hashes, so that read access to the database doesn't reveal sessions.
function sessionKey(id: string): string {
  return `session:${hash(id)}`
}

function signInKey(id: string, url: string): string {
  return `sign-in:${hash(`${id} ${url}`)}`
}

function choiceKey(id: string, url: string): string {
  return `choice:${hash(`${id} ${url}`)}`
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
