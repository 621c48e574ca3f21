import path from 'node:path'
import { TemporarilyUnavailableError } from '@oauth2-kit/core'
import cors from 'cors'
import {
  type Application,
  type ErrorRequestHandler,
  type RequestHandler,
  type Router,
  static as files,
} from 'express'
import { healthChecks } from './health.js'
import { type Log, stackOf } from './log.js'
import { oauthServer } from './oauth.js'
import { adminPages } from './pages/admin.js'
import { appsPages } from './pages/apps.js'
import { chooseAccountPage } from './pages/choose-account.js'
import { authorizePages } from './pages/consent.js'
import { deviceHooks, devicePath, deviceResultPages } from './pages/device.js'
import { showMessage } from './pages/message.js'
import { signInPages } from './pages/sign-in.js'
import { answerOnce } from './security/answer-once.js'
import { checkCsrf, readForm } from './security/forms.js'
import { noStore, securityHeaders } from './security/headers.js'
import { sessions, signedIn } from './security/session.js'
import { showWho } from './security/who.js'
import type { Setting, UserStore } from './setting.js'
import { withDeadline } from './store-deadline.js'

/**
 * Turns the app into an OAuth 2 provider: endpoints, a protected resource, and pages. `home` has the
 * start page.
 */
export function provide(app: Application, setting: Setting, home: Router): void {
  const { name, issuer, origins, root, log, signInHint } = setting
  const oauth = oauthServer(setting)
  app.set('view engine', 'ejs')
  app.set('views', path.join(root, 'views'))
  Object.assign(app.locals, { provider: name, signInHint })
  const overHttps = issuer.startsWith('https:')
  // This process serves plain HTTP. An https issuer means that one proxy terminates TLS in front of
  // it.
  if (overHttps) app.set('trust proxy', 1)
  const pages = { ...setting, store: withDeadline(setting.store, setting.storeTimeout) }
  app.use(healthChecks(pages.store))
  app.use(securityHeaders(overHttps))
  app.use(files(path.join(root, 'public'), { index: false }))

  // For programs: no session and no form. Scripts of browser applications may call it too.
  app.use('/api', cors({ origin: origins }))
  app.get('/api/me', oauth.authorise({ scope: 'profile', resource: issuer }), (req, res) => {
    const { grant, scope } = req.oauth ?? {}
    const { id = null, username = null } = req.user ?? {}
    // A client's own token acts for no user.
    res.json({ id, username, client_id: grant?.clientId, scope })
  })
  if (setting.api) app.use(setting.api(oauth, setting))

  // The middlewares for the pages of the authorization endpoint and of devices, and then all endpoints.
  const session = [noStore, ...(overHttps ? [needsHttps(log)] : []), ...sessions(pages)]
  const forms = [storeAnswers(pages.store), readForm, checkCsrf, answerOnce()]
  app.use(['/oauth/authorize', devicePath], session, forms)
  const scopes = Object.keys(setting.scopes)
  app.use(oauth.router({ ...authorizePages(pages), ...deviceHooks(), scopes, cors: origins }))

  // The pages for people.
  app.use(session, showWho(pages))
  app.use(home)
  app.use(signInPages(pages))
  app.use(chooseAccountPage(pages))
  app.use(deviceResultPages())
  app.use(appsPages(oauth, pages))
  app.use(adminPages(oauth, pages))

  app.use((req, res) => {
    showMessage(res, 404, { title: 'Page not found', text: `There is nothing at ${req.path}.` })
  })
  app.use(errorPage(log))
}

/**
 * Passes on only while the store answers. Otherwise visitors without a session would get the plain
 * page of the endpoint.
 */
function storeAnswers(store: UserStore): RequestHandler {
  return async (req, _res, next) => {
    if (!signedIn(req)) await store.getRecord('answers')
    next()
  }
}

/** Warns, once, that the proxy does not say that browsers use https: no cookie can be set. */
function needsHttps(log: Log): RequestHandler {
  let isWarned = false
  return (req, _res, next) => {
    if (!req.secure && !isWarned) {
      isWarned = true
      log.warn(
        {},
        'A page was requested over http, but ISSUER is https, so nobody can sign in: let the proxy set X-Forwarded-Proto',
      )
    }
    next()
  }
}

const failures: Readonly<Record<number, { title: string; text: string }>> = {
  403: {
    title: 'This page has expired',
    text: 'It was open for too long, or you have signed in or out since.',
  },
  413: { title: 'The form is too large', text: 'Enter less text, then send it again.' },
}
const unreadable = { title: 'The request failed', text: 'The request could not be read.' }

function errorPage(log: Log): ErrorRequestHandler {
  return (error: Error & { status?: unknown }, req, res, next) => {
    const again = { href: req.originalUrl, text: 'Start again' }
    const status = typeof error.status === 'number' ? error.status : 500
    if (res.headersSent) {
      next(error)
    } else if (status < 500) {
      showMessage(res, status, {
        ...(failures[status] ?? unreadable),
        ...(status === 403 && { link: again }),
      })
    } else if (error instanceof TemporarilyUnavailableError) {
      // Without a cause, the process itself is too busy, and nothing has failed.
      if (error.cause !== undefined) log.error({ stack: stackOf(error) }, 'A page failed')
      res.set('Retry-After', '5')
      showMessage(res, 503, {
        title: 'Not possible right now',
        text: 'Try again in a moment.',
        link: { ...again, text: 'Try again' },
      })
    } else {
      log.error({ stack: stackOf(error) }, 'A page failed')
      showMessage(res, 500, {
        title: 'Server error',
        text: 'Something went wrong. Try again later.',
      })
    }
  }
}
