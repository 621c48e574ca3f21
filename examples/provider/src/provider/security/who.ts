import type { RequestHandler } from 'express'
import { showMessage } from '../pages/message.js'
import type { Setting } from '../setting.js'
import { csrfToken } from './forms.js'
import { returningTo } from './return-path.js'
import { type SignedIn, signedIn } from './session.js'

type WithAdmin = Pick<Setting, 'admin'>

/** Requires a signed-in user. Other visitors are sent to sign in, and then back to the page. */
export function needsUser(page: '/apps' | '/admin'): RequestHandler {
  return (req, res, next) => {
    if (signedIn(req)) next()
    else res.redirect(303, returningTo('/sign-in', page))
  }
}

/** Requires that the signed-in user is the administrator. */
export function needsAdmin(setting: WithAdmin): RequestHandler {
  return (req, res, next) => {
    if (isAdmin(setting, signedIn(req))) {
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
export function showWho(setting: WithAdmin): RequestHandler {
  return (req, res, next) => {
    const user = signedIn(req)
    if (user) {
      const [here, csrf] = [req.path, csrfToken(req)]
      res.locals.who = { ...user, isAdmin: isAdmin(setting, user), here, csrf }
    }
    next()
  }
}

function isAdmin({ admin }: WithAdmin, user: SignedIn | undefined): boolean {
  return user !== undefined && user.username === admin
}
