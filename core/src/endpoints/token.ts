import { offeredGrantType, parameters } from '../grants'
import {
  type Authorization,
  EndingError,
  type GrantRequest,
  type GrantType,
  type TokenForm,
} from '../grants/grant-type'
import type { Endpoint } from './endpoint'
import { type OAuthRequest, type Values, parameter, postedForm, repeatable } from '../http/request'
import { type OAuthResponse, jsonResponse, noStore } from '../http/response'
import { InvalidDpopProofError, OAuth2Error, UseDpopNonceError } from '../errors/errors'
import type { DpopProof } from '../protocol/dpop-proof'
import { isRefusal } from '../errors/refusals'
import type { Settings } from '../options/settings'
import type { IssuedTokens, Presented } from '../storage/storage'
import { type RequestClient, authenticateClient, credentialsOf } from './client'
import { authMetadata, clientAuthMethods } from './client-auth-methods'
import type { EndpointDefinition } from './endpoint-definition'
import { allowedScope } from '../storage/allowed-scope'
import { exposedClient } from '../storage/exposed-client'
import { StaleClientError } from '../storage/remembered-clients'
import type { Context } from '../context'
import { acceptOnce, assertSameKey, nonceHeader, proofOfClient } from './possession'

type Form = TokenForm<string>

/** The token endpoint (RFC 6749 3.2). */
export const tokenEndpoint = {
  name: 'token',
  path: '/token',
  cors: true,
  isDefault: () => true,
  metadata: (settings, url) => ({
    token_endpoint: url,
    ...authMetadata('token', clientAuthMethods(settings)),
  }),
  create: (context): Endpoint => ({
    answer: (request) => token(context, request),
    scheme: 'Basic',
    ...(context.settings.dpop?.nonces && { headers: (request) => nonceHeader(context, request) }),
  }),
} as const satisfies EndpointDefinition

/** Issues tokens. Every grant type runs the same steps in the same order. */
async function token(context: Context, request: OAuthRequest): Promise<OAuthResponse> {
  const { storage, settings } = context
  const values = await postedForm(request)
  const form = readForm(values, settings)
  const name = form.grant_type
  const grantType = name === undefined ? undefined : offeredGrantType(name, settings)
  if (name === undefined || !grantType) throw settings.profile.unsupportedGrantType(name)
  const triedAt = settings.now()
  const credentials = await credentialsOf(context, request, form, values)
  try {
    return await answerFor({ context, request, form, credentials }, name, grantType)
  } catch (error) {
    const presented = presentedText(grantType, form)
    // After a server error the client retries. A code or token that it presented in time must not
    // expire because of the outage.
    if (presented !== undefined && !(error instanceof OAuth2Error))
      storage.failedToRedeem?.(presented, credentials.id, triedAt)
    throw error
  }
}

type TokenRequest = Pick<GrantRequest<string>, 'context' | 'request' | 'form' | 'credentials'>

async function answerFor(
  tokenRequest: TokenRequest,
  name: string,
  grantType: GrantType,
): Promise<OAuthResponse> {
  return (
    (await answerForRemembered(tokenRequest, name, grantType)) ??
    answerForClient(tokenRequest, name, grantType)
  )
}

/**
 * Issues tokens to a client that was authenticated a short time ago, which saves a round trip. Resolves
 * with undefined if there is none, if it has changed, or if the request would be refused: the client must
 * then be read.
 */
async function answerForRemembered(
  tokenRequest: TokenRequest,
  name: string,
  grantType: GrantType,
): Promise<OAuthResponse | undefined> {
  const { context, request, credentials } = tokenRequest
  // A DPoP proof is accepted once, so its request cannot be checked again.
  if (!grantType.isRepeatable || request.header('dpop') !== undefined) return undefined
  const client = await context.storage.rememberedClients?.authenticate(credentials)
  if (!client) return undefined
  try {
    return await answerForClient(tokenRequest, name, grantType, { client })
  } catch (error) {
    if (error instanceof StaleClientError || isRefusal(error)) return undefined
    throw error
  }
}

