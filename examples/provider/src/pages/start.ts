import { Router } from 'express'
import type { Setting } from '../setting'
import { curlExamples } from '../curl'
import { csrfToken } from '../security/forms'

/** The start page: what there is, and how to try it. */
export function startPage({ config: { demo }, issuer }: Setting): Router {
  const examples = curlExamples(issuer, demo)
  const router = Router()
  router.get('/', (req, res) => {
    const { user } = req.session
    res.render('start', {
      issuer,
      demo,
      examples,
      user,
      // Only who is signed in has a form here: nobody else needs a session for this page.
      csrf: user && csrfToken(req),
    })
  })
  return router
}
