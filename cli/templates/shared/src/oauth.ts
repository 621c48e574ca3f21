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

/**
 * Limits wrong passwords and client secrets in this process. Use `redisLimiter()` for several
 * processes.
 */
export const limiter = memoryLimiter()

/** Returns the OAuth 2.1 server. It logs events that the operator should know about. */
export function oauthServer(store: Store): OAuth2Server {
  const oauth = oauthserver({ store, issuer, limiter })
  oauth.events.on('store.failed', ({ error }) => {
    // Only the stack: other properties of the error may contain request data.
    console.error(error instanceof Error ? error.stack : error)
  })
  oauth.events.on('code.replayed', (grant) => console.warn('code.replayed', grant))
  oauth.events.on('refresh.reused', (grant) => console.warn('refresh.reused', grant))
  return oauth
}

/** Returns the hooks of the authorization endpoint: who is signed in, and what that user allows. */
export function hooks(store: Store): Hooks<SignedIn> {
  return {
    async authenticate(req: Request, res: Response, { prompt, maxAge = Infinity }) {
      const user = await signedIn(store, req)
      const isRecent = user && !prompt.includes('login') && Date.now() - user.at < maxAge * 1000
      if (user && (isRecent || (await signedInForThis(store, req)))) {
        // The user of the session may have been deleted since.
        if (await store.getUser?.(user.id)) return user
      }
      // prompt=none allows no page: the client gets an error if no user is signed in.
      if (!prompt.includes('none')) res.redirect(303, returningTo('/sign-in', req.originalUrl))
      return null
    },

    async consent(req: Request, res: Response, asked) {
      const answer = await answerOf(req, asked)
      const needsNewSignIn = asked.prompt.includes('login') || asked.maxAge !== undefined
      if (answer !== null && needsNewSignIn) await requestAnswered(store, req)
      if (answer === null && !asked.prompt.includes('none')) showConsent(req, res, asked)
      return answer
    },
  }
}

/** Returns the user's answer, current or earlier, or `null` if the user must be asked. */
async function answerOf(req: Request, asked: ConsentRequest<SignedIn>): Promise<Consent> {
  // The submitted form of the consent page. Its CSRF token has been checked.
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
