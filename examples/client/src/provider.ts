import * as oauth from 'oauth4webapi'
import type { Config } from './config'

/** A sign-in that was started, as a cookie of the browser keeps it until the answer comes. */
export interface Attempt {
  state: string
  codeVerifier: string
}

/** What the provider gave. */
export interface Tokens {
  accessToken: string
  refreshToken: string | undefined
  scope: string
  /** Milliseconds since the epoch; `undefined` = never. */
  expiresAt: number | undefined
}

/** What the provider says about the user. */
export interface Me {
  id: string
  username: string
  scope: string
}

/** Everything that this application does with its provider. */
export function provider(config: Config, redirectUri: string) {
  const { issuer, providerUrl, clientId, clientSecret } = config
  const server: oauth.AuthorizationServer = {
    issuer,
    authorization_endpoint: `${issuer}/oauth/authorize`,
    token_endpoint: `${providerUrl}/oauth/token`,
    // RFC 9207: an answer must say whose it is.
    authorization_response_iss_parameter_supported: true,
  }
  const client: oauth.Client = { client_id: clientId }
  const authentication = clientSecret === '' ? oauth.None() : oauth.ClientSecretBasic(clientSecret)
  const options = { [oauth.allowInsecureRequests]: providerUrl.startsWith('http:') }

  /** Begins to sign somebody in: where to send the browser, and what to remember. */
  async function begin(): Promise<{ url: string; attempt: Attempt }> {
    const attempt = {
      state: oauth.generateRandomState(),
      codeVerifier: oauth.generateRandomCodeVerifier(),
    }
    const parameters = new URLSearchParams({
      response_type: 'code',
      client_id: clientId,
      redirect_uri: redirectUri,
      state: attempt.state,
      code_challenge: await oauth.calculatePKCECodeChallenge(attempt.codeVerifier),
      code_challenge_method: 'S256',
    })
    return { url: `${server.authorization_endpoint}?${parameters.toString()}`, attempt }
  }

  /** Gets the tokens for the answer that the browser came back with. Throws if it isn't right. */
  async function finish(answer: URL, { state, codeVerifier }: Attempt): Promise<Tokens> {
    const parameters = oauth.validateAuthResponse(server, client, answer, state)
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      authentication,
      parameters,
      redirectUri,
      codeVerifier,
      options,
    )
    return tokensOf(await oauth.processAuthorizationCodeResponse(server, client, response))
  }

  /** New tokens for a refresh token. */
  async function refresh(refreshToken: string): Promise<Tokens> {
    const response = await oauth.refreshTokenGrantRequest(
      server,
      client,
      authentication,
      refreshToken,
      options,
    )
    return tokensOf(await oauth.processRefreshTokenResponse(server, client, response))
  }

  /** Who has signed in. */
  async function me(accessToken: string): Promise<Me> {
    const url = new URL('/api/me', providerUrl)
    const response = await oauth.protectedResourceRequest(
      accessToken,
      'GET',
      url,
      undefined,
      undefined,
      options,
    )
    if (!response.ok) throw new Error(`The provider answered ${response.status}`)
    return (await response.json()) as Me
  }

  return { begin, finish, refresh, me }
}

function tokensOf(response: oauth.TokenEndpointResponse): Tokens {
  const { access_token, refresh_token, scope = '', expires_in } = response
  return {
    accessToken: access_token,
    refreshToken: refresh_token,
    scope,
    expiresAt: expires_in === undefined ? undefined : Date.now() + expires_in * 1000,
  }
}
