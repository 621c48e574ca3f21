import path from 'node:path'
import { TemporarilyUnavailableError } from '@oauth2-kit/core'
import cors from 'cors'
import { type Application, type ErrorRequestHandler, static as files } from 'express'
import { oauthServer } from './oauth'
import { adminPages } from './pages/admin'
import { appsPages } from './pages/apps'
import { authorizePages } from './pages/consent'
import { showMessage } from './pages/message'
import { signInPages } from './pages/sign-in'
import { startPage } from './pages/start'
import { answerOnce } from './security/answer-once'
import { setOverHttps } from './security/cookies'
import { checkCsrf, readForm } from './security/forms'
import { noStore, securityHeaders } from './security/headers'
import { sessions } from './security/session'
import { showWho } from './security/who'
import type { Setting } from './setting'
import { StoreAwayError, orAway } from './stores/or-away'

const root = path.join(__dirname, '..')

/** Turns the app into an OAuth 2 provider: endpoints, a protected resource, and pages. */
export function provide(app: Application, setting: Setting): void {
  const { config, issuer } = setting
  const oauth = oauthServer(setting)
  app.set('view engine', 'ejs')
  app.set('views', path.join(root, 'views'))
  const overHttps = issuer.startsWith('https:')
  // This process serves plain HTTP. An https issuer means that one proxy terminates TLS in front of
  // it.
  if (overHttps) app.set('trust proxy', 1)
  setOverHttps(app, overHttps)
  app.use(securityHeaders(overHttps))
  app.use(files(path.join(root, 'public'), { index: false }))

  // For programs: no session and no form. Scripts on the demo clients' own pages may call it too.
  const origins = originsOf(config.demo.redirectUris)
  app.use('/api', cors({ origin: origins }))
  app.get('/api/me', oauth.authorise({ scope: 'profile', resource: issuer }), (req, res) => {
    const { grant, scope } = req.oauth ?? {}
    const { id = null, username = null } = req.user ?? {}
    // A client's own token acts for no user.
    res.json({ id, username, client_id: grant?.clientId, scope })
  })

  // The middlewares for the pages of the authorization endpoint, and then all endpoints.
  const session = [noStore, sessions(setting)]
  app.use('/oauth/authorize', session, readForm, checkCsrf, answerOnce())
  app.use(oauth.router({ ...authorizePages(config), scopes: config.demo.scopes, cors: origins }))

  // The pages for people.
  const pages = { ...setting, store: orAway(setting.store, setting.config.storeTimeout) }
  app.use(session, showWho(config))
  app.use(startPage(pages))
  app.use(signInPages(pages))
  app.use(appsPages(oauth, pages))
  app.use(adminPages(oauth, pages))

  app.use((req, res) => {
    showMessage(res, 404, { title: 'Page not found', text: `There is nothing at ${req.path}.` })
  })
  app.use(errorPage)
}

/** Returns the origins of the applications that run in a browser. */
function originsOf(redirectUris: string[]): string[] {
  const origins = redirectUris.map((uri) => new URL(uri).origin)
  // The origin of a custom scheme is "null".
  return [...new Set(origins)].filter((origin) => origin !== 'null')
}

const errorPage: ErrorRequestHandler = (error: Error & { status?: unknown }, req, res, next) => {
  if (res.headersSent) {
    next(error)
    return
  }
  const status = typeof error.status === 'number' ? error.status : 500
  if (status === 403) {
    showMessage(res, 403, {
      title: 'This page has expired',
      text: 'It was open for too long, or you have signed in or out since.',
      link: { href: req.originalUrl, text: 'Start again' },
    })
  } else if (status < 500) {
    showMessage(res, status, {
      title: 'The request failed',
      text: 'The request could not be read.',
    })
  } else if (error instanceof StoreAwayError || error instanceof TemporarilyUnavailableError) {
    const { cause } = error
    if (cause !== undefined) console.error(cause instanceof Error ? cause.stack : cause)
    res.set('Retry-After', '5')
    showMessage(res, 503, {
      title: 'Not possible right now',
      text: 'Try again in a moment.',
      link: { href: req.originalUrl, text: 'Try again' },
    })
  } else {
    // Only the stack: other properties of the error may contain request data.
    console.error(error.stack)
    showMessage(res, 500, { title: 'Server error', text: 'Something went wrong. Try again later.' })
  }
}
