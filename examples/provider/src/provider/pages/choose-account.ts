import { type RequestHandler, Router } from 'express'
import { checkCsrf, csrfToken, readForm } from '../security/forms.js'
import { allowFormsAnywhere } from '../security/headers.js'
import { returnPath, returningTo } from '../security/return-path.js'
import { accountChosen, signedIn } from '../security/session.js'
import type { Setting } from '../setting.js'

/**
 * Returns the page on which a signed-in user continues with this account or uses another one, for
 * requests with `prompt=select_account`. It returns to `?return=`.
 */
export function chooseAccountPage({ store }: Setting): Router {
  const router = Router()
  router.get('/choose-account', needsUser, (req, res) => {
    // With remembered consent, the choice redirects straight to the client.
    allowFormsAnywhere(res)
    const back = returnPath(req.query.return)
    res.render('choose-account', {
      csrf: csrfToken(req),
      user: signedIn(req),
      signOut: returningTo('/sign-out', back),
    })
  })
  // needsUser before checkCsrf: the user may have signed out in another tab.
  router.post('/choose-account', needsUser, readForm, checkCsrf, async (req, res) => {
    const back = returnPath(req.query.return)
    await accountChosen(store, req, back)
    res.redirect(303, back)
  })
  return router
}

/** Sends a visitor who is not signed in back to the request, which leads to the sign-in page. */
const needsUser: RequestHandler = (req, res, next) => {
  if (signedIn(req)) next()
  else res.redirect(303, returnPath(req.query.return))
}
