// oxlint-disable oxc/no-async-endpoint-handlers -- Express 5 passes a rejection on
import { type Grant, type OAuth2Server, revokeGrants } from '@oauth2-kit/core'
import { Router } from 'express'
import type { Setting } from '../setting'
import { checkCsrf, csrfToken, field, readForm } from '../security/forms'
import { needsUser } from '../security/who'
import type { UserStore } from '../stores'

const mostGrants = 100

/** The page where users see which applications may use their account, and take that back. */
export function appsPages({ events }: OAuth2Server, { store }: Setting): Router {
  const router = Router()
  router.use('/apps', needsUser('/apps'))

  router.get('/apps', async (req, res) => {
    const { user } = req.session
    const selector = { userId: user?.id ?? '' }
    const grants = await store.listGrants(selector, { limit: mostGrants })
    const apps = await appsOf(store, grants)
    res.render('apps', { user, csrf: csrfToken(req), apps })
  })

  router.post('/apps', readForm, checkCsrf, async (req, res) => {
    const userId = req.session.user?.id ?? ''
    const clientId = field(req, 'client_id')
    await revokeGrants(store, clientId ? { userId, clientId } : { userId }, { events })
    res.redirect(303, '/apps')
  })
  return router
}

/** The applications that these grants are for, with the time of the latest one. */
async function appsOf(store: UserStore, grants: Grant[]) {
  const latest = new Map<string, number>()
  for (const { clientId, createdAt } of grants) {
    latest.set(clientId, Math.max(latest.get(clientId) ?? 0, createdAt))
  }
  return Promise.all(
    Array.from(latest, async ([id, at]) => {
      const client = await store.getClient(id)
      return { id, name: client?.name ?? id, since: new Date(at).toISOString() }
    }),
  )
}
