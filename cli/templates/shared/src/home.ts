import { Router } from 'express'

/** Returns the start page. */
export function home(issuer: string): Router {
  const router = Router()
  router.get('/', (_req, res) => res.render('home', { issuer }))
  return router
}
