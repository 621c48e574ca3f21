import * as oauth from 'oauth4webapi'
import type { Config } from './config'

/** A sign-in in progress. A cookie of the browser keeps it until the response arrives. */
export interface Attempt {
  state: string
  codeVerifier: string
}

/** The tokens from the provider. */
export interface Tokens {
  accessToken: string
  refreshToken: string | undefined
  scope: string
  /** Milliseconds since the epoch; `undefined` means never. */
  expiresAt: number | undefined
}

/** What the provider returns about the user. */
export interface Me {
  id: string
  username: string
  scope: string
}

/** How long the tokens of a sign-in are kept for a second request with its answer, in milliseconds. */
const exchangeMs = 10_000

/** Returns the requests that this application sends to its provider. */
export function provider(config: Config, redirectUri: string) {
  const { issuer, providerUrl, clientId, clientSecret } = config
  const server: oauth.AuthorizationServer = {
    issuer,
    authorization_endpoint: `${issuer}/oauth/authorize`,
    token_endpoint: `${providerUrl}/oauth/token`,
    // RFC 9207: a response must contain its issuer.
    authorization_response_iss_parameter_supported: true,
  }
  const client: oauth.Client = { client_id: clientId }
  const authentication = clientSecret === '' ? oauth.None() : oauth.ClientSecretBasic(clientSecret)
  const exchanges = new Map<string, Promise<Tokens>>()
  const options = { [oauth.allowInsecureRequests]: providerUrl.startsWith('http:') }

  /** Starts a sign-in. Resolves with the URL for the browser and the attempt to remember. */
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

  /**
   * Exchanges the response in the redirect for tokens. Rejects if the response is not valid. A
   * second call for one attempt gets the tokens of the first one: a provider ends the grant of a
   * code that it receives twice.
   */
  async function finish(answer: URL, attempt: Attempt): Promise<Tokens> {
    const { state, codeVerifier } = attempt
    const parameters = oauth.validateAuthResponse(server, client, answer, state)
    const begun = exchanges.get(state)
    if (begun) return begun
    const exchange = redeem(parameters, codeVerifier)
    exchanges.set(state, exchange)
    setTimeout(() => exchanges.delete(state), exchangeMs).unref()
    return exchange
  }

  async function redeem(parameters: URLSearchParams, codeVerifier: string): Promise<Tokens> {
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

  /** Resolves with new tokens for a refresh token. */
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

  /** Resolves with the signed-in user. */
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
