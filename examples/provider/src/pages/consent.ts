import { randomUUID } from 'node:crypto'
import type { AuthorizationRequest, Consent, ConsentRequest, Hooks } from '@oauth2-kit/core'
import type { Request, Response } from 'express'
import type { Config } from '../config'
import { csrfToken, field, fields } from '../security/forms'
import { allowFormsTo } from '../security/headers'
import { returnPath, returningTo } from '../security/return-path'
import {
  type SessionUser,
  isSignedInFor,
  isSignedInSince,
  requestAnswered,
} from '../security/session'
import { describeScope } from './scopes'

type Asked = ConsentRequest<SessionUser>

/** Returns the hooks of the authorization endpoint: who is signed in, and what that user allows. */
export function authorizePages({ rememberConsent }: Config): Hooks<SessionUser> {
  return {
    authenticate,
    async consent(req: Request, res: Response, asked: Asked): Promise<Consent> {
      const consent = await consentOf(req, res, asked, rememberConsent)
      if (consent !== null) requestAnswered(req)
      return consent
    },
  }
}

/** Resolves with the user's consent, or with `null` if a page was shown. */
async function consentOf(
  req: Request,
  res: Response,
  asked: Asked,
  rememberConsent: boolean,
): Promise<Consent> {
  // The field names differ from all parameters of an authorization request.
  const decision = req.method === 'POST' ? field(req, 'decision') : undefined
  if (decision === 'deny') return false
  if (decision === 'allow') return allowed(req, res, asked)
  if (rememberConsent && (await wasAllowed(asked))) return true
  return showConsent(req, res, asked)
}

function authenticate(req: Request, res: Response, asked: AuthorizationRequest) {
  const { prompt, maxAge = Infinity } = asked
  const { user } = req.session
  const now = Date.now()
  const since = prompt.includes('login') ? now : now - maxAge * 1000
  // Only a real sign-in proves that it is new, because anyone can open the URL that returns here.
  const isNewSignIn = isSignedInFor(req, returnPath(req.originalUrl))
  if (user && (isNewSignIn || (!prompt.includes('login') && isSignedInSince(req, since))))
    return user
  // prompt=none allows no page: the core returns an error to the client.
  if (prompt.includes('none')) return null
  res.redirect(303, returningTo('/sign-in', req.originalUrl, user && since))
  return null
}

function allowed(req: Request, res: Response, asked: Asked): Consent {
  const granted = asked.scopes.filter((scope) => fields(req, 'granted').includes(scope))
  if (granted.length > 0 || asked.scopes.length === 0) return { scope: granted.join(' ') }
  return showConsent(req, res.status(422), asked, 'Choose at least one, or deny.')
}

/** Resolves with whether the user has allowed all scopes before and has not revoked them. */
async function wasAllowed({ scopes, granted }: Asked): Promise<boolean> {
  if (scopes.length === 0) return false
  const before = await granted()
  return scopes.every((scope) => before.includes(scope))
}

function showConsent(req: Request, res: Response, asked: Asked, error?: string): null {
  const { client, scopes, redirectUri, user, prompt } = asked
  if (prompt.includes('none')) return null
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
