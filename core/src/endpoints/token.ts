import { authorizationCode } from '../grants/authorization-code'
import { clientCredentials } from '../grants/client-credentials'
import { extension } from '../grants/extension'
import type { Authorization, GrantRequest, GrantType, TokenForm } from '../grants/grant-type'
import { password } from '../grants/password'
import { refreshToken } from '../grants/refresh-token'
import { type OAuthRequest, parameter, postedForm, repeatable } from '../http/request'
import { type OAuthResponse, jsonResponse, noStore } from '../http/response'
import { OAuth2Error } from '../errors'
import { isRefusal } from '../refusals'
import { longestId } from '../store/guard'
import type { Settings } from '../options'
import type { IssuedTokens } from '../store/port'
import { authenticateClient, credentialsOf } from './client'
import { exposedClient } from './exposed-client'
import type { Server } from './server'

const grantTypes: Readonly<Record<string, GrantType | undefined>> = {
  __proto__: null as never,
  authorization_code: authorizationCode,
  client_credentials: clientCredentials,
  password,
  refresh_token: refreshToken,
}

/** The token endpoint (RFC 6749 3.2): the same steps in the same order for every grant type. */
export async function token(server: Server, request: OAuthRequest): Promise<OAuthResponse> {
  const { port, settings } = server
  const form = await readForm(request, settings)
  const name = form.grant_type
  const grantType = name === undefined ? undefined : grantTypeOf(name, settings)
  if (name === undefined || !grantType) throw settings.profile.unsupportedGrantType(name)
  const triedAt = settings.now()
  const credentials = credentialsOf(server, request, form)
  try {
    const tokens = await tokensFor({ server, request, form, credentials }, name, grantType)
    return tokenResponse(tokens, server)
  } catch (error) {
    const presented = grantType.presented?.(form)
    // The client tries again, and must not lose what it has presented in time.
    if (presented !== undefined && !(error instanceof OAuth2Error))
      port.failedToRedeem?.(presented, credentials.id, triedAt)
    throw error
  }
}

async function tokensFor(
  asked: Pick<GrantRequest, 'server' | 'request' | 'form' | 'credentials'>,
  name: string,
  grantType: GrantType,
): Promise<IssuedTokens> {
  const { server, request, form, credentials } = asked
  const { port, settings } = server
  const looking = port.sideBySide ? grantType.find?.(port, form) : undefined
  looking?.catch(() => {}) // It is awaited below, or, where the client is refused, of no interest.
  const client = await authenticateClient(server, request, credentials)
  request.expose('oauth', { client: exposedClient(client) })
  if (!(await port.allowsGrant(client, name))) {
    await (await looking)?.refuse()
    throw settings.profile.unauthorizedGrantType()
  }

  const presented = (await (looking ?? grantType.find?.(port, form))) ?? null
  // Not before: what has expired while the request came in, or the store looked, has expired.
  const at = presented?.triedAt ?? settings.now()
  const checking = { ...asked, client, presented, at }
  const { user, scope, resource, refresh = true } = await checked(grantType, checking)
  request.expose('user', user)
  const mayRefresh =
    refresh && settings.grants.includes('refresh_token') && client.grants.includes('refresh_token')
  const order = {
    client,
    user,
    scope,
    resource,
    asked: JSON.stringify([form.scope, form.resource]),
    refresh: mayRefresh,
    request,
  }
  return presented ? presented.redeem(order) : port.issueTokens(order)
}

/** What the grant type allows. What is refused may be a replay, which must not go unnoticed. */
async function checked(grantType: GrantType, asked: GrantRequest): Promise<Authorization> {
  const { presented } = asked
  try {
    const allowed = await grantType.check(asked)
    await presented?.confirmUser()
    return allowed
  } catch (error) {
    if (isRefusal(error)) await presented?.refuse()
    throw error
  }
}

async function readForm(request: OAuthRequest, { resources }: Settings): Promise<TokenForm> {
  const form = await postedForm(request)
  return {
    grant_type: parameter(form, 'grant_type'),
    client_id: parameter(form, 'client_id', longestId),
    client_secret: parameter(form, 'client_secret'),
    code: parameter(form, 'code'),
    redirect_uri: parameter(form, 'redirect_uri'),
    code_verifier: parameter(form, 'code_verifier'),
    refresh_token: parameter(form, 'refresh_token'),
    scope: parameter(form, 'scope'),
    resource: resources ? repeatable(form, 'resource') : [],
    username: parameter(form, 'username', longestId),
    password: parameter(form, 'password'),
  }
}

function grantTypeOf(name: string, { grants, profile }: Settings): GrantType | undefined {
  const offered = grants.includes(name)
  const known = grantTypes[name]
  if (known) return offered ? known : undefined
  // RFC 6749 4.5: an extension grant is named by an absolute URI.
  const isExtension = /^[a-zA-Z][a-zA-Z0-9+.-]+:/.test(name)
  return isExtension && (offered || profile.anyExtension) ? extension : undefined
}

/** RFC 6749 5.1 */
function tokenResponse(tokens: IssuedTokens, { settings: { profile } }: Server): OAuthResponse {
  const body = {
    token_type: profile.tokenType,
    access_token: tokens.accessToken,
    expires_in: tokens.expiresIn ?? undefined,
    refresh_token: tokens.refreshToken,
    scope: profile.scopes ? tokens.scope : undefined,
  }
  return jsonResponse(200, body, noStore)
}
