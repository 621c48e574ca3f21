import { type Grant, type OAuth2Server, type Selector, revokeGrants } from '@oauth2-kit/core'
import { Router } from 'express'
import { checkCsrf, csrfToken, field, readForm } from '../security/forms.js'
import { signedIn } from '../security/session.js'
import { needsUser } from '../security/who.js'
import type { Setting, UserStore } from '../setting.js'

const grantsOnPage = 100
// For a user with more grants than this, the page shows only the applications of the first ones.
const mostPages = 10

/**
 * Returns the page where users see which applications may use their account, and revoke their
 * access.
 */
export function appsPages({ events }: OAuth2Server, { store }: Setting): Router {
  const router = Router()
  router.use('/apps', needsUser('/apps'))

  router.get('/apps', async (req, res) => {
    const user = signedIn(req)
    const selector = { userId: user?.id ?? '' }
    const apps = await appsOf(store, await grantsOf(store, selector))
    res.render('apps', { user, csrf: csrfToken(req), apps })
  })

  router.post('/apps', readForm, checkCsrf, async (req, res) => {
    const userId = signedIn(req)?.id ?? ''
    const clientId = field(req, 'client_id')
    await revokeGrants(store, clientId ? { userId, clientId } : { userId }, { events })
    res.redirect(303, '/apps')
  })
  return router
}

/** Resolves with the user's grants, up to a maximum that limits the time this takes. */
async function grantsOf(store: UserStore, selector: Selector): Promise<Grant[]> {
  const grants: Grant[] = []
  let after: string | null | undefined
  for (let page = 0; page < mostPages && after !== null; page++) {
    const wanted = { limit: grantsOnPage, ...(after !== undefined && { after }) }
    const found = await store.listGrants(selector, wanted)
    grants.push(...found.grants)
    after = found.next
  }
  return grants
}

/** Resolves with the applications of these grants, each with the time of its latest grant. */
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
