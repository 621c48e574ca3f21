import type { Context } from '../context'
import { InvalidRequestError, UseDpopNonceError } from '../errors/errors'
import { optionError } from '../errors/option-error'
import { isRefusal } from '../errors/refusals'
import { BodyTooLargeError } from '../http/body'
import { type OAuthRequest, type Values, parameter, postedForm } from '../http/request'
import { type OAuthResponse, jsonResponse, noStore, textResponse } from '../http/response'
import type { DpopProof } from '../protocol/dpop-proof'
import type { PushedRequests, RequestParameters, StorageClient } from '../storage/storage'
import { parametersOf, textOf } from './authorization-parameters'
import { checkRequest, redirectUriFor } from './authorization-request'
import { authenticateClient, credentialsIn } from './client'
import type { Describe, Endpoint } from './endpoint'
import type { EndpointDefinition } from './endpoint-definition'
import { errorResponse } from './error-response'
import { acceptOnce, nonceHeader, proofSent } from './possession'
import { tokensOf } from './stores-only'

/** The endpoint where clients push authorization requests (RFC 9126). It needs a store. */
export const pushedAuthorizationRequestEndpoint = {
  name: 'par',
  path: '/par',
  cors: true,
  isDefault: ({ settings, storage }) =>
    settings.profile.extensions &&
    storage.pushedRequests !== undefined &&
    settings.grants.includes('authorization_code'),
  metadata: ({ requirePushedAuthorizationRequests }, url) => ({
    pushed_authorization_request_endpoint: url,
    require_pushed_authorization_requests: requirePushedAuthorizationRequests || undefined,
  }),
  create(context): Endpoint {
    tokensOf(context, 'The endpoint for pushed authorization requests')
    const { settings, storage } = context
    const { pushedRequests } = storage
    if (!pushedRequests || !settings.profile.extensions)
      throw optionError(
        'profile',
        'must be \'oauth2.1\' for the endpoint "par": leave one of them out',
      )
    return {
      answer: (request) => answer(context, pushedRequests, request),
      describe,
      scheme: 'Basic',
      methods: 'POST',
      ...(settings.dpop?.nonces && { headers: (request) => nonceHeader(context, request) }),
    }
  },
} as const satisfies EndpointDefinition

/** RFC 9126 2.3 names the status for a body that is too large; at other endpoints it is a 400. */
const describe: Describe = (error, profile) => {
  const response = errorResponse(error, profile)
  return error instanceof BodyTooLargeError ? { ...response, status: 413 } : response
}

async function answer(
  context: Context,
  pushedRequests: PushedRequests,
  request: OAuthRequest,
): Promise<OAuthResponse> {
  // RFC 9126 2.3
  if (request.method !== 'POST') return textResponse(405, 'Method Not Allowed', { Allow: 'POST' })
  const values = await postedForm(request)
  const credentials = await credentialsIn(context, request, values)
  const { client, acceptOnce: acceptClient } = await authenticateClient(
    context,
    request,
    credentials,
  )
  let checked: Checked
  try {
    checked = await checkedRequest(context, client, request, values)
  } catch (error) {
    // A client that does not have a nonce yet sends the same request again.
    if (!(error instanceof UseDpopNonceError) && isRefusal(error)) await acceptClient?.()
    throw error
  }
  const { parameters, proof } = checked
  await acceptClient?.()
  if (proof) await acceptOnce(context, proof)
  const { requestUri, expiresIn } = await pushedRequests.add(client.id, parameters)
  return jsonResponse(201, { request_uri: requestUri, expires_in: expiresIn }, noStore)
}

interface Checked {
  parameters: RequestParameters
  proof: DpopProof | undefined
}

/**
 * Resolves with the parameters to keep. Throws whatever the authorization endpoint would, so that the
 * client gets the error at once (RFC 9126 2.1).
 */
async function checkedRequest(
  context: Context,
  client: StorageClient,
  request: OAuthRequest,
  values: Values,
): Promise<Checked> {
  const { settings } = context
  if (parameter(values, 'request_uri') !== undefined)
    throw new InvalidRequestError('A pushed request cannot have a request_uri')
  const source = { valuesFor: () => [values], broken: new Set<string>() }
  const parameters = parametersOf(source, settings)
  const redirectUri = redirectUriFor(client, parameters.redirectUri, settings)
  const { jkt } = checkRequest(parameters, client, redirectUri, settings, true)
  // RFC 9449 10.1: a proof binds the code as dpop_jkt does.
  const proof = await proofSent(context, request)
  if (proof && jkt !== undefined && proof.jkt !== jkt)
    throw new InvalidRequestError('The dpop_jkt is not the key of the DPoP proof')
  return { parameters: { ...textOf(parameters), ...(proof && { dpop_jkt: proof.jkt }) }, proof }
}
