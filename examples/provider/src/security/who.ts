import type { RequestHandler } from 'express'
import type { Config } from '../config'
import { showMessage } from '../pages/message'
import type { SessionUser } from './session'
import { csrfToken } from './forms'
import { returningTo } from './return-path'

/** Requires a signed-in user. Other visitors are sent to sign in, and then back to the page. */
export function needsUser(page: '/apps' | '/admin'): RequestHandler {
  return (req, res, next) => {
    if (req.session.user) next()
    else res.redirect(303, returningTo('/sign-in', page))
  }
}

/** Requires that the signed-in user is the administrator. */
export function needsAdmin(config: Config): RequestHandler {
  return (req, res, next) => {
    if (isAdmin(config, req.session.user)) {
      next()
      return
    }
    showMessage(res, 403, {
      title: 'This page is for the administrator',
      text: 'You are signed in as another user.',
      link: { href: returningTo('/sign-out', '/admin'), text: 'Use another account' },
    })
  }
}

/** Sets who is signed in, for the header of every page. */
export function showWho(config: Config): RequestHandler {
  return (req, res, next) => {
    const { user } = req.session
    if (user) {
      const [here, csrf] = [req.path, csrfToken(req)]
      res.locals.who = { ...user, isAdmin: isAdmin(config, user), here, csrf }
    }
    next()
  }
}

function isAdmin({ admin }: Config, user: SessionUser | undefined): boolean {
  return user !== undefined && user.username === admin?.username
}
