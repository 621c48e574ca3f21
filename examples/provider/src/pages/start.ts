import { Router } from 'express'
import type { Setting } from '../setting'
import { curlExamples } from '../curl'

/** Returns the start page: the demo accounts, the endpoints and commands to try. */
export function startPage({ config: { demo, admin }, issuer }: Setting): Router {
  const examples = curlExamples(issuer, demo)
  const router = Router()
  router.get('/', (_req, res) => {
    res.render('start', { issuer, demo, admin: admin?.username, examples })
  })
  return router
}
