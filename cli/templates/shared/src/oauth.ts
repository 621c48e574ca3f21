import oauthserver, {
  type Consent,
  type ConsentRequest,
  type Hooks,
  type OAuth2Server,
  type Store,
} from '@oauth2-kit/core'
import { memoryLimiter } from '@oauth2-kit/limiter'
import type { Request, Response } from 'express'
import { issuer, scopes } from './config.js'
import { type SignedIn, csrfToken, requestAnswered, signedIn, signedInForThis } from './session.js'

/** Limits wrong passwords and client secrets, in this process. For several: `redisLimiter()`. */
export const limiter = memoryLimiter()

/** The OAuth 2.1 server, which tells the operator what needs attention. */
export function oauthServer(store: Store): OAuth2Server {
  const oauth = oauthserver({ store, issuer, limiter })
  oauth.events.on('store.failed', ({ error }) => {
    // The stack only: what else is on an error may hold what was sent.
    console.error(error instanceof Error ? error.stack : error)
  })
  oauth.events.on('code.replayed', (grant) => console.warn('code.replayed', grant))
  oauth.events.on('refresh.reused', (grant) => console.warn('refresh.reused', grant))
  return oauth
}

/** What the authorization endpoint asks: who is signed in, and what that user allows. */
export function hooks(store: Store): Hooks<SignedIn> {
  return {
    async authenticate(req: Request, res: Response, { prompt, maxAge = Infinity }) {
      const user = await signedIn(store, req)
      const isRecent = user && !prompt.includes('login') && Date.now() - user.at < maxAge * 1000
      if (user && (isRecent || (await signedInForThis(store, req)))) {
        // The session may be of somebody who has been deleted since.
        if (await store.getUser?.(user.id)) return user
      }
      // With "none" the client wants nothing shown: it is told that nobody is signed in.
      if (!prompt.includes('none')) res.redirect(303, returningTo('/sign-in', req.originalUrl))
      return null
    },

    async consent(req: Request, res: Response, asked) {
      const answer = await answerOf(req, asked)
      const mustBeAnew = asked.prompt.includes('login') || asked.maxAge !== undefined
      if (answer !== null && mustBeAnew) await requestAnswered(store, req)
      if (answer === null && !asked.prompt.includes('none')) showConsent(req, res, asked)
      return answer
    },
  }
}

/** What the user answers, has answered before, or, with `null`, has to be asked. */
async function answerOf(req: Request, asked: ConsentRequest<SignedIn>): Promise<Consent> {
  // A form that comes back from the page below; its CSRF token has been checked.
  const { decision } = asked.form
  if (req.method === 'POST' && decision) return decision === 'allow'
  const before = asked.scopes.length > 0 ? await asked.granted() : []
  const isGranted = asked.scopes.every((scope) => before.includes(scope))
  return asked.scopes.length > 0 && isGranted ? true : null
}

function showConsent(req: Request, res: Response, asked: ConsentRequest<SignedIn>): void {
  res.render('consent', {
    csrf: csrfToken(req),
    client: asked.client.name ?? asked.client.id,
    wishes: asked.scopes.map((scope) => scopes[scope] ?? scope),
    redirectUri: asked.redirectUri,
    user: asked.user,
    signOut: returningTo('/sign-out', req.originalUrl),
  })
}

function returningTo(page: string, url: string): string {
  return `${page}?${new URLSearchParams({ return: url }).toString()}`
}
