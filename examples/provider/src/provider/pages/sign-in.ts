import { type User, authenticateUser } from '@oauth2-kit/core'
import { type Request, type RequestHandler, type Response, Router } from 'express'
import { checkCsrf, csrfToken, field, readForm } from '../security/forms.js'
import { allowFormsAnywhere } from '../security/headers.js'
import { withinLimit } from '../security/rate-limit.js'
import { returnPath } from '../security/return-path.js'
import { isSignedInSince, signIn, signOut, signedIn } from '../security/session.js'
import type { Setting, UserStore } from '../setting.js'
import { showMessage } from './message.js'

/**
 * Returns the pages for signing in and out. Both return to `?return=`. A user who signed in before
 * `?since=` must sign in again.
 */
export function signInPages({ store, limiter, log }: Setting): Router {
  const router = Router()

  router.get('/sign-in', passIf(isSignedIn), (req, res) => {
    showSignIn(req, res)
  })
  // passIf() before checkCsrf: on a double click, the second request has the token of the previous
  // session.
  router.post('/sign-in', passIf(isSignedIn), readForm, checkCsrf, signInHere)

  router.get('/sign-out', passIf(isSignedOut), (req, res) => {
    res.render('sign-out', { csrf: csrfToken(req), user: signedIn(req) })
  })
  router.post('/sign-out', passIf(isSignedOut), readForm, checkCsrf, async (req, res) => {
    await signOut(store, req)
    goBack(req, res)
  })
  return router

  async function signInHere(req: Request, res: Response): Promise<void> {
    const username = field(req, 'username') ?? ''
    const attempt = { clientId: '', username, address: req.ip }
    const outcome = await withinLimit(limiter, log, attempt, () =>
      authenticated(store, username, field(req, 'password') ?? ''),
    )
    if ('retryAfterSeconds' in outcome) {
      showTooMany(req, res, outcome.retryAfterSeconds)
      return
    }
    const user = outcome.found
    if (!user) {
      showSignIn(req, res.status(422), {
        username,
        error: 'The username or the password is wrong.',
      })
      return
    }
    const back = returnPath(req.query.return)
    await signIn(store, req, user, back)
    res.redirect(303, back)
  }
}

/** Resolves with the user who has that name and password, or with `null`. */
async function authenticated(
  store: UserStore,
  username: string,
  password: string,
): Promise<User | null> {
  // No user can have such a name, so the store is not queried.
  if (username === '' || username.length > 255 || username.includes('\0')) return null
  return authenticateUser(store, username, password)
}

function showSignIn(
  req: Request,
  res: Response,
  shown: { username?: string; error?: string } = {},
) {
  // With remembered consent, the sign-in redirects straight to the client.
  allowFormsAnywhere(res)
  res.render('sign-in', { username: '', error: undefined, ...shown, csrf: csrfToken(req) })
}

function showTooMany(req: Request, res: Response, retryAfterSeconds: number) {
  showMessage(res.set('Retry-After', String(retryAfterSeconds)), 429, {
    title: 'Too many attempts',
    text: 'Wait a minute, then try again.',
    link: { href: req.originalUrl, text: 'Back to the sign-in page' },
  })
}

function passIf(there: (req: Request) => boolean): RequestHandler {
  return (req, res, next) => {
    if (there(req)) goBack(req, res)
    else next()
  }
}

function isSignedIn(req: Request): boolean {
  const since = Number(req.query.since ?? 0)
  return isSignedInSince(req, Number.isNaN(since) ? 0 : since)
}

function isSignedOut(req: Request): boolean {
  return signedIn(req) === undefined
}

function goBack(req: Request, res: Response): void {
  res.redirect(303, returnPath(req.query.return))
}
