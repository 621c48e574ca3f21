import { type Store, type User, authenticateUser } from '@oauth2-kit/core'
import { type Request, type Response, Router } from 'express'
import { limiter } from './oauth.js'
import { csrfToken, signIn, signOut, signedIn } from './session.js'

/** Returns the start page and the pages for signing in and out. */
export function pages(store: Store): Router {
  const router = Router()

  router.get('/', async (req, res) => {
    const user = await signedIn(store, req)
    res.render('home', { user, csrf: user && csrfToken(req) })
  })

  router.get('/sign-in', (req, res) => showSignIn(req, res))

  router.post('/sign-in', async (req, res) => {
    const name = field(req, 'username')
    const attempt = await limiter.take({ clientId: 'sign-in', username: name, address: req.ip })
    if (!attempt.allowed) {
      res.status(429).set('Retry-After', String(Math.ceil(attempt.retryAfterSeconds)))
      showSignIn(req, res, { name, error: 'Too many attempts. Wait a minute, then try again.' })
      return
    }
    let isWrong = false
    try {
      const user = await userOf(store, name, field(req, 'password'))
      isWrong = user === null
      if (user) {
        const back = returnPath(req.query.return)
        await signIn(store, req, user, back)
        res.redirect(303, back)
        return
      }
    } finally {
      // Only a wrong password counts: not a correct one, and not one that could not be checked.
      if (!isWrong) await attempt.giveBack()
    }
    showSignIn(req, res.status(422), { name, error: 'The username or the password is wrong.' })
  })

  router.post('/sign-out', async (req, res) => {
    await signOut(store, req)
    res.redirect(303, returnPath(req.query.return))
  })
  return router
}

function showSignIn(
  req: Request,
  res: Response,
  shown: { name?: string; error?: string } = {},
): void {
  res.render('sign-in', { name: '', error: '', ...shown, csrf: csrfToken(req) })
}

/** Returns a field of the posted form, or an empty string. */
function field(req: Request, name: string): string {
  const value = (req.body as Record<string, unknown>)[name]
  return typeof value === 'string' ? value : ''
}

/** Replace this, and `authenticate` in oauth.ts, to use your own users instead of the store's. */
async function userOf(store: Store, username: string, password: string): Promise<User | null> {
  // No user can have such a name, so the store is not queried.
  if (username === '' || username.length > 255 || username.includes('\0')) return null
  return authenticateUser(store, username, password)
}

/** Returns only the path of an authorization request, so that the redirect can't lead elsewhere. */
function returnPath(given: unknown): string {
  return typeof given === 'string' && given.startsWith('/oauth/authorize?') ? given : '/'
}
