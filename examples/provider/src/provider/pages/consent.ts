import { randomUUID } from 'node:crypto'
import type { AuthorizationRequest, Consent, ConsentRequest, Hooks } from '@oauth2-kit/core'
import type { Request, Response } from 'express'
import { csrfToken, field, fields } from '../security/forms.js'
import { allowFormsTo } from '../security/headers.js'
import { returnPath, returningTo } from '../security/return-path.js'
import {
  type SignedIn,
  isChosenFor,
  isSignedInFor,
  isSignedInSince,
  requestAnswered,
  signedIn,
} from '../security/session.js'
import type { Setting } from '../setting.js'
import { deviceText } from './device-text.js'
import { titleOf, unverifiedClient } from './unverified-client.js'

type Asked = ConsentRequest<SignedIn>

/** What is wrong with the posted form. */
interface Errors {
  scopeError?: string
  codeError?: string
}

/**
 * Returns the hooks of the authorization endpoint and of the page for devices: who is signed in, and
 * what that user allows.
 */
export function authorizePages({ store, scopes, rememberConsent }: Setting): Hooks<SignedIn> {
  return {
    async authenticate(req: Request, res: Response, asked: AuthorizationRequest) {
      const { prompt, maxAge = Infinity } = asked
      const user = signedIn(req)
      const now = Date.now()
      const since = prompt.includes('login') ? now : now - maxAge * 1000
      if (user && !prompt.includes('login') && isSignedInSince(req, since)) {
        return chosen(req, res, asked, user)
      }
      // Only a real sign-in proves that it is new, because anyone can open the URL that returns
      // here.
      if (user && (await isSignedInFor(store, req, returnPath(req.originalUrl)))) return user
      // prompt=none allows no page: the core returns an error to the client.
      if (prompt.includes('none')) return null
      res.redirect(303, returningTo('/sign-in', req.originalUrl, user && since))
      return null
    },

    async consent(req: Request, res: Response, asked: Asked): Promise<Consent> {
      const consent = await consentOf(req, res, asked)
      if (consent !== null && neededAnswer(asked)) {
        await requestAnswered(store, req, returnPath(req.originalUrl))
      }
      return withSignIn(consent, asked.user)
    },
  }

  /** Resolves with the user if this account is the wanted one, or with `null` if the user is asked. */
  async function chosen(
    req: Request,
    res: Response,
    { prompt }: AuthorizationRequest,
    user: SignedIn,
  ): Promise<SignedIn | null> {
    if (!prompt.includes('select_account')) return user
    if (await isChosenFor(store, req, returnPath(req.originalUrl))) return user
    res.redirect(303, returningTo('/choose-account', req.originalUrl))
    return null
  }

  /** Resolves with the user's consent, or with `null` if a page was shown. */
  async function consentOf(req: Request, res: Response, asked: Asked): Promise<Consent> {
    // The field names differ from all parameters of an authorization request.
    const decision = req.method === 'POST' ? field(req, 'decision') : undefined
    if (decision === 'deny') return false
    if (decision === 'allow') return allowed(req, res, asked)
    if (rememberConsent && (await wasAllowed(asked))) return true
    return showConsent(req, res, asked)
  }

  function allowed(req: Request, res: Response, asked: Asked): Consent {
    const granted = asked.scopes.filter((scope) => fields(req, 'granted').includes(scope))
    const again = (errors: Errors) => showConsent(req, res.status(422), asked, granted, errors)
    // RFC 8628 5.4: an attacker may have sent the code, so the user must compare it.
    if (asked.device && field(req, 'compared') !== 'yes') {
      return again({ codeError: 'Compare the code with your device, or deny.' })
    }
    if (granted.length > 0 || asked.scopes.length === 0) return { scope: granted.join(' ') }
    return again({ scopeError: 'Choose at least one, or deny.' })
  }

  function showConsent(
    req: Request,
    res: Response,
    asked: Asked,
    chosen: string[] = asked.scopes,
    errors: Errors = {},
  ): null {
    const { redirectUri, user, prompt, device } = asked
    if (prompt.includes('none')) return null
    // The answer about a device redirects nowhere else.
    if (!device) allowFormsTo(res, redirectUri)
    res.render('consent', {
      csrf: csrfToken(req),
      formId: randomUUID(),
      client: titleOf(asked),
      unverified: unverifiedClient(asked),
      device: device && deviceText(device),
      scopes: asked.scopes.map((scope) => ({
        scope,
        isChosen: chosen.includes(scope),
        ...textOf(scope),
      })),
      redirectUri,
      user,
      signOut: returningTo('/sign-out', req.originalUrl),
      scopeError: errors.scopeError,
      codeError: errors.codeError,
    })
    return null
  }

  function textOf(scope: string) {
    return scopes[scope] ?? { title: scope, detail: 'A permission of this provider.' }
  }
}

/** Whether the request required a sign-in or a choice, which is valid for one answer. */
function neededAnswer({ prompt, maxAge }: Asked): boolean {
  return ['login', 'select_account'].some((one) => prompt.includes(one)) || maxAge !== undefined
}

/** Adds when the user signed in, which signed access tokens contain, to a consent. */
function withSignIn(consent: Consent, { at }: SignedIn): Consent {
  if (consent === null || consent === false) return consent
  return { ...(consent !== true && consent), authTime: new Date(at) }
}

/** Resolves with whether the user has allowed all scopes before and has not revoked them. */
async function wasAllowed({ scopes, granted }: Asked): Promise<boolean> {
  if (scopes.length === 0) return false
  const before = await granted()
  return scopes.every((scope) => before.includes(scope))
}
