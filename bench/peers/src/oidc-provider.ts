import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import {
  type Contender,
  basicHeader,
  codeForm,
  pkce,
  refreshForm,
  setup,
  times,
} from '@oauth2-kit/bench/contender'
import type { AdapterFactory } from 'oidc-provider'

const secret = randomBytes(32).toString('hex')
const scope = setup.scopes.join(' ')

/**
 * `oidc-provider` 9 with that adapter or its own one in memory, opaque tokens of 160 bits, rotation, and no
 * OpenID scope, so no ID token is signed. Its bearer check is a look-up with `AccessToken.find()`,
 * which is less than its userinfo and introspection endpoints do.
 */
export async function oidcProviderContender(
  grants: readonly string[],
  adapter?: AdapterFactory,
): Promise<Contender> {
  // It is an ES module.
  const { Provider } = await import('oidc-provider')
  const { clientId, userId } = setup
  const provider = new Provider('http://127.0.0.1', {
    ...(adapter && { adapter }),
    clients: [
      {
        client_id: clientId,
        client_secret: secret,
        redirect_uris: [setup.redirectUri],
        grant_types: [...grants],
        response_types: grants.includes('authorization_code') ? ['code'] : [],
        token_endpoint_auth_method: 'client_secret_basic',
        scope: `openid offline_access ${scope}`,
      },
    ],
    scopes: ['openid', 'offline_access', ...setup.scopes],
    features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
    formats: { bitsOfOpaqueRandomness: 160 },
    rotateRefreshToken: true,
    findAccount: (_context, sub) => ({ accountId: sub, claims: async () => ({ sub }) }),
    routes: { token: '/oauth/token' },
    ttl: {
      AccessToken: setup.accessTokenLifetime,
      AuthorizationCode: setup.authCodeLifetime,
      ClientCredentials: setup.accessTokenLifetime,
      RefreshToken: setup.refreshTokenLifetime,
      Grant: setup.refreshTokenLifetime,
    },
    cookies: { keys: [randomBytes(20).toString('hex')] },
  })

  async function newGrant() {
    const client = await provider.Client.find(clientId)
    const grant = new provider.Grant({ accountId: userId, clientId })
    grant.addOIDCScope(`openid offline_access ${scope}`)
    const grantId = await grant.save()
    return { client: client!, accountId: userId, grantId, gty: 'authorization_code' }
  }

  async function check(request: IncomingMessage): Promise<void> {
    const [, token = ''] = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '') ?? []
    const found = await provider.AccessToken.find(token)
    if (!found?.isValid) throw new Error('The access token is not valid')
    Object.assign(request, { oauth: found })
  }

  return {
    authorise: (request, _response, next) => void check(request).then(() => next(), next),
    grant: () => {
      throw new Error('This library is not a middleware: measure it on node:http')
    },
    listener: () => provider.callback(),
    basic: basicHeader(secret),
    accessTokens: (count) =>
      times(count, async () => {
        const token = new provider.AccessToken({ ...(await newGrant()), scope })
        return token.save()
      }),
    codes: (count) =>
      times(count, async () => {
        const code = new provider.AuthorizationCode({
          ...(await newGrant()),
          scope: `offline_access ${scope}`,
          redirectUri: setup.redirectUri,
          codeChallenge: pkce.challenge,
          codeChallengeMethod: 'S256',
        })
        return codeForm(await code.save(), { code_verifier: pkce.verifier })
      }),
    refreshTokens: (count) =>
      times(count, async () => {
        const granted = { ...(await newGrant()), scope: `offline_access ${scope}` }
        return refreshForm(await new provider.RefreshToken(granted).save())
      }),
  }
}
