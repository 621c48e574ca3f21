import type * as oauth4webapi from 'oauth4webapi'
import { esModule } from '../../../provider/test/support/es-module'

const oauth = esModule<typeof oauth4webapi>('oauth4webapi')
const insecure = { [oauth.allowInsecureRequests]: true }
const client = { client_id: 'album' }
// In the body, because oauth2-server does not decode the Basic header (RFC 6749 2.3.1).
const secret = oauth.ClientSecretPost('album-secret')
const redirectUri = 'http://127.0.0.1:4000/callback'

type Tokens = oauth4webapi.TokenEndpointResponse

/** A redirect to the client, and what the client has kept for it. */
export interface Callback {
  status: number
  url: URL
  verifier: string
  state: string
}

/** The client `album` of one of the programs, with `oauth4webapi`. */
export class Album {
  private readonly server: oauth4webapi.AuthorizationServer

  constructor(private readonly url: string) {
    this.server = {
      // Named in the program, which the test starts on a free port.
      issuer: 'http://127.0.0.1:3000',
      token_endpoint: `${url}/oauth/token`,
    }
  }

  /** Sends the user with this id through the authorization endpoint. */
  async authorize(user: string, changes: Record<string, string> = {}): Promise<Callback> {
    const verifier = oauth.generateRandomCodeVerifier()
    const state = oauth.generateRandomState()
    const target = new URL('/oauth/authorize', this.url)
    target.search = new URLSearchParams({
      response_type: 'code',
      client_id: client.client_id,
      redirect_uri: redirectUri,
      scope: 'profile',
      state,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    }).toString()
    const body = new URLSearchParams({ user, ...changes })
    const response = await fetch(target, { method: 'POST', body, redirect: 'manual' })
    const url = new URL(response.headers.get('location') ?? '')
    return { status: response.status, url, verifier, state }
  }

  /** Redeems the code of the redirect. Rejects with the error of `oauth4webapi` if it is refused. */
  async redeem({ url, verifier, state }: Callback): Promise<Tokens> {
    const { server } = this
    const parameters = oauth.validateAuthResponse(server, client, url, state)
    return oauth.processAuthorizationCodeResponse(
      server,
      client,
      await oauth.authorizationCodeGrantRequest(
        server,
        client,
        secret,
        parameters,
        redirectUri,
        verifier,
        insecure,
      ),
    )
  }

  async refresh(token: string | undefined): Promise<Tokens> {
    const { server } = this
    return oauth.processRefreshTokenResponse(
      server,
      client,
      await oauth.refreshTokenGrantRequest(server, client, secret, token ?? '', insecure),
    )
  }

  async clientCredentials(scope: string): Promise<Tokens> {
    const { server } = this
    return oauth.processClientCredentialsResponse(
      server,
      client,
      await oauth.clientCredentialsGrantRequest(server, client, secret, { scope }, insecure),
    )
  }

  async password(username: string, password: string): Promise<Tokens> {
    const { server } = this
    const form = { username, password, scope: 'profile' }
    return oauth.processGenericTokenEndpointResponse(
      server,
      client,
      await oauth.genericTokenEndpointRequest(server, client, secret, 'password', form, insecure),
    )
  }

  /** Calls the API. Resolves with its response, or with the status of a refusal. */
  async api(path: 'me' | 'report', { access_token }: Tokens): Promise<unknown> {
    const headers = { Authorization: `Bearer ${access_token}` }
    const response = await fetch(`${this.url}/api/${path}`, { headers })
    return response.ok ? response.json() : response.status
  }
}
