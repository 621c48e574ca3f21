import oauthserver from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import type { Trick } from './trick'

const issuer = 'https://auth.example.com'

/** The metadata from `fetch()`, which builds the routes once for each object with options. */
export const cachedRoutes: Trick = () => {
  const oauth = oauthserver({ store: memoryStore(), issuer, grants: ['client_credentials'] })
  const request = new Request(`${issuer}/.well-known/oauth-authorization-server`)
  const options = {}
  return {
    plain: () => oauth.handler(options)(request),
    trick: () => oauth.fetch(request, options),
  }
}
