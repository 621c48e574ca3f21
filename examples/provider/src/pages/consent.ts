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

/** The pages of the authorization endpoint: who is signed in, and what that user allows. */
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

/** `null` = not yet, a page was shown. */
async function consentOf(
  req: Request,
  res: Response,
  asked: Asked,
  rememberConsent: boolean,
): Promise<Consent> {
  // The names of the fields are none of an authorization request's parameters.
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
  // Only the sign-in itself says that it was done anew: the way back to here is open to everybody.
  const isAnew = isSignedInFor(req, returnPath(req.originalUrl))
  if (user && (isAnew || (!prompt.includes('login') && isSignedInSince(req, since)))) return user
  // The client wants nobody to be shown anything: the core tells it that nobody is signed in.
  if (prompt.includes('none')) return null
  res.redirect(303, returningTo('/sign-in', req.originalUrl, user && since))
  return null
}

function allowed(req: Request, res: Response, asked: Asked): Consent {
  const granted = asked.scopes.filter((scope) => fields(req, 'granted').includes(scope))
  if (granted.length > 0 || asked.scopes.length === 0) return { scope: granted.join(' ') }
  return showConsent(req, res.status(422), asked, 'Choose at least one, or deny.')
}

/** Whether the user has allowed all of it before, and has not taken it back. */
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
