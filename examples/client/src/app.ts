// oxlint-disable oxc/no-async-endpoint-handlers -- Express 5 forwards a rejection
import { randomBytes } from 'node:crypto'
import path from 'node:path'
import {
  type Application,
  type CookieOptions,
  type ErrorRequestHandler,
  type Request,
  type RequestHandler,
  static as files,
} from 'express'
import session from 'express-session'
import type { Config } from './config'
import { UnexpectedAnswerError, problemOf } from './problem'
import { type Attempt, type Tokens, provider } from './provider'

declare module 'express-session' {
  interface SessionData {
    tokens: Tokens
    /** The `state` of the sign-in that started the session. */
    state: string
    notice: string
  }
}

const root = path.join(__dirname, '..')

const attemptName = 'client.attempt'
/** How long a sign-in at the provider may take, in milliseconds. */
const attemptMs = 600_000

/** Adds the sign-in at the provider and the pages to the app. `url` is the app's own URL. */
export function serve(app: Application, config: Config, url: string): void {
  const { begin, finish, refresh, me } = provider(config, `${url}/callback`)
  const cookie: CookieOptions = {
    httpOnly: true,
    // No other site can post to us with this cookie, which is our CSRF protection.
    sameSite: 'lax',
    secure: url.startsWith('https:'),
  }
  // A cookie binds the attempt to one browser, which may read it. Only a signed-in user has a
  // session, so starting a sign-in uses no memory here.
  const attemptCookie: CookieOptions = { ...cookie, path: '/callback', maxAge: attemptMs }
  app.disable('x-powered-by')
  app.set('view engine', 'ejs')
  app.set('views', path.join(root, 'views'))
  app.use(headers)
  app.use(files(path.join(root, 'public'), { index: false }))
  app.use(
    session({
      // Cookies ignore ports, and the provider may be on the same host.
      name: 'client.sid',
      secret: randomBytes(32).toString('hex'),
      resave: false,
      saveUninitialized: false,
      cookie,
    }),
  )

  app.get('/', async (req, res) => {
    const { tokens, notice } = req.session
    if (!tokens) {
      res.render('welcome', { issuer: config.issuer })
      return
    }
    delete req.session.notice
    const user = await me(tokens.accessToken)
    res.render('home', { user, tokens, notice })
  })

  app.get('/sign-in', async (_req, res) => {
    const { url: there, attempt } = await begin()
    res.cookie(attemptName, JSON.stringify(attempt), attemptCookie)
    res.redirect(303, there)
  })

  app.get('/callback', async (req, res) => {
    // A double click on the provider's page sends the browser here twice.
    if (req.session.state !== undefined && req.session.state === req.query['state']) {
      res.redirect(303, '/')
      return
    }
    const attempt = attemptOf(req)
    if (!attempt) throw new UnexpectedAnswerError()
    res.clearCookie(attemptName, attemptCookie)
    const tokens = await finish(new URL(req.originalUrl, url), attempt)
    await newSession(req)
    Object.assign(req.session, { tokens, state: attempt.state })
    res.redirect(303, '/')
  })

  app.post('/refresh', async (req, res) => {
    const { refreshToken } = req.session.tokens ?? {}
    if (refreshToken !== undefined) {
      req.session.tokens = await refresh(refreshToken)
      req.session.notice = 'You have new tokens.'
    }
    res.redirect(303, '/')
  })

  app.post('/sign-out', async (req, res) => {
    await newSession(req)
    res.redirect(303, '/')
  })

  app.use((_req, res) => {
    const text = 'There is nothing at this address.'
    res.status(404).render('problem', { title: 'Page not found', text, detail: undefined })
  })
  app.use(problemPage(config))
}

const headers: RequestHandler = (_req, res, next) => {
  res.set({
    'Cache-Control': 'no-store',
    'Content-Security-Policy':
      "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  })
  next()
}

function problemPage({ issuer }: Config): ErrorRequestHandler {
  return (error, req, res, next) => {
    if (res.headersSent) {
      next(error)
      return
    }
    const { status, title, text, detail } = problemOf(error, issuer)
    if (status === 500) console.error((error as Error).stack)
    // The provider no longer accepts these tokens.
    if (status === 401 || req.path === '/refresh') delete req.session.tokens
    res.status(status).render('problem', { title, text, detail })
  }
}

/** Returns the sign-in that this browser has started, or null. */
function attemptOf(req: Request): Attempt | null {
  const start = `${attemptName}=`
  const pairs = (req.headers.cookie ?? '').split(';').map((pair) => pair.trim())
  const value = pairs.find((pair) => pair.startsWith(start))?.slice(start.length)
  try {
    const { state, codeVerifier } = JSON.parse(decodeURIComponent(value ?? '')) as Partial<Attempt>
    const isWhole = typeof state === 'string' && typeof codeVerifier === 'string'
    return isWhole ? { state, codeVerifier } : null
  } catch {
    return null
  }
}

/**
 * Starts a new session: its id is unknown to anyone else, and nothing of the old session remains.
 */
function newSession(req: Request): Promise<void> {
  return new Promise((resolve, reject) => {
    req.session.regenerate((error) => (error ? reject(error) : resolve()))
  })
}
