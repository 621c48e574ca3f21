import { randomUUID } from 'node:crypto'
import type { AuthorizationRequest, Consent, OAuth2Server } from '@oauth2-kit/core'
import { type Request, type Response, Router } from 'express'
import { answerOnce } from '../security/answer-once'
import { checkCsrf, csrfToken, field, fields, readForm } from '../security/forms'
import { allowFormsTo } from '../security/headers'
import { returningTo } from '../security/return-path'
import type { SessionUser } from '../security/session'
import { describeScope } from './scopes'

type Asked = AuthorizationRequest & { user: SessionUser }

/** The authorization endpoint, with the page where the user decides. */
export function authorizePages(oauth: OAuth2Server): Router {
  const router = Router()
  router.all(
    '/oauth/authorize',
    readForm,
    checkCsrf,
    answerOnce(),
    oauth.authCodeGrant<SessionUser>({ authenticate, consent }),
  )
  return router
}

function authenticate(req: Request, res: Response): SessionUser | null {
  const { user } = req.session
  if (user) return user
  res.redirect(303, returningTo('/sign-in', req.originalUrl))
  return null
}

function consent(req: Request, res: Response, asked: Asked): Consent {
  // The names of the fields are none of an authorization request's parameters.
  const decision = req.method === 'POST' ? field(req, 'decision') : undefined
  if (decision === 'deny') return false
  if (decision !== 'allow') return showConsent(req, res, asked)
  const granted = asked.scopes.filter((scope) => fields(req, 'granted').includes(scope))
  if (granted.length > 0 || asked.scopes.length === 0) return { scope: granted.join(' ') }
  return showConsent(req, res.status(422), asked, 'Choose at least one, or deny.')
}

function showConsent(req: Request, res: Response, asked: Asked, error?: string): null {
  const { client, scopes, redirectUri, user } = asked
  allowFormsTo(res, redirectUri)
  res.render('consent', {
    csrf: csrfToken(req),
    formId: randomUUID(),
    client: client.name ?? client.id,
    scopes: scopes.map(describeScope),
    redirectUri,
    user,
    signOut: returningTo('/sign-out', req.originalUrl),
    error,
  })
  return null
}
