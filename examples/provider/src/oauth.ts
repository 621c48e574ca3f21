import oauthserver, { type OAuth2Server } from '@oauth2-kit/core'
import { warnOfLimiter } from './security/rate-limit'
import type { Setting } from './setting'

declare global {
  // oxlint-disable-next-line typescript/no-namespace -- how Express lets its request be extended
  namespace Express {
    /** The user for whom a bearer token acts. */
    interface User {
      id: string
      username: string
    }
  }
}

/** The grant types of this provider. */
export const grants = ['authorization_code', 'refresh_token', 'client_credentials', 'password']

/** Returns the OAuth 2 server. It logs events that the operator should know about. */
export function oauthServer({ config, issuer, store, limiter }: Setting): OAuth2Server {
  const oauth = oauthserver({
    store,
    issuer,
    // The protected resource is identified by the URL of the whole host.
    resources: [issuer],
    grants,
    limiter,
    storeTimeout: config.storeTimeout,
    refreshGrace: config.refreshGrace,
    users: {
      async find(id) {
        const user = await store.getUser(id)
        return user && { id: user.id, username: user.username }
      },
    },
  })
  oauth.events.on('store.failed', ({ error }) => {
    console.error(error instanceof Error ? error.stack : error)
  })
  oauth.events.on('limiter.failed', ({ error }) => warnOfLimiter(error))
  for (const name of ['code.replayed', 'refresh.reused'] as const) {
    oauth.events.on(name, (grant) => console.warn(name, grant))
  }
  return oauth
}
