import { randomUUID } from 'node:crypto'
import oauthserver, { type Store } from '@oauth2-kit/core'
import express from 'express'
import type { Differences, PromiseApp } from '../../../test/support/promise/app'
import { callsOf, grantTypes, register } from '../../../test/support/promise/calls'
import { passwords } from '../support/quick-passwords'

/** Our own server on a store, with the same interface as `promiseApp`. */
export async function ownApp(
  store: Store,
  { options, client: details }: Differences = {},
): Promise<Omit<PromiseApp, 'model'>> {
  const client = await register(store, details)
  const user = { id: randomUUID() }
  const oauth = oauthserver({
    store,
    grants: grantTypes,
    issuer: 'https://as.example',
    passwords,
    debug: false,
    ...options,
  })
  const app = express()
  app.post('/token', oauth.grant())
  app.get('/authorize', oauth.authCodeGrant({ authenticate: () => user, consent: () => true }))
  app.get(
    '/',
    (req, res, next) => {
      const { scope } = req.query as { scope?: string }
      oauth.authorise(scope === undefined ? {} : { scope })(req, res, next)
    },
    (req, res) => {
      res.json({ user: req.user })
    },
  )
  app.use(oauth.errorHandler())
  return { store, user, ...callsOf(app, { store, client, hasPkce: true }) }
}