async function answerForClient(
  tokenRequest: TokenRequest,
  name: string,
  grantType: GrantType,
  authenticated?: RequestClient,
): Promise<OAuthResponse> {
  const { context, request, form, credentials } = tokenRequest
  const { storage, settings } = context
  const text = presentedText(grantType, form)
  const find = () => (text === undefined ? undefined : grantType.presented?.find(storage, text))
  const looking = storage.sideBySide ? find() : undefined
  // Prevents an unhandled rejection if the client is refused before the look-up is awaited.
  looking?.catch(() => {})
  const readAt = performance.now()
  const { client, acceptOnce: acceptClient } =
    authenticated ?? (await authenticateClient(context, request, credentials))
  const expose = () => request.expose('oauth', { client: exposedClient(client) })
  if (!authenticated) expose()
  const { publicClients = true } = grantType
  if (!(await storage.allowsGrant(client, name)) || (client.type === 'public' && !publicClients)) {
    await acceptClient?.()
    const found = (await looking) ?? null
    if (mayBeReplay(found, undefined)) await found?.refuse()
    throw settings.profile.unauthorizedGrantType()
  }

  const presented = (await (looking ?? find())) ?? null
  // The time is read only now, so that a code or token counts as expired if it expired while the
  // body was read or the token was looked up.
  const at = presented?.triedAt ?? settings.now()
  const grantRequest = { ...tokenRequest, client, presented, at }
  const allowed = await checked(grantType, grantRequest, name, acceptClient)
  const {
    user,
    knownUser,
    scope,
    resource,
    refresh = true,
    proof,
    acceptOnce: acceptGrant,
  } = allowed
  if (!authenticated) request.expose('user', user)
  const mayRefresh =
    refresh &&
    settings.grants.includes('refresh_token') &&
    client.grantTypes.includes('refresh_token')
  const order = {
    client,
    user,
    knownUser,
    grantType: name,
    scope,
    resource,
    asked: JSON.stringify([form.scope, form.resource, ...(proof ? [proof.jkt] : [])]),
    refresh: mayRefresh,
    jkt: proof?.jkt,
    acceptOnce: inOrder(acceptClient, acceptGrant, proof && (() => acceptOnce(context, proof))),
    request,
  }
  const tokens = await (presented ? presented.redeem(order) : storage.issueTokens(order))
  if (authenticated) {
    // Only now is it certain that this is the client.
    expose()
    request.expose('user', user)
  } else if (grantType.isRepeatable) storage.rememberedClients?.add(client, readAt)
  return tokenResponse(tokens, proof ? 'DPoP' : settings.profile.tokenType, context)
}

/**
 * Returns what accepts everything that a request uses once. An assertion or a proof that was used
 * before refuses the request, but is not a replay of the code or token: the same request may have
 * arrived twice, and a thief without the key gains nothing by it.
 */
function inOrder(...all: ((() => Promise<void>) | undefined)[]): (() => Promise<void>) | undefined {
  if (!all.some(Boolean)) return undefined
  return async () => {
    for (const accept of all) await accept?.()
  }
}

/** What a grant type allows, with the user and the proof. */
interface Allowed extends Authorization {
  knownUser: unknown
  proof: DpopProof | undefined
}

/**
 * Resolves with the authorization of the grant type. A refused code or token is reported to the
 * storage, because it may be a replay.
 */
async function checked(
  grantType: GrantType,
  grantRequest: GrantRequest<string>,
  name: string,
  acceptClient: RequestClient['acceptOnce'],
): Promise<Allowed> {
  const { context, client, request, presented } = grantRequest
  let proof: DpopProof | undefined
  try {
    // Before the grant type is checked, because a wrong verifier, for example, uses a code up.
    proof = await proofOfClient(context, request, client)
    const allowed = await grantType.check(grantRequest)
    assertSameKey(context, presented, proof)
    const knownUser = (await presented?.confirmUser()) ?? allowed.user
    const order = { client, knownUser, scope: allowed.scope, request }
    const scope = await allowedScope(context.settings, order, name)
    return { ...allowed, knownUser, scope, proof }
  } catch (error) {
    // A client that does not have a nonce yet sends the same request again, so it is no replay.
    if (error instanceof UseDpopNonceError || !isRefusal(error)) throw error
    // Otherwise, a thief could guess passwords and codes with an assertion that was used before.
    await acceptClient?.()
    if (error instanceof EndingError) await presented?.end()
    else if (mayBeReplay(presented, proof) && !(error instanceof InvalidDpopProofError))
      await presented?.refuse()
    throw error
  }
}

/**
 * Returns whether a refused code or token may be a replay that ends its grant. If it is bound to a key,
 * only the holder of the key can use it, so that others cannot end the grant either (RFC 9449 5, 10).
 */
function mayBeReplay(presented: Presented | null, proof: DpopProof | undefined): boolean {
  return presented?.jkt === undefined || presented.jkt === proof?.jkt
}

/** Returns the text of the presented code or token. */
function presentedText({ presented }: GrantType, form: Form): string | undefined {
  return presented && form[presented.parameter]
}

function readForm(values: Values, { resources }: Settings): Form {
  const form: Record<string, unknown> = {}
  for (const [name, longest] of parameters) form[name] = parameter(values, name, longest)
  form['resource'] = resources ? repeatable(values, 'resource') : []
  return form as Form
}

/** RFC 6749 5.1 and RFC 9449 5 */
function tokenResponse(
  tokens: IssuedTokens,
  tokenType: string,
  { settings: { profile } }: Context,
): OAuthResponse {
  const body = {
    ...tokens.claims,
    token_type: tokenType,
    access_token: tokens.accessToken,
    expires_in: tokens.expiresIn ?? undefined,
    refresh_token: tokens.refreshToken,
    scope: profile.answersScope ? tokens.scope : undefined,
  }
  return jsonResponse(200, body, noStore)
}
