import oauthserver, { type Hooks, type OAuth2Server, type Store } from '@oauth2-kit/core'
import { memoryLimiter } from '@oauth2-kit/limiter'
import type { Request, Response } from 'express'
import { issuer, scopes } from './config.js'
import { type SignedIn, csrfToken, signedIn } from './session.js'

/** Limits wrong passwords and client secrets, in this process. For several: `redisLimiter()`. */
export const limiter = memoryLimiter()

/** The OAuth 2.1 server, which tells the operator what needs attention. */
export function oauthServer(store: Store): OAuth2Server {
  const oauth = oauthserver({ model: store, issuer, limiter })
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
      const user = signedIn(req)
      const isRecent = user && !prompt.includes('login') && Date.now() - user.at < maxAge * 1000
      // The cookie may be of somebody who has been deleted since.
      if (isRecent && (await store.getUser?.(user.username))?.id === user.id) return user
      // With "none" the client wants nothing shown: it is told that nobody is signed in.
      if (!prompt.includes('none')) {
        res.redirect(303, returningTo('/sign-in', onceSignedIn(req.originalUrl)))
      }
      return null
    },

    async consent(req: Request, res: Response, asked) {
      // A form that comes back from the page below; its CSRF token has been checked.
      const decision = asked.form.decision
      if (req.method === 'POST' && decision) return decision === 'allow'
      const before = await asked.granted()
      if (asked.scopes.length > 0 && asked.scopes.every((scope) => before.includes(scope)))
        return true
      if (asked.prompt.includes('none')) return null
      res.render('consent', {
        csrf: csrfToken(req),
        client: asked.client.name ?? asked.client.id,
        wishes: asked.scopes.map((scope) => scopes[scope] ?? scope),
        redirectUri: asked.redirectUri,
        user: asked.user,
        signOut: returningTo('/sign-out', req.originalUrl),
      })
      return null
    },
  }
}

function returningTo(page: string, url: string): string {
  return `${page}?${new URLSearchParams({ return: url }).toString()}`
}

/** The same request without the wish to sign in anew, which is granted by then. */
function onceSignedIn(url: string): string {
  const { pathname, searchParams } = new URL(url, issuer)
  const prompt = searchParams.get('prompt')?.split(' ') ?? []
  searchParams.set('prompt', prompt.filter((wish) => wish !== 'login').join(' '))
  searchParams.delete('max_age')
  return `${pathname}?${searchParams.toString()}`
}
