import oauthserver, { type OAuth2Server } from '@oauth2-kit/core'
import { stackOf } from './log.js'
import type { Setting } from './setting.js'

declare global {
  // How Express lets its request be extended.
  namespace Express {
    /** The user for whom a bearer token acts. */
    interface User {
      id: string
      username: string
    }
  }
}

/** Returns the OAuth 2 server. It logs events that the operator should know about. */
export function oauthServer(setting: Setting): OAuth2Server {
  const { issuer, store, storeTimeout, grants, limiter, refreshGrace, log } = setting
  const { keys, accessTokenFormat, trustedIssuers, dpop, anyLocalhostPort } = setting
  const { clientMetadata, registration } = setting
  // The protected resource `/api` is identified by the URL of the whole host.
  const { resources = [issuer], requirePushedAuthorizationRequests = false } = setting
  const oauth = oauthserver({
    store,
    issuer,
    resources,
    anyLocalhostPort,
    requirePushedAuthorizationRequests,
    grants,
    keys,
    accessTokenFormat,
    clientMetadata,
    trustedIssuers,
    dpop,
    registration,
    limiter,
    storeTimeout,
    refreshGrace,
    users: {
      async find(id) {
        const user = await store.getUser(id)
        return user && { id: user.id, username: user.username }
      },
    },
  })
  oauth.events.on('server.error', ({ error }) => {
    log.error({ stack: stackOf(error) }, 'A request failed')
  })
  oauth.events.on('limiter.failed', ({ error }) => {
    log.warn({ stack: stackOf(error) }, 'The limiter does not count')
  })
  oauth.events.on('keys.failed', ({ error }) => {
    log.warn(
      { stack: stackOf(error) },
      'The keys cannot be read again, so the last ones stay in use',
    )
  })
  oauth.events.on('code.replayed', (grant) => {
    log.warn(grant, 'A code was presented again: its grant is revoked')
  })
  oauth.events.on('refresh.reused', (grant) => {
    log.warn(grant, 'A refresh token was presented again: its grant is revoked')
  })
  return oauth
}
