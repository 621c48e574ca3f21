import { Router } from 'express'
import type { Config } from '../config.js'
import { devicePath } from '../provider/pages/device.js'
import { curlExamples } from './curl.js'

/** Returns the start page: the demo accounts, the endpoints and commands to try. */
export function startPage({ demo, admin }: Config, issuer: string): Router {
  const examples = curlExamples(issuer, demo)
  const router = Router()
  router.get('/', (_req, res) => {
    res.render('demo/start', { issuer, demo, admin: admin?.username, examples, devicePath })
  })
  return router
}
