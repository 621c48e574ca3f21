import type * as oauth4webapi from 'oauth4webapi'
import { esModule } from '../../../provider/test/support/es-module'
import { authorizationRequest, authorize, demo } from '../../../provider/test/support/flow'
import type { Stack } from './stack'

const oauth = esModule<typeof oauth4webapi>('oauth4webapi')
const insecure = { [oauth.allowInsecureRequests]: true }
const client = { client_id: demo.clientId }
const secret = oauth.ClientSecretBasic(demo.clientSecret)

/** A client of the stack's provider, based on oauth4webapi and the provider's metadata. */
export async function realClient(stack: Stack) {
  const issuer = stack.url('provider')
  const redirectUri = `${stack.url('client')}/callback`
  const url = new URL(issuer)
  const discovered = await oauth.discoveryRequest(url, { algorithm: 'oauth2', ...insecure })
  const server = await oauth.processDiscoveryResponse(url, discovered)

  /** Signs the demo user in, and gets tokens: authorization code with PKCE. */
  async function signIn() {
    const request = authorizationRequest(issuer, { redirect_uri: redirectUri })
    const callback = await authorize(issuer, request.url)
    const parameters = oauth.validateAuthResponse(server, client, callback, request.state)
    const answer = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      secret,
      parameters,
      redirectUri,
      request.verifier,
      insecure,
    )
    return tokensOf(await oauth.processAuthorizationCodeResponse(server, client, answer))
  }

  async function refresh(token: string) {
    const answer = await oauth.refreshTokenGrantRequest(server, client, secret, token, insecure)
    return tokensOf(await oauth.processRefreshTokenResponse(server, client, answer))
  }

  async function revoke(token: string) {
    const answer = await oauth.revocationRequest(server, client, secret, token, insecure)
    await oauth.processRevocationResponse(answer)
  }

  return { signIn, refresh, revoke }
}

function tokensOf({ access_token, refresh_token }: oauth4webapi.TokenEndpointResponse) {
  return { access: access_token, refresh: refresh_token! }
}
