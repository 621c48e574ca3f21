import type { Store } from '@oauth2-kit/core'
import { type Response, Router } from 'express'

/**
 * Returns the health checks. `/healthz` says that the process runs: restart it if this fails.
 * `/readyz` says that its store answers: send no requests to the process while this fails.
 */
export function healthChecks(store: Store): Router {
  const router = Router()
  let pending: Promise<boolean> | undefined

  router.get('/healthz', (_req, res) => send(res, true))
  router.get('/readyz', async (_req, res) => {
    // One query at a time, however many ask.
    pending ??= answers(store).finally(() => (pending = undefined))
    send(res, await pending)
  })
  return router
}

async function answers(store: Store): Promise<boolean> {
  try {
    await store.getRecord('readyz')
    return true
  } catch {
    return false
  }
}

function send(res: Response, isHealthy: boolean): void {
  res
    .status(isHealthy ? 200 : 503)
    .set('Cache-Control', 'no-store')
    .json({ status: isHealthy ? 'ok' : 'unavailable' })
}
